<?php
// Symfony Mime as Debian packages it, https://symfony.com/doc/current/mailer.html
declare(strict_types=1);
require __DIR__ . '/common.php';
require '/usr/share/php/Symfony/Component/Mime/autoload.php';
require '/usr/share/php/Egulias/EmailValidator/autoload.php';

use Symfony\Component\Mime\Address;
use Symfony\Component\Mime\Email;
use Symfony\Component\Mime\Header\Headers;
use Symfony\Component\Mime\Part\DataPart;
use Symfony\Component\Mime\Part\Multipart\AlternativePart;
use Symfony\Component\Mime\Part\TextPart;

function begun(array $letter): Email
{
    return (new Email())
        ->from(new Address('no-reply@health.example', $letter['sender']))
        ->to(new Address('anna@dest.example', $letter['name']))
        ->date(new DateTimeImmutable('2021-06-14T08:00:00+08:00'))
        ->subject($letter['subject']);
}

function both(array $letter, string $more = ''): Email
{
    return begun($letter)->text(textOf($letter))->html(htmlOf($letter, $more));
}

$en = $letters['en'];
foreach ($letters as $lang => $letter) {
    show("$lang, text", begun($letter)->text(textOf($letter))->toString());
    show("$lang, HTML", begun($letter)->html(htmlOf($letter))->toString());
    show("$lang, text and HTML", both($letter)->toString());
    foreach (['base64', 'quoted-printable', '8bit'] as $encoding) {
        $body = new AlternativePart(new TextPart(textOf($letter), 'utf-8', 'plain', $encoding), new TextPart(htmlOf($letter), 'utf-8', 'html', $encoding));
        show("$lang, parts in $encoding", begun($letter)->setBody($body)->toString());
    }
}
foreach (['KA-004711.pdf', 'Überweisung KA-004711.pdf', '预约单-KA-004711.pdf'] as $name) {
    show("with $name", both($en)->attachFromPath(PDF, $name, 'application/pdf')->toString());
}
show('with a picture inside', both($en, '<img src="cid:logo.png" alt="MyHealth">')->embedFromPath(LOGO, 'logo.png', 'image/png')->toString());
show('with a picture inside and a PDF', both($en, '<img src="cid:logo.png" alt="MyHealth">')->embedFromPath(LOGO, 'logo.png')->attachFromPath(PDF, 'KA-004711.pdf')->toString());
show('replies elsewhere', both($en)->replyTo(new Address('help@health.example', 'MyHealth'))->toString());
foreach ([Email::PRIORITY_HIGHEST, Email::PRIORITY_LOW] as $priority) {
    show("with priority $priority", both($en)->priority($priority)->toString());
}
$mail = both($en);
$mail->getHeaders()
    ->addTextHeader('X-Campaign', 'visits; day=1')
    ->addTextHeader('X-Note', str_repeat('Prüfung für Zoë ', 8))
    ->addTextHeader('X-Auto-Response-Suppress', 'OOF, DR, RN, NRN, AutoReply')
    ->addTextHeader('List-Unsubscribe', '<https://www.health.example/unsubscribe/abc123>')
    ->addTextHeader('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click')
    ->addTextHeader('References', '<a@dest.example> <b@health.example>');
show('with headers of its own', $mail->toString());
show('with a sender', both($en)->sender('no-reply@health.example')->returnPath('no-reply@health.example')->toString());
foreach ($data['to'] as $place => $mailbox) {
    show("to person $place", both($en)->to(new Address($mailbox['address'], $mailbox['name']))->toString());
}
show('to several', both($en)->addTo(new Address('joerg@dest.example', 'Jörg Müller'))->cc('lim@dest.example')->toString(), ['anna@dest.example', 'joerg@dest.example', 'lim@dest.example']);
foreach ($data['people'] as $name) {
    show("to $name", both(['name' => $name, 'greeting' => "Dear $name,"] + $en)->toString());
}
