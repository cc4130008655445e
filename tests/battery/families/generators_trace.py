"""Fields that services and servers add: seen by machines only, full of addresses and odd text.

The fields were written after the services' documentation; values are invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.battery import good
from tests.battery.sample import Sample

FAMILY = "trace"
_B64 = "Q2xpbmljIG1haWwgbm90IGZvciByZWFkaW5nLCBvbmx5IGZvciBtYWNoaW5lcw0K"

# What stands above the message's own fields, as it stands there.
TRACES: Mapping[str, str] = {
    "two hops of Postfix": """Received: from mx.health.example (mx.health.example [192.0.2.25])
\tby mail.health.example (Postfix) with ESMTPS id 4FzX1v2qg0z9sW5
\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)
\t(No client certificate requested)
\tfor <anna@dest.example>; Mon, 14 Jun 2021 00:00:02 +0000 (UTC)
Received: by mx.health.example (Postfix, from userid 33)
\tid 9F1C2A0031; Mon, 14 Jun 2021 00:00:01 +0000 (UTC)
""",
    "Exim": """Received: from www-data by web1.health.example with local (Exim 4.96)
\t(envelope-from <no-reply@health.example>)
\tid 1lsaBc-0001Xy-2Z
\tfor anna@dest.example; Mon, 14 Jun 2021 08:00:01 +0800
X-PHP-Originating-Script: 33:class-phpmailer.php
""",
    "sendmail": """Received: from web1.health.example (localhost [127.0.0.1])
\tby web1.health.example (8.17.1.9/8.17.1.9/Debian-2) with ESMTP id 15E0012a004711
\tfor <anna@dest.example>; Mon, 14 Jun 2021 08:00:01 +0800
Received: (from app@localhost)
\tby web1.health.example (8.17.1.9/8.17.1.9/Submit) id 15E0010Z004710;
\tMon, 14 Jun 2021 08:00:00 +0800
""",
    "Exchange": """Received: from PS2PR01MB0001.apcprd01.prod.exchangelabs.com
 (2603:1096:300:20::14) by
 PS2PR01MB0002.apcprd01.prod.exchangelabs.com (2603:1096:300:20::15) with Microsoft SMTP
 Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id
 15.20.4219.21; Mon, 14 Jun 2021 00:00:01 +0000
X-MS-Exchange-Organization-SCL: -1
X-MS-TNEF-Correlator:
x-ms-publictraffictype: Email
x-ms-office365-filtering-correlation-id: 5c0e4b4e-4711-4711-4711-08d92ecb0000
x-ms-exchange-transport-forked: True
X-Microsoft-Antispam: BCL:0;
X-Microsoft-Antispam-Message-Info: q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=
Thread-Index: AddgsE0vAAAAAAAAQ2xpbmljIG1haWw=
x-originating-ip: [192.0.2.17]
Accept-Language: en-MY, en-US
Content-Language: en-US
x-ms-has-attach:
""",
    "Google": """DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
        d=health.example; s=google;
        h=mime-version:from:date:message-id:subject:to;
        bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;
        b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR
         Mon14Jun2021/clinic+mail==
X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
        d=1e100.net; s=20161025;
        h=x-gm-message-state:mime-version:from:date:message-id:subject:to;
        bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;
        b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR
X-Gm-Message-State: AOAM531Q2xpbmlj+bWFpbA==
X-Google-Smtp-Source: ABdhPJxQ2xpbmljIG1haWw=
X-Received: by 2002:a17:902:b188:b029:11b:2246:e1b with SMTP id
 s8-20020a170902b188b029011b22460e1bmr4711plr.17.1623628801; Mon, 14 Jun 2021
 00:00:01 -0700 (PDT)
ARC-Seal: i=1; a=rsa-sha256; t=1623628801; cv=none;
        d=google.com; s=arc-20160816;
        b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR
ARC-Authentication-Results: i=1; mx.google.com;
       dkim=pass header.i=@health.example header.s=google header.b=dzdVyOfA;
       spf=pass (google.com: domain of no-reply@health.example designates 192.0.2.17 as
 permitted sender) smtp.mailfrom=no-reply@health.example;
       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=health.example
Received-SPF: pass (google.com: domain of no-reply@health.example designates 192.0.2.17
 as permitted sender) client-ip=192.0.2.17;
""",
    "Amazon SES": """X-SES-Outgoing: 2021.06.14-54.240.0.17
Feedback-ID: 1.ap-southeast-1.Q2xpbmljIG1haWw=:AmazonSES
X-SES-CONFIGURATION-SET: visits
X-SES-MESSAGE-TAGS: campaign=visits, clinic=ampang
""",
    "SendGrid": f"""X-SMTPAPI: {{"category":["visits"],"unique_args":{{"visit":"KA-004711"}},
 "filters":{{"clicktrack":{{"settings":{{"enable":0}}}}}}}}
