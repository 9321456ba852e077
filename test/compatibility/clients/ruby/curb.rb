require 'curb'

request = Curl::Easy.new(ENV['ENDPOINT'])
request.multipart_form_post = true
request.headers['Authorization'] = "Bearer #{ENV['TOKEN']}"
request.http_post(
  Curl::PostField.content('operations', ENV['OPERATIONS']),
  Curl::PostField.content('map', ENV['MAP']),
  Curl::PostField.file('file', ENV['FILE'])
)
puts Curl::CURB_VERSION, request.response_code, request.body_str
