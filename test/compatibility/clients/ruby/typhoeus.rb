require 'typhoeus'

form = { operations: ENV['OPERATIONS'], map: ENV['MAP'], file: File.open(ENV['FILE']) }
response = Typhoeus.post(ENV['ENDPOINT'], headers: { 'Authorization' => "Bearer #{ENV['TOKEN']}" }, body: form)
puts Typhoeus::VERSION, response.code, response.body
