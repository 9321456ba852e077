from os import environ
from os.path import basename

from PyQt6.QtCore import QT_VERSION_STR, QCoreApplication, QFile, QIODevice, QUrl
from PyQt6.QtNetwork import QHttpMultiPart, QHttpPart, QNetworkAccessManager, QNetworkRequest

application = QCoreApplication([])
form = QHttpMultiPart(QHttpMultiPart.ContentType.FormDataType)
disposition = QNetworkRequest.KnownHeaders.ContentDispositionHeader
for name in ["operations", "map"]:
    part = QHttpPart()
    part.setHeader(disposition, f'form-data; name="{name}"')
    part.setBody(environ[name.upper()].encode())
    form.append(part)
file = QFile(environ["FILE"])
file.open(QIODevice.OpenModeFlag.ReadOnly)
part = QHttpPart()
part.setHeader(disposition, f'form-data; name="file"; filename="{basename(environ["FILE"])}"')
part.setBodyDevice(file)
form.append(part)
request = QNetworkRequest(QUrl(environ["ENDPOINT"]))
request.setRawHeader(b"Authorization", f"Bearer {environ['TOKEN']}".encode())
manager = QNetworkAccessManager()
reply = manager.post(request, form)
reply.finished.connect(application.quit)
application.exec()
status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
print(QT_VERSION_STR, status, bytes(reply.readAll()).decode(), sep="\n")
