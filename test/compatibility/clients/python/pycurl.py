from io import BytesIO
from os import environ

import pycurl

body = BytesIO()
request = pycurl.Curl()
request.setopt(request.URL, environ["ENDPOINT"])
request.setopt(request.HTTPHEADER, [f"Authorization: Bearer {environ['TOKEN']}"])
request.setopt(
    request.HTTPPOST,
    [
        ("operations", environ["OPERATIONS"]),
        ("map", environ["MAP"]),
        ("file", (request.FORM_FILE, environ["FILE"])),
    ],
)
request.setopt(request.WRITEDATA, body)
request.perform()
print(pycurl.version.split()[0].removeprefix("PycURL/"), request.getinfo(request.RESPONSE_CODE), body.getvalue().decode(), sep="\n")
