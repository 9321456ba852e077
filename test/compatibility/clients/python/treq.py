from os import environ
from os.path import basename

import treq
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import react
from urllib3.filepost import encode_multipart_formdata


async def upload():
    with open(environ["FILE"], "rb") as file:
        # treq sorts the parts of its own forms, so `map` would precede `operations`.
        form, content_type = encode_multipart_formdata(
            {
                "operations": environ["OPERATIONS"],
                "map": environ["MAP"],
                "file": (basename(file.name), file.read()),
            }
        )
    headers = {"Authorization": f"Bearer {environ['TOKEN']}", "Content-Type": content_type}
    response = await treq.post(environ["ENDPOINT"], headers=headers, data=form)
    print(treq.__version__, response.code, await response.text(), sep="\n")


react(lambda _reactor: ensureDeferred(upload()))
