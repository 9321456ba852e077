#include <Poco/Environment.h>
#include <Poco/Net/FilePartSource.h>
#include <Poco/Net/HTMLForm.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>
#include <Poco/Version.h>
#include <iostream>

using namespace Poco::Net;
using Poco::Environment;

int main() {
  Poco::URI uri(Environment::get("ENDPOINT"));
  HTTPClientSession session(uri.getHost(), uri.getPort());
  HTTPRequest request(HTTPRequest::HTTP_POST, uri.getPath(), HTTPMessage::HTTP_1_1);
  request.set("Authorization", "Bearer " + Environment::get("TOKEN"));
  HTMLForm form(HTMLForm::ENCODING_MULTIPART);
  form.add("operations", Environment::get("OPERATIONS"));
  form.add("map", Environment::get("MAP"));
  form.addPart("file", new FilePartSource(Environment::get("FILE")));
  form.prepareSubmit(request);
  form.write(session.sendRequest(request));
  HTTPResponse response;
  std::istream &body = session.receiveResponse(response);
  std::cout << (POCO_VERSION >> 24) << '.' << (POCO_VERSION >> 16 & 255) << '.' << (POCO_VERSION >> 8 & 255) << '\n'
            << response.getStatus() << '\n';
  Poco::StreamCopier::copyStream(body, std::cout);
}
