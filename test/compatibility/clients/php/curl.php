<?php
$request = curl_init(getenv('ENDPOINT'));
curl_setopt_array($request, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . getenv('TOKEN')],
    CURLOPT_POSTFIELDS => [
        'operations' => getenv('OPERATIONS'),
        'map' => getenv('MAP'),
        'file' => new CURLFile(getenv('FILE')),
    ],
]);
$body = curl_exec($request);
echo PHP_VERSION, "\n", curl_getinfo($request, CURLINFO_RESPONSE_CODE), "\n", $body ?: curl_error($request);
