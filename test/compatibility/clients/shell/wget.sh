# wget writes no forms, so the script writes the body.
wget --version | sed -n '1s/GNU Wget \([^ ]*\).*/\1/p'
boundary=portrait-boundary
{
  printf -- '--%s\r\nContent-Disposition: form-data; name="operations"\r\n\r\n%s\r\n' "$boundary" "$OPERATIONS"
  printf -- '--%s\r\nContent-Disposition: form-data; name="map"\r\n\r\n%s\r\n' "$boundary" "$MAP"
  printf -- '--%s\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n' "$boundary" "${FILE##*/}"
  cat "$FILE"
  printf -- '\r\n--%s--\r\n' "$boundary"
} >request
wget --quiet --tries=1 --server-response --content-on-error --output-document=body --post-file=request \
  --header="Authorization: Bearer $TOKEN" --header="Content-Type: multipart/form-data; boundary=$boundary" \
  "$ENDPOINT" 2>headers
sed -n 's/^ *HTTP[^ ]* \([0-9]*\).*/\1/p' headers | tail -n 1
cat body
