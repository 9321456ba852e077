require 'httpclient'

form = { operations: ENV['OPERATIONS'], map: ENV['MAP'], file: File.open(ENV['FILE']) }
response = HTTPClient.new.post(ENV['ENDPOINT'], form, { 'Authorization' => "Bearer #{ENV['TOKEN']}" })
puts HTTPClient::VERSION, response.status, response.body
