response <- httr::POST(
  Sys.getenv("ENDPOINT"),
  httr::add_headers(Authorization = paste("Bearer", Sys.getenv("TOKEN"))),
  body = list(
    operations = Sys.getenv("OPERATIONS"),
    map = Sys.getenv("MAP"),
    file = httr::upload_file(Sys.getenv("FILE"))
  ),
  encode = "multipart"
)
cat(as.character(packageVersion("httr")), httr::status_code(response), httr::content(response, "text", encoding = "UTF-8"), sep = "\n")
