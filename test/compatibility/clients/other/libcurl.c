#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static void add(curl_mime *form, const char *name, const char *value) {
  curl_mimepart *part = curl_mime_addpart(form);
  curl_mime_name(part, name);
  curl_mime_data(part, value, CURL_ZERO_TERMINATED);
}

int main(void) {
  CURL *request = curl_easy_init();
  char authorization[4096];
  snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", getenv("TOKEN"));
  struct curl_slist *headers = curl_slist_append(NULL, authorization);
  curl_mime *form = curl_mime_init(request);
  add(form, "operations", getenv("OPERATIONS"));
  add(form, "map", getenv("MAP"));
  curl_mimepart *file = curl_mime_addpart(form);
  curl_mime_name(file, "file");
  curl_mime_filedata(file, getenv("FILE"));
  FILE *body = tmpfile();
  curl_easy_setopt(request, CURLOPT_URL, getenv("ENDPOINT"));
  curl_easy_setopt(request, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(request, CURLOPT_MIMEPOST, form);
  curl_easy_setopt(request, CURLOPT_WRITEDATA, body);
  CURLcode result = curl_easy_perform(request);
  if (result != CURLE_OK) {
    fprintf(stderr, "%s\n", curl_easy_strerror(result));
    return 1;
  }
  long status;
  curl_easy_getinfo(request, CURLINFO_RESPONSE_CODE, &status);
  printf("%s\n%ld\n", curl_version_info(CURLVERSION_NOW)->version, status);
  rewind(body);
  for (int byte; (byte = fgetc(body)) != EOF;) {
    putchar(byte);
  }
  return 0;
}