X-SG-EID: {_B64}{_B64}
 {_B64}=
X-SG-ID: {_B64}
X-Entity-ID: Q2xpbmljIG1haWw=
""",
    "Mailgun": """X-Mailgun-Sending-Ip: 192.0.2.17
X-Mailgun-Sid: WyI0NzExIiwgImFubmFAZGVzdC5leGFtcGxlIiwgImFiYyJd
X-Mailgun-Variables: {"visit": "KA-004711", "back": "https://hooks.health.example/mailgun"}
X-Mailgun-Tag: visits
X-Mailgun-Track-Clicks: no
""",
    "Postmark": """X-PM-Message-Id: 5c0e4b4e-4711-4711-4711-08d92ecb0000
X-PM-Tag: visits
X-PM-Metadata-visit: KA-004711
X-PM-RCPT: |bTB8NDcxMXw0NzExfGFubmFAZGVzdC5leGFtcGxl|
X-Complaints-To: abuse@postmarkapp.com
""",
    "Mandrill": """X-Mandrill-User: md_30000000
X-MC-Track: opens
X-MC-Tags: visits
X-Report-Abuse: Please forward a copy of this message, including all headers, to
 abuse@mandrill.com. You can also report abuse here:
 http://mandrillapp.com/contact/abuse?id=30000000.abc
""",
    "Mailchimp": """X-Mailer: Mailchimp Mailer - **CID4711abc**
X-Campaign: mailchimp4711.abc
X-campaignid: mailchimp4711.abc
X-Report-Abuse: Please report abuse for this campaign here:
 https://mailchimp.com/contact/abuse/?u=4711&id=abc&e=def
X-MC-User: 4711
List-ID: 4711mc list <4711.abc.list-id.mcsv.net>
X-Accounttype: pr
""",
    "Salesforce": """X-SFDC-LK: 00D000000004711
X-SFDC-User: 005000000004711
X-mail_abuse_inquiries: http://www.salesforce.com/company/abuse.jsp
X-SFDC-EmailCategory: apiSingleMail
X-SFDC-TLS-NoRelay: 1
""",
    "SpamAssassin": """X-Spam-Checker-Version: SpamAssassin 3.4.6 (2021-04-09) on
 mail.health.example
X-Spam-Level: *
X-Spam-Status: No, score=1.1 required=5.0 tests=DKIM_SIGNED,DKIM_VALID,
\tHTML_MESSAGE,URIBL_BLOCKED autolearn=no autolearn_force=no version=3.4.6
X-Spam-Report:
\t*  0.0 URIBL_BLOCKED ADMINISTRATOR NOTICE: The query to URIBL was blocked.
\t*      See http://wiki.apache.org/spamassassin/DnsBlocklists#dnsbl-block
\t*      for more information.
\t*      [URIs: health.example]
X-Virus-Scanned: Debian amavis at health.example
""",
    "Sentry and job queues": """X-Job-Id: sidekiq:4711
X-Request-Id: 5c0e4b4e-4711-4711-4711-08d92ecb0000
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
X-Entity-Ref-ID: 1623628800000
""",
    "answers out of office kept away": """Auto-Submitted: auto-generated
X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply
Precedence: bulk
X-Priority: 3 (Normal)
X-MSMail-Priority: Normal
Importance: Normal
X-MimeOLE: Produced By Microsoft MimeOLE V6.3.9600.20564
""",
    "Delivered-To and Return-Path": """Return-Path: <no-reply@health.example>
Delivered-To: anna@dest.example
X-Original-To: anna@dest.example
""",
    "a bounce address for each recipient": """X-Envelope-From: no-reply@health.example
X-Envelope-To: <anna@dest.example>
X-VERP: bounces+4711-anna=dest.example@health.example
""",
    "empty fields": """X-Campaign:
X-Clinic:\x20
Comments:
Keywords:
""",
}


def samples() -> Iterator[Sample]:
    """Yield the good messages with every set of such fields above and below their own."""
    for name, fields in TRACES.items():
        above = good.crlf(fields)
        yield Sample(FAMILY, f"a code through {name}", above + good.mail())
        yield Sample(FAMILY, f"an appointment through {name}", above + good.appointment())
        header, blank, body = good.appointment().partition(b"\r\n\r\n")
        below = header + b"\r\n" + above.removesuffix(b"\r\n")
        yield Sample(FAMILY, f"the fields of {name} below", below + blank + body)
