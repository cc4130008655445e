# ruff: noqa: RUF001, E501 - look-alikes are what is tested, in tables
"""Values of every slot type: what people really have, and what somebody would like to say instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.battery.sample import Sample, text_message

FRAMES: Mapping[str, str] = {
    "name": "The name that we have is {}. Tell us if it is wrong.",
    "words": "The place that we have is {}. Tell us if it is wrong.",
    "text": "The note that we have is: {} Tell us if it is wrong.",
    "digits": "The digits that we have are {}, no others.",
    "number": "The number that we have is {}, no other.",
    "code": "The code that we have is {}, no other.",
    "money": "The amount that we have is {}, no other.",
    "date": "The date that we have is {}, no other.",
    "time": "The time that we have is {}, no other.",
    "uuid": "The id that we have is {}, no other.",
    "email": "The address that we have is {}, no other.",
    "phone": "The telephone that we have is {}, no other.",
    "url": "The page that we have is {} and no other.",
    "choice": "The dose that we have is {}, no other.",
}

TAKEN: Mapping[str, tuple[str, ...]] = {
    "name": (
        "Aisha", "Aisha binti Rahman", "Nur Aisyah Humaira binti Wan Ahmad Fadzil", "Muthusamy a/l Ramasamy", "Kavitha A/P Subramaniam",
        "Rajesh s/o Kumar", "Priya d/o Nair", "Siti w/o Ahmad", "Tan Ah Kow @ Tan Ah Kaw", "Lim @ Lim Bee", "Mohd. Ali bin Abu Bakar",
        "Hj. Ismail bin Hj. Osman", "Dato' Seri Anwar", "Dato’ Dr. Lee", "Tengku Puan Sri", "Abd. Rahman", "'Abd al-Rahman", "Ng", "Ng Mei Ling", "Ong", "E",
        "O'Connor", "O’Brien", "D'Souza", "D’Silva", "Jean-Luc", "Jean‐Luc Picard", "María-José Núñez", "María José García de la Peña", "Juan de la Cruz",
        "Ludwig van Beethoven", "Anna von der Leyen", "Martin Luther King, Jr.", "Robert Downey Jr.", "John Smith III", "Dr. John St. James",
        "St. John-Smythe", "J.R.R. Tolkien", "J. K. Rowling", "A.P.J. Abdul Kalam", "S.K. Ng", "D.Ng", "Mª José", "Ana (Anita) Gómez", "Wei (Wendy) Tan",
        "Nguyễn Thị Minh Khai", "Trần Đại Quang", "Đặng Hữu Phước", "Ngô Bảo Châu", "Lê Thị Hồng Gấm", "Nguye\u0302\u0303n Va\u0306n A", "Þórður Ásgeirsson", "Guðrún Jónsdóttir",
        "Łukasz Żółć", "Grzegorz Brzęczyszczykiewicz", "Jiří Dvořák", "Žofie Černá", "Ľubomír Šťastný", "Şükrü Işık", "İbrahim Yıldız", "Ğ. Çağlar", "Kealoha Kaʻahumanu",
        "Liliʻuokalani", "Seán Ó Súilleabháin", "Áine Ní Bhriain", "Siân Ŵyn", "Åsa Öberg", "Bjørn Ærø", "Søren Kierkegård", "François Lefèvre", "Renée Noël", "Chloë Brontë",
        "Jürgen Groß", "Weiß", "Straße", "Õie Õunapuu", "Käthe Müller-Lüdenscheidt", "Ștefan Țurcanu", "Şerban", "Győző Kovács", "Zoltán Őry", "Ngozi Ọkọnjọ", "Adébáyọ̀ Ọlá", "Ṣọlá",
        "Ɓala Ɗan Ƙano", "Kofi Ɖeka", "Ɛsi", "Kwabɛna Ɔsei", "Ələkbər Əliyev", "Ŋa", "Māori Tāne", "Tūī", "ʻaisea", "Dmitri Medvedev", "Дмитрий Ёлкин", "Олександр Їжак", "Ђорђе Љубић",
        "Ўзбек Қодиров", "Ήλιος Παπαδόπουλος", "Γιώργος", "Անահիտ", "გიორგი", "דוד בן-גוריון", "ז'בוטינסקי", "محمد بن عبد الله", "فاطمة الزهراء", "مُحَمَّد", "می‌نا", "علی رضا", "محمد علی", "عبد الله",
        "தமிழ்ச்செல்வி", "முத்துசாமி த/பெ ராமசாமி", "ஸ்ரீதேவி", "प्रज्ञा शर्मा", "कृष्ण", "श्री राम", "राजेश कुमार", "ਹਰਪ੍ਰੀਤ ਸਿੰਘ", "રમેશ પટેલ", "সৌমিত্র চট্টোপাধ্যায়", "শ্রীকান্ত", "వెంకటేశ్వర రావు", "ಕೃಷ್ಣಮೂರ್ತಿ", "ശ്രീജിത്ത്", "സൗമ്യ",
        "සුනිල් පෙරේරා", "ශ්‍රී", "สมชาย ใจดี", "ณัฐวุฒิ", "ສົມສະໄໝ", "សុខ វណ្ណា", "အောင်ဆန်းစုကြည်", "བསྟན", "黄", "黄小明", "陈 伟", "歐陽 菲菲", "𠮷田 太郎", "山田 太郎", "やまだ たろう", "ヤマダ タロー", "佐々木 希", "김철수", "남궁 민수", "李·约翰",
        "José Mari\u0301a", "A\u030asa", "Zoe\u0308", "አበበ ቢቂላ", "ⴰⵎⴰⵣⵉⵖ", "Mac Giolla Íosa", "de' Medici", "Nobuhle Ng’ang’a", "Ng'ang'a", "N'Golo Kanté", "Ka`ahumanu", "X Æ", "Mr. T", "J.Kim", "S.K.Kim", "Dr.Ng", "Univ.Prof. Katharina Loos B.Sc.", "Prof.Dr.Kim", "دراجـي", "ПідвірʼЯ",
    ),
    "words": (
        "Klinik Kesihatan", "Klinik Kesihatan Setapak (Blok B)", "No. 12/3, Jalan SS 2/24, #05-01 (Blk B)", "Level 2, Block C, Room 03-15", "Hospital Kuala Lumpur", "Dr. A. Rahman's clinic",
        "24-hour clinic", "Ward 5A/5B", "Café Zoë", "Straße des 17. Juni 135", "Calle Mayor 5", "12 rue de l’Église", "Nguyễn Huệ 45", "ул. Ленина, 5", "診療所 A", "3階 受付", "ชั้น 2 ห้อง 5",
        "Room 5 & 6", "Unit 7-2-1", "AB+ (Rh D)", "50% off", "Q&A", "Pfizer-BioNTech, 2nd dose", "Paracetamol 500 mg", "50450 Kuala Lumpur", "1st floor; lift B", 'Building "A"', "A/C no. 5", "MRT Station - Exit A",
        "St. Mary’s", "Flat 3, 22½ High Street", "P.O. Box 123", "C/O Tan", "مستشفى السلام", "क्लिनिक 5", "S.K.Ng clinic", "Klinik Dr.Rahman", "e.g. A", "Lot 5.12", "R&D Centre_2", "Grupo Torre S.Coop.", "Barros & Asociados S.Com.", "بازرگانی،صنعتی", "подвірʼя 5", "Karl-Ring 749 6288 Wagram",
    ),
    "text": (
        "Take 1-2 tablets (500 mg) every 4-6 hours.", "Bring: IC, card & letter!", "It’s “fine” – see you…", "100% OK? Yes.", "Price: RM10.50 / €5", "5 > 3 and 2 < 4", "x = y^2", "a_b*c~d", "{braces} [brackets]",
        "Temperature 37.5 °C", "½ tablet", "H2O", "ok 👍", "многие words", "中文和English", "第3回", "A\nB", "A  B", "No. 12/3, Jalan SS 2/24, #05-01", "Übergröße", "naïve café", "E=mc²", "5 µg", "№ 5", "§ 3", "→ left", "• one • two", "™ © ®",
    ),
    "digits": ("493021", "000000", "999999"),
    "number": ("1", "100000", "12.5", "12.50", "1,000", "1 000", "1.000", "99,999.99", "99.999,99", "12,345.6", "007"),
    "code": ("AB-12", "abc", "A1B2C3", "INV-2021-0001", "1", "a-b-c"),
    "money": (
        "RM5", "RM 5", "RM5.00", "RM 1,234.50", "RM1,234,567.89", "MYR 12.00", "€ 12,50", "12,50 €", "1.234,50 €", "US$5", "US$ 1,000.00", "£9.99", "¥500", "500 kr", "12 345,00 kr", "99,00 zł", "CHF 1’234.50", "CHF 1'234.50",
        "Rs. 500", "Rs.1,23,456.00", "₹1,23,456.00", "₹ 500", "RM0.50", "RM0", "1\u202f234,50 €", "1\u00a0234,50 €",
    ),
    "date": (
        "14/06/2021", "14-06-2021", "14.06.2021", "2021-06-14", "14 June 2021", "14 Jun 2021", "June 14, 2021", "Jun 14, 2021", "Monday, 14 June 2021", "Mon, 14 Jun 2021", "Isnin, 14 Jun 2021", "14 Juni 2021", "Montag, 14 Juni 2021",
        "14 juin 2021", "lundi, 14 juin 2021", "14 junio 2021", "14 junho 2021", "14 giugno 2021", "1/6/2021", "29/02/2024", "14 Ogos 2021", "14 Mac 2021", "14 August 2021", "14 août 2021", "14 aou\u0302t 2021", "14 März 2021", "1 mei 2021",
    ),
    "time": ("09:30", "9:30", "09:30:15", "23:59", "00:00", "9.30", "9:30 AM", "9:30am", "9.30 p.m.", "12 pm", "9am", "9.30 pagi", "2.30 petang", "9:30\u202fAM", "8 malam"),
    "uuid": ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3F2504E0-4F89-11D3-9A0C-0305E82C3301"),
    "email": ("anna@dest.example", "anna.b+c@sub.dest.example", "o'connor@dest.example", "a_b-c@dest.co.uk", "ANNA@DEST.EXAMPLE", "1@dest.example"),
    "phone": ("03-8881 0200", "+60 3-8881 0200", "+60123456789", "012-345 6789", "(03) 8881 0200", "(+358) 221526767", "(+30) 2852 774932", "+389(0)2 3079756", "15999", "1300 88 2525", "012-***6789", "+1 202 555 0143", "+44 (0)20 7946 0958", "01 23 45 67 89", "03.8881.0200"),
    "url": ("https://www.health.example/app/x", "https://health.example", "https://health.example/", "HTTPS://WWW.HEALTH.EXAMPLE/app", "https://www.health.example/app/x?lang=en#top"),
    "choice": ("first dose", "second dose", "first\u00a0dose", "first  dose"),
}  # fmt: skip

REFUSED: Mapping[str, tuple[str, ...]] = {
    "name": (
        "You are infected!", "Anna: you are infected", "Anna. You are HIV positive and must call us now please", "Anna; die", "Anna?", "Anna!", "Anna 5", "Anna 0123456789", "4nna", "Anna2", "Anna, visit evil.com", "evil.com", "Anna evil.com", "Anna T.Me", "X.Com", "Dr.Com", "Ann.Com",
        "evil@evil.com", "www.evil", "https://evil.com", "evil.com/x", "Anna //evil.com", "аnna", "Аnna", "Annа", "Αnna", "Anna Ивановна", "Anna 王", "Annaκ", "ɑnna", "ᴀnna", "Aɴɴa", "ⁿna", "Annaₐ", "ﬁona", "ſara", "Ａｎｎａ", "𝐀nna", "Ⓐnna", "Ⅰvan", "Ann\u0430",
        "Anna 👍", "Anna™", "Anna & Bob", "<Anna>", "<b>Anna</b>", "{name}", "${name}", "%s", "[Name]", "Anna|Bob", "Anna\\Bob", "Anna_Bob", "Anna=Bob", "Anna+Bob", "Anna*", "~Anna", "#Anna", "$Anna", 'Anna"', "“Anna”", "Anna…", "Anna—Bob", "Anna–Bob", "Anna • Bob", "Anna\u200b", "\u200fAnna", "\u202eannA", "An\u00adna", "Anna\ufeff", "An\u2060na",
        "A" * 81, "a b c d e f g h", "a " * 30 + "b", "", "-", ".", "'", "...", "@", "()", "a/b/c", "Anna/Bob", "http/", "24/7", "Anna a//l Bob", "A\u0336n\u0336n\u0336a\u0336", "A\u0301\u0302\u0303\u0304nna", "A\u20ddnna", "Anna٣", "Anna३", "Anna½", "Anna²", "null 0", "Anna\tBob: 5", "Anna; DROP TABLE", "=cmd", "+60123456789",
    ),
    "words": (
        "evil.com", "Klinik evil.com", "Klinik (evil.com)", "Klinik evil.com/x", "Klinik,evil.com", "Klinik www.evil", "https://evil.com", "evil@evil.com", "Klinik evil@evil.com", "Klinik //evil.com", "203.0.113.7", "bit.ly/x", "Klinik EVIL.COM", "Klinik t.me/x", "Klinik пример.рф", "evil。com", "evil．com", "Klinik 访问evil.com",
        "Кlinik", "Кlinik Kesihatan", "Klinik Kеsihatan", "Klinik Κesihatan", "Ｋlinik", "𝐊linik", "ᴋlinik", "Klinik ٣", "Klinik ३", "Klinik ①", "Klinik Ⅰ", "Klinik <b>x</b>", "Klinik {x}", "Klinik $5", "Klinik | x", "Klinik \\ x", "Klinik ~ x", "Klinik ^ x", "Klinik @ evil", "Klinik 👍", "Klinik ™", "Klinik → x", "Klinik €5",
        "Klinik\u200b", "Klinik \u202excod", "Kli\u00adnik", "Klinik\ufeff", "K" * 121, "a " * 20 + "b", "Klinik 03-9999 9999", "Klinik +60 3 9999 9999", "Klinik (call 0399999999)", "Klinik 202-555-0143", "K\u0336l\u0336inik", "Kli\u20ddnik", "Kl\u0301\u0302\u0303\u0304inik",
    ),
    "text": ("visit evil.com", "write to evil@evil.com", "call 03-9999 9999", "vіsit us", "vis\u200bit", "Ｖisit", "T\u0336ake", "ta\u0301\u0302\u0303\u0304ke", "5 ٣", "x" * 401, "①", "Ⅷ", "𝐓ake", "take\ufffc", "take \U000e0041"),
    "digits": ("49302", "4930210", "493 021", "49302a", "493-021", "+49302", "49.302", "４９３０２１", "٤٩٣٠٢١", "49302¹", "evil.c", "call99"),
    "number": (
        "0", "0.5", "100001", "100,000.01", "1e3", "1E3", "-5", "−5", "+5", "١٢", "１２", "12.5555", "1,2,3", "1.2.3", "12a", "0x10", "Infinity", "NaN", "½", "1/2", "12 34", "1 00",
        ".5", "5.", "12..5", "1'00", "twelve", "1\u200b2", "5 call 03-9999 9999", "",
    ),
    "code": ("AB 12", "AB_12", "AB/12", "AB.12", "-AB", "AB-", "AB--12", "АB-12", "AB–12", "AB\u201112", "ＡB", "Ä1", "A" * 21, "evil.com", "AB#12", "AB\u00ad12", ""),
    "money": (
        "5", "5.00", "USD 5", "$5", "EUR 5", "RM", "RM5.0", "RM5.000,0", "RM5.1234", "RM-5", "-RM5", "RM −5", "RM10,000,001", "RM5 million", "RM5k", "RM 5e6", "RM５", "RM٥", "RM5.00 evil.com", "RM  5 or call", "RM5,00,0", "RM 5 €", "rm5", "Rm5", "RМ5", "ＲＭ5", "RM\u200b5", "RM1 23 456", "RM5/-", "RM1,2", "€5€5", "RM٠", "R M5",
    ),
    "date": (
        "31/02/2021", "29/02/2021", "32/01/2021", "00/01/2021", "01/13/2021", "14/06/21", "14/06/20211", "14//06/2021", "14 Junes 2021", "June 2021", "14 June", "yesterday", "now", "Tuesday, 14 June 2021", "Friday, 14 June 2021", "2021-06-31", "2021-6-14T09:30", "14-June-2021", "14th June 2021", "14 Jun. 2021 evil.com", "14/О6/2021", "14/06/２０２１", "١٤/٠٦/٢٠٢١", "14∕06∕2021", "14.06/2021", "14‑06‑2021", "14 June\u200b 2021", "14 Jυne 2021", "14 Јune 2021", "14 06 2021", "0/0/0000", "14/06/0000",
    ),
    "time": ("24:00", "09:60", "9:5", "25:00", "09:30:60", "13:00 PM", "0:30 am", "9", "9 o'clock", "noon", "now", "09:30 evil.com", "09：30", "０９:30", "٠٩:٣٠", "09∶30", "9:30 ΑM", "-9:30", "9:30xm", "09:30–10:00", "9h30"),
    "uuid": ("3f2504e0-4f89-11d3-9a0c-0305e82c330", "3f2504e04f8911d39a0c0305e82c3301", "{3f2504e0-4f89-11d3-9a0c-0305e82c3301}", "3f2504e0-4f89-11d3-9a0c-0305e82c330g", "3f2504e0–4f89-11d3-9a0c-0305e82c3301"),
    "email": ("anna", "anna@", "@dest.example", "anna@dest", "anna@dest..example", "anna@@dest.example", "anna@dest.example, x@evil.com", "anna@dest.example x", "Anna <anna@dest.example>", "anna@déšt.example", "аnna@dest.example", "anna@[203.0.113.7]", '"a b"@dest.example', "anna@-dest.example", ".anna@dest.example", "anna@dest.example?body=x", "mailto:anna@dest.example"),
    "phone": ("12", "call 03-8881 0200", "03-8881 0200 ext 5", "03-8881 0200, 03-9999 9999", "1-800-CALL-NOW", "+60", "+1", "+999999999999999", "1234567890123456", "٠٣٨٨٨١", "０３-8881", "03–8881–0200", "+60 3 8881 0200 evil.com", "*#06#", "tel:+60388810200", "++60388810200"),
    "url": ("https://evil.com", "https://evil.com/app/x", "http://www.health.example/app/x", "https://www.health.example@evil.com/", "https://www.health.example.evil.com/app/x", "https://www.health.example/unlisted", "javascript:alert(1)", "www.health.example/app/x", "//www.health.example/app/x", "https://www.heаlth.example/app/x", "https:\\\\evil.com", "https://www.health.example/app/x https://evil.com", "https://www.health.example/app/../x", "ftp://www.health.example/", "data:text/html,x"),
    "choice": ("third dose", "First dose", "first dose!", "first", "first dose second dose", "fіrst dose", "first\u200bdose", "first\u00addose", "firstdose", "first-dose", ""),
}  # fmt: skip


# These are taken by their slots and then held for where they lead.
BY_LINKS = frozenset(
    [("url", value) for value in REFUSED["url"] if value.startswith("http")]
    + [("text", value) for value in REFUSED["text"][:3]]
    + [
        ("words", value)
        for value in REFUSED["words"]
        if "999 9999" in value or "555-" in value or "0399999999" in value
    ]
)


def samples() -> Iterator[Sample]:
    """Yield a text message for each value, in the frame of its type."""
    for type_, frame in FRAMES.items():
        for value in dict.fromkeys(TAKEN[type_]):
            yield text_message(f"slots/{type_}", f"taken: {ascii(value)[:80]}", frame.format(value))
        for place, value in enumerate(dict.fromkeys(REFUSED[type_])):
            name = f"{place} refused: {ascii(value)[:80]}"
            because = "link." if (type_, value) in BY_LINKS else "te"  # text. or template.
            yield text_message(f"slots/{type_}", name, frame.replace("{}", value), because)
