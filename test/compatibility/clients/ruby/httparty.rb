require 'httparty'

form = { operations: ENV['OPERATIONS'], map: ENV['MAP'], file: File.open(ENV['FILE']) }
response = HTTParty.post(ENV['ENDPOINT'], multipart: true, headers: { 'Authorization' => "Bearer #{ENV['TOKEN']}" }, body: form)
puts HTTParty::VERSION, response.code, response.body
