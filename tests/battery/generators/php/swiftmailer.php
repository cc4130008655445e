<?php
// Swift Mailer as Debian packages it: what Laravel sent with until version 8.
declare(strict_types=1);
require __DIR__ . '/common.php';
require '/usr/share/php/Egulias/EmailValidator/autoload.php';
require '/usr/share/php/Swift/swift_required.php';

function begun(array $letter): Swift_Message
{
    return (new Swift_Message($letter['subject']))
        ->setFrom(['no-reply@health.example' => $letter['sender']])
        ->setTo(['anna@dest.example' => $letter['name']])
        ->setDate(new DateTimeImmutable('2021-06-14T08:00:00+08:00'));
}

function both(array $letter, string $more = ''): Swift_Message
{
    return begun($letter)->setBody(htmlOf($letter, $more), 'text/html')->addPart(textOf($letter), 'text/plain');
}

$en = $letters['en'];
foreach ($letters as $lang => $letter) {
    show("$lang, text", begun($letter)->setBody(textOf($letter))->toString());
    show("$lang, text and HTML", both($letter)->toString());
    show("$lang, text in base64", begun($letter)->setBody(textOf($letter))->setEncoder(new Swift_Mime_ContentEncoder_Base64ContentEncoder())->toString());
    show("$lang, text in 8bit", begun($letter)->setBody(textOf($letter))->setEncoder(new Swift_Mime_ContentEncoder_PlainContentEncoder('8bit'))->toString());
}
foreach (['KA-004711.pdf', 'Überweisung KA-004711.pdf', '预约单-KA-004711.pdf'] as $name) {
    show("with $name", both($en)->attach(Swift_Attachment::fromPath(PDF, 'application/pdf')->setFilename($name))->toString());
}
$mail = begun($en);
$cid = $mail->embed(Swift_Image::fromPath(LOGO));
show('with a picture inside', $mail->setBody(htmlOf($en, "<img src=\"$cid\" alt=\"MyHealth\">"), 'text/html')->addPart(textOf($en), 'text/plain')->toString());
show('with everything', both($en)->setReplyTo(['help@health.example' => 'MyHealth'])->setPriority(1)->setSender('no-reply@health.example')->setReturnPath('no-reply@health.example')->setDescription('A visit')->toString());
foreach ($data['to'] as $place => $mailbox) {
    show("to person $place", both($en)->setTo($mailbox['name'] === '' ? [$mailbox['address']] : [$mailbox['address'] => $mailbox['name']])->toString());
}
