require 'rest-client'

form = { operations: ENV['OPERATIONS'], map: ENV['MAP'], file: File.open(ENV['FILE']) }
response = RestClient.post(ENV['ENDPOINT'], form, { Authorization: "Bearer #{ENV['TOKEN']}" }) { |any| any }
puts RestClient::VERSION, response.code, response.body
