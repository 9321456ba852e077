from os import environ
from os.path import basename

import requests
import requests_toolbelt

with open(environ["FILE"], "rb") as file:
    form = requests_toolbelt.MultipartEncoder(
        [
            ("operations", environ["OPERATIONS"]),
            ("map", environ["MAP"]),
            ("file", (basename(file.name), file)),
        ]
    )
    response = requests.post(
        environ["ENDPOINT"],
        headers={"Authorization": f"Bearer {environ['TOKEN']}", "Content-Type": form.content_type},
        data=form,
    )
print(requests_toolbelt.__version__, response.status_code, response.text, sep="\n")
