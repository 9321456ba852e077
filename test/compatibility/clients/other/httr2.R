library(httr2)

response <- request(Sys.getenv("ENDPOINT")) |>
  req_auth_bearer_token(Sys.getenv("TOKEN")) |>
  req_body_multipart(
    operations = Sys.getenv("OPERATIONS"),
    map = Sys.getenv("MAP"),
    file = curl::form_file(Sys.getenv("FILE"))
  ) |>
  req_error(is_error = \(response) FALSE) |>
  req_perform()
cat(as.character(packageVersion("httr2")), resp_status(response), resp_body_string(response), sep = "\n")
