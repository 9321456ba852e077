from asyncio import run
from os import environ

import aiohttp


async def upload():
    form = aiohttp.FormData({"operations": environ["OPERATIONS"], "map": environ["MAP"]})
    with open(environ["FILE"], "rb") as file:
        form.add_field("file", file)
        headers = {"Authorization": f"Bearer {environ['TOKEN']}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.post(environ["ENDPOINT"], data=form) as response:
                print(aiohttp.__version__, response.status, await response.text(), sep="\n")


run(upload())
