require 'http'

form = { operations: ENV['OPERATIONS'], map: ENV['MAP'], file: HTTP::FormData::File.new(ENV['FILE']) }
response = HTTP.auth("Bearer #{ENV['TOKEN']}").post(ENV['ENDPOINT'], form: form)
puts HTTP::VERSION, response.code, response.to_s
