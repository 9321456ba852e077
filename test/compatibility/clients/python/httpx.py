from os import environ

import httpx

with open(environ["FILE"], "rb") as file:
    response = httpx.post(
        environ["ENDPOINT"],
        headers={"Authorization": f"Bearer {environ['TOKEN']}"},
        data={"operations": environ["OPERATIONS"], "map": environ["MAP"]},
        files={"file": file},
    )
print(httpx.__version__, response.status_code, response.text, sep="\n")
