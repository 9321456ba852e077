from os import environ
from os.path import basename

import gi

gi.require_version("Soup", "3.0")
from gi.repository import GLib, Soup  # noqa: E402

form = Soup.Multipart.new("multipart/form-data")
form.append_form_string("operations", environ["OPERATIONS"])
form.append_form_string("map", environ["MAP"])
with open(environ["FILE"], "rb") as file:
    form.append_form_file("file", basename(file.name), "application/octet-stream", GLib.Bytes.new(file.read()))
message = Soup.Message.new_from_multipart(environ["ENDPOINT"], form)
message.get_request_headers().append("Authorization", f"Bearer {environ['TOKEN']}")
body = Soup.Session().send_and_read(message, None).get_data().decode()
version = f"{Soup.get_major_version()}.{Soup.get_minor_version()}.{Soup.get_micro_version()}"
print(version, int(message.get_status()), body, sep="\n")
