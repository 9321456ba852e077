use strict;
use warnings;
use HTTP::Request::Common 'POST';
use IO::Async::Loop;
use Net::Async::HTTP;

my $loop = IO::Async::Loop->new;
my $client = Net::Async::HTTP->new( fail_on_error => 0 );
$loop->add($client);
my $request = POST(
    $ENV{ENDPOINT},
    Authorization => "Bearer $ENV{TOKEN}",
    Content_Type  => 'form-data',
    Content       => [ operations => $ENV{OPERATIONS}, map => $ENV{MAP}, file => [ $ENV{FILE} ] ],
);
my $response = $client->do_request( request => $request )->get;
print "$Net::Async::HTTP::VERSION\n", $response->code, "\n", $response->decoded_content;
