<?php
// PHPMailer as Debian packages it, https://github.com/PHPMailer/PHPMailer
declare(strict_types=1);
require __DIR__ . '/common.php';
require '/usr/share/php/libphp-phpmailer/autoload.php';

use PHPMailer\PHPMailer\PHPMailer;

function begun(array $letter): PHPMailer
{
    $mail = new PHPMailer(true);
    $mail->isSMTP();
    $mail->CharSet = PHPMailer::CHARSET_UTF8;
    $mail->MessageDate = 'Mon, 14 Jun 2021 08:00:00 +0800';
    $mail->Hostname = 'health.example';
    $mail->setFrom('no-reply@health.example', $letter['sender']);
    $mail->addAddress('anna@dest.example', $letter['name']);
    $mail->Subject = $letter['subject'];
    return $mail;
}

function plain(array $letter): PHPMailer
{
    $mail = begun($letter);
    $mail->Body = textOf($letter);
    return $mail;
}

function both(array $letter, string $more = ''): PHPMailer
{
    $mail = begun($letter);
    $mail->isHTML(true);
    $mail->Body = htmlOf($letter, $more);
    $mail->AltBody = textOf($letter);
    return $mail;
}

function finish(string $name, PHPMailer $mail, array $to = []): void
{
    $mail->preSend();
    show($name, $mail->getSentMIMEMessage(), $to);
}

$en = $letters['en'];
foreach ($letters as $lang => $letter) {
    finish("$lang, text", plain($letter));
    $mail = both($letter);
    $mail->AltBody = '';
    finish("$lang, HTML", $mail);
    foreach (['8bit', 'base64', 'quoted-printable'] as $encoding) {
        $mail = both($letter);
        $mail->Encoding = $encoding;
        finish("$lang, text and HTML in $encoding", $mail);
    }
}
$cases = [
    'a PDF' => fn ($mail) => $mail->addAttachment(PDF, 'KA-004711.pdf'),
    'a PDF in quoted-printable' => fn ($mail) => $mail->addAttachment(PDF, 'KA-004711.pdf', 'quoted-printable'),
    'a PDF from a string' => fn ($mail) => $mail->addStringAttachment(file_get_contents(PDF), 'KA-004711.pdf', 'base64', 'application/pdf'),
    'a PDF with a name in German' => fn ($mail) => $mail->addAttachment(PDF, 'Überweisung KA-004711.pdf'),
    'a PDF with a name in Chinese' => fn ($mail) => $mail->addAttachment(PDF, '预约单-KA-004711.pdf'),
    'replies elsewhere' => fn ($mail) => $mail->addReplyTo('help@health.example', 'MyHealth'),
    'high priority' => fn ($mail) => $mail->Priority = 1,
    'low priority' => fn ($mail) => $mail->Priority = 5,
    'no X-Mailer' => fn ($mail) => $mail->XMailer = ' ',
    'another X-Mailer' => fn ($mail) => $mail->XMailer = 'MyHealth 3.1 (https://www.health.example/)',
    'a Message-ID of its own' => fn ($mail) => $mail->MessageID = '<visit.4711+a@mail.health.example>',
    'headers of its own' => function ($mail) {
        $mail->addCustomHeader('X-Campaign', 'visits; day=1');
        $mail->addCustomHeader('List-Unsubscribe', '<https://www.health.example/unsubscribe/abc123>');
        $mail->addCustomHeader('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click');
        $mail->addCustomHeader('X-Note: Prüfung für Zoë');
    },
    'a sender for bounces' => fn ($mail) => $mail->Sender = 'no-reply@health.example',
    'lines wrapped at 70' => fn ($mail) => $mail->WordWrap = 70,
    'Latin 1' => null,
];
foreach ($cases as $what => $change) {
    $mail = both($en);
    if ($change === null) {
        $letter = array_map(fn ($text) => mb_convert_encoding($text, 'ISO-8859-1', 'UTF-8'), $en);
        $mail = begun($letter);
        $mail->CharSet = PHPMailer::CHARSET_ISO88591;
        $mail->Body = textOf($letter);
    } else {
        $change($mail);
    }
    finish("with $what", $mail);
}
$mail = both($en, '<img src="cid:logo" alt="MyHealth" width="160" height="40">');
$mail->addEmbeddedImage(LOGO, 'logo', 'logo.png');
finish('with a picture inside', $mail);
$mail = both($en, '<img src="cid:logo" alt="MyHealth">');
$mail->addEmbeddedImage(LOGO, 'logo', 'logo.png');
$mail->addAttachment(PDF, 'KA-004711.pdf');
finish('with a picture inside and a PDF', $mail);
$mail = plain($en);
$mail->addAttachment(PDF, 'KA-004711.pdf');
finish('text with a PDF', $mail);
$mail = begun($en);
$mail->msgHTML(htmlOf($en, '<img src="logo.png" alt="MyHealth">'), dirname(LOGO));
$mail->AltBody = textOf($en);
finish('msgHTML with a picture from a folder', $mail);
foreach ($data['to'] as $place => $mailbox) {
    $mail = both($en);
    $mail->clearAddresses();
    $mail->addAddress($mailbox['address'], $mailbox['name']);
    finish("to person $place", $mail);
}
$mail = both($en);
$mail->addAddress('joerg@dest.example', 'Jörg Müller');
$mail->addCC('lim@dest.example', 'Lim, Mei Ling');
$mail->addBCC('archive@health.example');
finish('to several', $mail, ['anna@dest.example', 'joerg@dest.example', 'lim@dest.example', 'archive@health.example']);
$mail = both($en);
$mail->clearAddresses();
$mail->addBCC('anna@dest.example');
finish('to nobody in sight', $mail);
$invitation = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//MyHealth//Visits//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:KA-004711@health.example\r\nDTSTAMP:20210601T000000Z\r\nDTSTART:20210614T013000Z\r\nDTEND:20210614T020000Z\r\nSUMMARY:Your visit on 14 June 2021\r\nORGANIZER;CN=MyHealth:mailto:no-reply@health.example\r\nATTENDEE;RSVP=TRUE:mailto:anna@dest.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
$mail = both($en);
$mail->Ical = $invitation;
finish('with an invitation', $mail);
$mail = both($en);
$mail->addStringAttachment($invitation, 'appointment.ics', 'base64', 'text/calendar');
finish('with an invitation as a file', $mail);
$key = openssl_pkey_new(['private_key_bits' => 1024, 'private_key_type' => OPENSSL_KEYTYPE_RSA]);
openssl_pkey_export($key, $pem);
$mail = both($letters['de']);
[$mail->DKIM_domain, $mail->DKIM_selector, $mail->DKIM_private_string, $mail->DKIM_identity] = ['health.example', 'k1', $pem, 'no-reply@health.example'];
finish('signed with DKIM', $mail);
