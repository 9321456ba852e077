<?php
require 'GuzzleHttp/autoload.php';

$response = (new GuzzleHttp\Client())->post(getenv('ENDPOINT'), [
    'http_errors' => false,
    'headers' => ['Authorization' => 'Bearer ' . getenv('TOKEN')],
    'multipart' => [
        ['name' => 'operations', 'contents' => getenv('OPERATIONS')],
        ['name' => 'map', 'contents' => getenv('MAP')],
        ['name' => 'file', 'contents' => fopen(getenv('FILE'), 'r')],
    ],
]);
preg_match('/[0-9.]+/', shell_exec("dpkg-query -W -f '\${Version}' php-guzzlehttp-guzzle"), $version);
echo $version[0], "\n", $response->getStatusCode(), "\n", $response->getBody();
