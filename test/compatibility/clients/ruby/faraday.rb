require 'faraday'

connection = Faraday.new do |build|
  build.request :multipart
  build.adapter :net_http
end
form = {
  operations: ENV['OPERATIONS'],
  map: ENV['MAP'],
  file: Faraday::FilePart.new(ENV['FILE'], 'application/octet-stream')
}
response = connection.post(ENV['ENDPOINT'], form, { 'Authorization' => "Bearer #{ENV['TOKEN']}" })
puts Faraday::VERSION, response.status, response.body
