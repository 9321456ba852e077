package require TclCurl

curl::transfer -url $env(ENDPOINT) -httpheader [list "Authorization: Bearer $env(TOKEN)"] -bodyvar body -infohttpcode status \
  -httppost [list name operations contents $env(OPERATIONS)] \
  -httppost [list name map contents $env(MAP)] \
  -httppost [list name file file $env(FILE)]
puts [package require TclCurl]
puts $status
puts $body
