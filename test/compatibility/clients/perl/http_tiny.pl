use strict;
use warnings;
use HTTP::Tiny;
use HTTP::Tiny::Multipart;

open my $file, '<:raw', $ENV{FILE} or die $!;
my $content = do { local $/; <$file> };
my ($name) = $ENV{FILE} =~ m{([^/]+)$};
my $client = HTTP::Tiny->new( default_headers => { Authorization => "Bearer $ENV{TOKEN}" } );
my $response = $client->post_multipart(
    $ENV{ENDPOINT},
    [ operations => $ENV{OPERATIONS}, map => $ENV{MAP}, file => { filename => $name, content => $content } ],
);
print "$HTTP::Tiny::VERSION, Multipart $HTTP::Tiny::Multipart::VERSION\n$response->{status}\n$response->{content}";
