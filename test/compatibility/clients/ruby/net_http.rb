require 'net/http'

uri = URI(ENV['ENDPOINT'])
request = Net::HTTP::Post.new(uri, 'Authorization' => "Bearer #{ENV['TOKEN']}")
request.set_form([['operations', ENV['OPERATIONS']], ['map', ENV['MAP']], ['file', File.open(ENV['FILE'])]], 'multipart/form-data')
response = Net::HTTP.start(uri.host, uri.port) { |http| http.request(request) }
puts RUBY_VERSION, response.code, response.body
