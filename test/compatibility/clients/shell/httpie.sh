http --version
http --ignore-stdin --multipart --print=hb --pretty=none POST "$ENDPOINT" "Authorization:Bearer $TOKEN" \
  operations="$OPERATIONS" map="$MAP" file@"$FILE" >response
sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' response
sed '1,/^\r*$/d' response
