<?php
require 'Symfony/Component/HttpClient/autoload.php';
require 'Symfony/Component/Mime/autoload.php';

use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\Mime\Part\DataPart;
use Symfony\Component\Mime\Part\Multipart\FormDataPart;

$form = new FormDataPart([
    'operations' => getenv('OPERATIONS'),
    'map' => getenv('MAP'),
    'file' => DataPart::fromPath(getenv('FILE')),
]);
$response = HttpClient::create()->request('POST', getenv('ENDPOINT'), [
    'auth_bearer' => getenv('TOKEN'),
    'headers' => $form->getPreparedHeaders()->toArray(),
    'body' => $form->bodyToIterable(),
]);
preg_match('/[0-9.]+/', shell_exec("dpkg-query -W -f '\${Version}' php-symfony-http-client"), $version);
echo $version[0], "\n", $response->getStatusCode(), "\n", $response->getContent(false);
