#!/usr/bin/perl
# MIME::Lite, Email::MIME and MIME::Entity as Debian packages them.
use v5.32;
use warnings;
use utf8;
use Email::MIME;
use Encode qw(encode encode_utf8);
use FindBin;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use MIME::Entity;
use MIME::Lite;

my $pdf  = "$FindBin::Bin/../../../../rules/files/certificate-MY-2021-004711.pdf";
my $logo = "$FindBin::Bin/../../../../rules/files/logo.png";
my $date = 'Mon, 14 Jun 2021 08:00:00 +0800';
my $json = JSON::PP->new->canonical;

sub slurp { open my $file, '<:raw', shift or die; local $/; return <$file> }

my $letters = $json->utf8->decode(slurp("$FindBin::Bin/../letters.json"))->{letters};

sub text_of {
    my $l = shift;
    return join("\n\n", $l->{greeting}, $l->{body}, "$l->{label}: $l->{url}", $l->{help}, $l->{sign}) . "\n";
}

sub html_of {
    my ($l, $more) = (@_, '');
    my $help = $l->{help} =~ s{help\@health\.example}{<a href="mailto:help\@health.example">help\@health.example</a>}r;
    return qq{<!DOCTYPE html>\n<html lang="$l->{lang}" dir="$l->{dir}"><head><meta charset="utf-8"><title>$l->{subject}</title></head>\n}
        . qq{<body>$more<p>$l->{greeting}</p><p>$l->{body}</p>\n<p><a href="$l->{url}">$l->{label}</a></p><p>$help</p><p>$l->{sign}</p></body></html>\n};
}

sub show {
    my ($name, $raw) = @_;
    $raw =~ s/\r?\n/\r\n/g;    # as Net::SMTP sends it
    say encode_utf8($json->utf8(0)->encode({ name => $name, raw => encode_base64($raw, '') }));
}

sub mailbox {
    my ($name, $address) = @_;
    return qq{"$name" <$address>} if $name =~ /\A[\x20-\x7e]+\z/;
    return encode('MIME-Header', $name) . " <$address>";
}

sub head {
    my $l = shift;
    return (
        From    => mailbox($l->{sender}, 'no-reply@health.example'),
        To      => mailbox($l->{name},   'anna@dest.example'),
        Subject => encode('MIME-Header', $l->{subject}),
    );
}

for my $lang (sort keys %$letters) {
    my $l = $letters->{$lang};
    for my $encoding ('8bit', 'base64', 'quoted-printable') {
        my $mail = MIME::Lite->new(head($l), Date => $date, Type => 'text/plain; charset=UTF-8', Encoding => $encoding, Data => encode_utf8(text_of($l)));
        show("$lang, MIME::Lite, text in $encoding", $mail->as_string);
        $mail = MIME::Lite->new(head($l), Date => $date, Type => 'multipart/alternative');
        $mail->attach(Type => 'text/plain; charset=UTF-8', Encoding => $encoding, Data => encode_utf8(text_of($l)));
        $mail->attach(Type => 'text/html; charset=UTF-8',  Encoding => $encoding, Data => encode_utf8(html_of($l)));
        show("$lang, MIME::Lite, text and HTML in $encoding", $mail->as_string);

        my @parts = map {
            my ($type, $body) = @$_;
            Email::MIME->create(attributes => { content_type => $type, charset => 'UTF-8', encoding => $encoding }, body_str => $body)
        } (['text/plain', text_of($l)], ['text/html', html_of($l)]);
        my $message = Email::MIME->create(
            header_str => [From => qq{"$l->{sender}" <no-reply\@health.example>}, To => qq{"$l->{name}" <anna\@dest.example>}, Subject => $l->{subject}, Date => $date],
            attributes => { content_type => 'multipart/alternative' },
            parts      => \@parts,
        );
        show("$lang, Email::MIME in $encoding", $message->as_string);

        my $entity = MIME::Entity->build(head($l), Date => $date, Type => 'multipart/alternative');
        $entity->attach(Type => 'text/plain', Charset => 'UTF-8', Encoding => $encoding, Data => encode_utf8(text_of($l)));
        $entity->attach(Type => 'text/html',  Charset => 'UTF-8', Encoding => $encoding, Data => encode_utf8(html_of($l)));
        show("$lang, MIME::Entity in $encoding", $entity->stringify);
    }
}

my $en = $letters->{en};
my $mail = MIME::Lite->new(head($en), Date => $date, Type => 'multipart/mixed');
$mail->attach(Type => 'TEXT', Data => encode_utf8(text_of($en)))->attr('content-type.charset' => 'UTF-8');
$mail->attach(Type => 'application/pdf', Path => $pdf, Filename => 'KA-004711.pdf', Disposition => 'attachment');
show('MIME::Lite with a PDF', $mail->as_string);
$mail = MIME::Lite->new(head($en), Date => $date, Type => 'multipart/related');
$mail->attach(Type => 'text/html; charset=UTF-8', Data => encode_utf8(html_of($en, '<img src="cid:logo.png" alt="MyHealth">')));
$mail->attach(Type => 'image/png', Id => 'logo.png', Path => $logo);
show('MIME::Lite with a picture inside', $mail->as_string);
my $entity = MIME::Entity->build(head($en), Date => $date, Type => 'multipart/mixed', 'X-Mailer' => 'MyHealth 3.1');
$entity->attach(Type => 'text/plain', Charset => 'UTF-8', Encoding => '-SUGGEST', Data => encode_utf8(text_of($en)));
$entity->attach(Path => $pdf, Type => 'application/pdf', Encoding => 'base64', Filename => 'KA-004711.pdf');
show('MIME::Entity with a PDF', $entity->stringify);
