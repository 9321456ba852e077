from os import environ
from os.path import basename

import urllib3

with open(environ["FILE"], "rb") as file:
    response = urllib3.PoolManager().request(
        "POST",
        environ["ENDPOINT"],
        headers={"Authorization": f"Bearer {environ['TOKEN']}"},
        fields={
            "operations": environ["OPERATIONS"],
            "map": environ["MAP"],
            "file": (basename(file.name), file.read()),
        },
    )
print(urllib3.__version__, response.status, response.data.decode(), sep="\n")
