from os import environ

import requests

with open(environ["FILE"], "rb") as file:
    response = requests.post(
        environ["ENDPOINT"],
        headers={"Authorization": f"Bearer {environ['TOKEN']}"},
        data={"operations": environ["OPERATIONS"], "map": environ["MAP"]},
        files={"file": file},
    )
print(requests.__version__, response.status_code, response.text, sep="\n")
