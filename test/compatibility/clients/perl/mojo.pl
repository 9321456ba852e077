use strict;
use warnings;
use Mojo::Asset::File;
use Mojo::UserAgent;
use Mojolicious;

# `form` would sort the parts by name.
my ($name) = $ENV{FILE} =~ m{([^/]+)$};
my @parts = (
    { 'Content-Disposition' => 'form-data; name="operations"', content => $ENV{OPERATIONS} },
    { 'Content-Disposition' => 'form-data; name="map"',        content => $ENV{MAP} },
    {   'Content-Disposition' => qq{form-data; name="file"; filename="$name"},
        file                  => Mojo::Asset::File->new( path => $ENV{FILE} ),
    },
);
my $headers = { Authorization => "Bearer $ENV{TOKEN}", 'Content-Type' => 'multipart/form-data' };
my $response = Mojo::UserAgent->new->post( $ENV{ENDPOINT}, $headers, multipart => \@parts )->result;
print "$Mojolicious::VERSION\n", $response->code, "\n", $response->body;
