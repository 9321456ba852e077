curl --version | sed -n '1s/curl \([^ ]*\).*/\1/p'
curl --silent --show-error --output body --write-out '%{http_code}\n' "$ENDPOINT" \
  -H "Authorization: Bearer $TOKEN" -F operations="$OPERATIONS" -F map="$MAP" -F file=@"$FILE"
cat body
