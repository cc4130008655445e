<?php
// What the programs of this folder share: the letters, and how messages are printed.
declare(strict_types=1);
error_reporting(E_ALL & ~E_DEPRECATED);
date_default_timezone_set('Asia/Kuala_Lumpur');

$data = json_decode(file_get_contents(__DIR__ . '/../letters.json'), true, flags: JSON_THROW_ON_ERROR);
$letters = $data['letters'];
const PDF = __DIR__ . '/../../../../rules/files/certificate-MY-2021-004711.pdf';
const LOGO = __DIR__ . '/../../../../rules/files/logo.png';

function textOf(array $letter): string
{
    return implode("\n\n", [$letter['greeting'], $letter['body'], "{$letter['label']}: {$letter['url']}", $letter['help'], $letter['sign']]) . "\n";
}

function htmlOf(array $letter, string $more = ''): string
{
    $help = str_replace('help@health.example', '<a href="mailto:help@health.example">help@health.example</a>', $letter['help']);
    return <<<HTML
        <!DOCTYPE html>
        <html lang="{$letter['lang']}" dir="{$letter['dir']}"><head><meta charset="utf-8"><title>{$letter['subject']}</title></head>
        <body>$more<p>{$letter['greeting']}</p><p>{$letter['body']}</p>
        <p><a href="{$letter['url']}">{$letter['label']}</a></p><p>$help</p><p>{$letter['sign']}</p></body></html>

        HTML;
}

function show(string $name, string $raw, array $to = []): void
{
    $raw = preg_replace('/\r?\n/', "\r\n", $raw); // mail() and SMTP clients both end lines so
    echo json_encode(['name' => $name, 'raw' => base64_encode($raw), 'to' => $to], JSON_UNESCAPED_UNICODE), "\n";
}
