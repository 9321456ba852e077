use strict;
use warnings;
use LWP::UserAgent;

my $response = LWP::UserAgent->new->post(
    $ENV{ENDPOINT},
    Authorization => "Bearer $ENV{TOKEN}",
    Content_Type  => 'form-data',
    Content       => [ operations => $ENV{OPERATIONS}, map => $ENV{MAP}, file => [ $ENV{FILE} ] ],
);
print "$LWP::UserAgent::VERSION\n", $response->code, "\n", $response->decoded_content;
