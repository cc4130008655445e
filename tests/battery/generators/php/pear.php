<?php
// PEAR's Mail_mime as Debian packages it, and mail() composed by hand as countless scripts do.
declare(strict_types=1);
require __DIR__ . '/common.php';
require '/usr/share/php/Mail/mime.php';

function fields(array $letter): array
{
    mb_internal_encoding('UTF-8');
    return [
        'From' => "\"{$letter['sender']}\" <no-reply@health.example>",
        'To' => "\"{$letter['name']}\" <anna@dest.example>",
        'Subject' => $letter['subject'],
        'Date' => 'Mon, 14 Jun 2021 08:00:00 +0800',
        'Message-ID' => '<visit-4711@health.example>',
    ];
}

function finish(string $name, array $letter, Mail_mime $mime, array $parameters = []): void
{
    $charset = ['text_charset' => 'UTF-8', 'html_charset' => 'UTF-8', 'head_charset' => 'UTF-8'];
    $body = $mime->get($parameters + $charset);
    show($name, $mime->txtHeaders(fields($letter)) . "\r\n" . $body);
}

function made(array $letter, bool $text = true, string $html = ''): Mail_mime
{
    $mime = new Mail_mime(['eol' => "\r\n"]);
    if ($text) {
        $mime->setTXTBody(textOf($letter));
    }
    if ($html !== '') {
        $mime->setHTMLBody($html);
    }
    return $mime;
}

$en = $letters['en'];
foreach ($letters as $lang => $letter) {
    finish("$lang, text", $letter, made($letter));
    finish("$lang, text and HTML", $letter, made($letter, true, htmlOf($letter)));
    finish("$lang, in base64, header too", $letter, made($letter, true, htmlOf($letter)), ['text_encoding' => 'base64', 'html_encoding' => 'base64', 'head_encoding' => 'base64']);
    // As in the manual of mail(): https://www.php.net/manual/en/function.mail.php
    $encode = fn (string $text): string => mb_encode_mimeheader($text, 'UTF-8', 'B', "\r\n", 9);
    $head = "To: anna@dest.example\r\nSubject: {$encode($letter['subject'])}\r\nFrom: {$encode($letter['sender'])} <no-reply@health.example>\r\nReply-To: help@health.example\r\nDate: Mon, 14 Jun 2021 08:00:00 +0800\r\nX-Mailer: PHP/8.2\r\nMIME-Version: 1.0\r\n";
    if (!str_contains($letter['sender'], ',')) {
        show("$lang, mail() with 8bit HTML", $head . "Content-type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" . htmlOf($letter));
        show("$lang, mail() with chunk_split", $head . "Content-Type: text/plain; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" . chunk_split(base64_encode(textOf($letter))));
        show("$lang, mail() with quoted_printable_encode", $head . "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" . quoted_printable_encode(str_replace("\n", "\r\n", textOf($letter))));
    }
}
$mime = made($en, true, htmlOf($en));
$mime->addAttachment(PDF, 'application/pdf', 'KA-004711.pdf');
finish('with a PDF', $en, $mime);
$mime = made($en, true, htmlOf($en));
$mime->addAttachment(PDF, 'application/pdf', 'Überweisung KA-004711.pdf', true, 'base64', 'attachment', 'UTF-8');
finish('with a PDF with a name in German', $en, $mime);
$mime = made($en, true, htmlOf($en, '<img src="logo.png" alt="MyHealth">'));
$mime->addHTMLImage(LOGO, 'image/png', 'logo.png', true, 'logo.png@health.example');
finish('with a picture inside', $en, $mime);
