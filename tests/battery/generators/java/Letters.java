// Jakarta Mail, https://jakarta.ee/specifications/mail/2.0/, as Spring and plain applications use it.
import com.google.gson.*;
import jakarta.activation.*;
import jakarta.mail.*;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.internet.*;
import jakarta.mail.util.ByteArrayDataSource;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.time.Instant;
import java.util.*;

public class Letters {
    static final File PDF = new File("../../../rules/files/certificate-MY-2021-004711.pdf");
    static final File LOGO = new File("../../../rules/files/logo.png");
    static final Session SESSION = Session.getInstance(new Properties());
    static final PrintStream OUT = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);

    static String get(JsonObject letter, String key) { return letter.get(key).getAsString(); }

    static String textOf(JsonObject l) {
        return String.join("\n\n", get(l, "greeting"), get(l, "body"), get(l, "label") + ": " + get(l, "url"), get(l, "help"), get(l, "sign")) + "\n";
    }

    static String htmlOf(JsonObject l, String more) {
        String help = get(l, "help").replace("help@health.example", "<a href=\"mailto:help@health.example\">help@health.example</a>");
        return "<!DOCTYPE html>\n<html lang=\"" + get(l, "lang") + "\" dir=\"" + get(l, "dir") + "\"><head><meta charset=\"utf-8\"><title>" + get(l, "subject")
            + "</title></head>\n<body>" + more + "<p>" + get(l, "greeting") + "</p><p>" + get(l, "body") + "</p>\n<p><a href=\"" + get(l, "url") + "\">"
            + get(l, "label") + "</a></p><p>" + help + "</p><p>" + get(l, "sign") + "</p></body></html>\n";
    }

    static MimeMessage begun(JsonObject l) throws Exception {
        MimeMessage message = new MimeMessage(SESSION);
        message.setFrom(new InternetAddress("no-reply@health.example", get(l, "sender"), "UTF-8"));
        message.setRecipient(RecipientType.TO, new InternetAddress("anna@dest.example", get(l, "name"), "UTF-8"));
        message.setSubject(get(l, "subject"), "UTF-8");
        message.setSentDate(Date.from(Instant.parse("2021-06-14T00:00:00Z")));
        return message;
    }

    static MimeBodyPart text(JsonObject l) throws Exception {
        MimeBodyPart part = new MimeBodyPart();
        part.setText(textOf(l), "UTF-8");
        return part;
    }

    static MimeBodyPart html(JsonObject l, String more) throws Exception {
        MimeBodyPart part = new MimeBodyPart();
        part.setContent(htmlOf(l, more), "text/html; charset=UTF-8");
        return part;
    }

    static MimeMultipart alternative(JsonObject l, String more) throws Exception {
        return new MimeMultipart("alternative", text(l), html(l, more));
    }

    static MimeBodyPart wrap(MimeMultipart inner) throws Exception {
        MimeBodyPart part = new MimeBodyPart();
        part.setContent(inner);
        return part;
    }

    static MimeBodyPart file(File file, String name) throws Exception {
        MimeBodyPart part = new MimeBodyPart();
        part.setDataHandler(new DataHandler(new FileDataSource(file)));
        part.setHeader("Content-Type", "application/pdf");
        part.setFileName(name);
        return part;
    }

    static MimeMessage both(JsonObject l) throws Exception {
        MimeMessage message = begun(l);
        message.setContent(alternative(l, ""));
        return message;
    }

    static void show(String name, MimeMessage message, String... to) throws Exception {
        message.saveChanges();
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        message.writeTo(raw, new String[] {"Bcc"});
        JsonObject line = new JsonObject();
        line.addProperty("name", name);
        // As the library's SMTPTransport does: every line ends with CRLF.
        String wire = raw.toString(StandardCharsets.ISO_8859_1).replaceAll("\r?\n", "\r\n");
        line.addProperty("raw", Base64.getEncoder().encodeToString(wire.getBytes(StandardCharsets.ISO_8859_1)));
        JsonArray recipients = new JsonArray();
        for (String one : to) recipients.add(one);
        line.add("to", recipients);
        OUT.println(line);
    }

    public static void main(String[] arguments) throws Exception {
        JsonObject data = JsonParser.parseString(Files.readString(Path.of("letters.json"))).getAsJsonObject();
        JsonObject letters = data.getAsJsonObject("letters");
        JsonObject en = letters.getAsJsonObject("en");
        for (String lang : letters.keySet()) {
            JsonObject l = letters.getAsJsonObject(lang);
            MimeMessage message = begun(l);
            message.setText(textOf(l), "UTF-8");
            show(lang + ", text", message);
            message = begun(l);
            message.setText(htmlOf(l, ""), "UTF-8", "html");
            show(lang + ", HTML", message);
            show(lang + ", text and HTML", both(l));
            for (String encoding : List.of("base64", "quoted-printable", "8bit")) {
                MimeBodyPart text = text(l), html = html(l, "");
                text.setHeader("Content-Transfer-Encoding", encoding);
                html.setHeader("Content-Transfer-Encoding", encoding);
                message = begun(l);
                message.setContent(new MimeMultipart("alternative", text, html));
                show(lang + ", text and HTML in " + encoding, message);
            }
        }
        for (Map.Entry<String, String> one : Map.of("de", "ISO-8859-1", "ja", "ISO-2022-JP", "zh", "GB2312", "ru", "KOI8-R").entrySet()) {
            JsonObject l = letters.getAsJsonObject(one.getKey());
            MimeMessage message = begun(l);
            message.setSubject(get(l, "subject"), one.getValue());
            message.setText(textOf(l), one.getValue());
            show(one.getKey() + ", text in " + one.getValue(), message);
        }
        for (String name : List.of("KA-004711.pdf", "Überweisung KA-004711.pdf", "预约单-KA-004711.pdf")) {
            MimeMessage message = begun(en);
            message.setContent(new MimeMultipart("mixed", wrap(alternative(en, "")), file(PDF, name)));
            show("with " + name, message);
            message = begun(en);
            message.setContent(new MimeMultipart("mixed", wrap(alternative(en, "")), file(PDF, MimeUtility.encodeText(name, "UTF-8", "B"))));
            show("with " + name + " through encodeText", message);
        }
        for (boolean attached : List.of(false, true)) {
            MimeBodyPart picture = new MimeBodyPart();
            picture.attachFile(LOGO);
            picture.setContentID("<logo>");
            picture.setDisposition(Part.INLINE);
            MimeMultipart related = new MimeMultipart("related", html(en, "<img src=\"cid:logo\" alt=\"MyHealth\">"), picture);
            MimeMultipart whole = new MimeMultipart("alternative", text(en), wrap(related));
            MimeMessage message = begun(en);
            message.setContent(attached ? new MimeMultipart("mixed", wrap(whole), file(PDF, "KA-004711.pdf")) : whole);
            show(attached ? "with a picture inside and a PDF" : "with a picture inside", message);
        }
        // Spring's MimeMessageHelper, MULTIPART_MODE_MIXED_RELATED: mixed(related(alternative(text, html), picture), files)
        MimeBodyPart picture = new MimeBodyPart();
        picture.setDataHandler(new DataHandler(new FileDataSource(LOGO)));
        picture.setHeader("Content-ID", "<logo>");
        picture.setDisposition(Part.INLINE);
        MimeMultipart related = new MimeMultipart("related", wrap(alternative(en, "<img src=\"cid:logo\" alt=\"MyHealth\">")), picture);
        MimeMessage springs = begun(en);
        springs.setContent(new MimeMultipart("mixed", wrap(related), file(PDF, "KA-004711.pdf")));
        show("as Spring nests it", springs);
        springs = begun(en);
        springs.setContent(new MimeMultipart("mixed", wrap(new MimeMultipart("related", wrap(alternative(en, ""))))));
        show("as Spring nests it, without files", springs);
        springs = begun(en);
        springs.setContent(new MimeMultipart("mixed", wrap(new MimeMultipart("related", html(en, "")))));
        show("as Spring nests it, HTML alone", springs);

        MimeMessage message = both(en);
        message.setReplyTo(new Address[] {new InternetAddress("help@health.example", "MyHealth")});
        show("replies elsewhere", message);
        message = both(en);
        message.setSender(new InternetAddress("no-reply@health.example"));
        show("with a sender", message);
        message = both(en);
        message.addHeader("X-Priority", "1");
        message.addHeader("Importance", "high");
        message.addHeader("X-Campaign", "visits; day=1");
        message.addHeader("X-Note", MimeUtility.fold(8, MimeUtility.encodeText("Prüfung für Zoë ".repeat(8), "UTF-8", "Q")));
        message.addHeader("List-Unsubscribe", "<https://www.health.example/unsubscribe/abc123>");
        message.addHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        message.addHeader("Disposition-Notification-Options", "");
        message.removeHeader("Disposition-Notification-Options");
        show("with headers of its own", message);
        message = both(en);
        message.setDescription("A visit");
        message.setContentLanguage(new String[] {"en"});
        show("with a description and a language", message);
        message = both(en);
        message.addRecipient(RecipientType.TO, new InternetAddress("joerg@dest.example", "Jörg Müller", "UTF-8"));
        message.addRecipient(RecipientType.CC, new InternetAddress("lim@dest.example", "Lim, Mei Ling"));
        message.addRecipient(RecipientType.BCC, new InternetAddress("archive@health.example"));
        show("to several", message, "anna@dest.example", "joerg@dest.example", "lim@dest.example", "archive@health.example");
        int place = 0;
        for (JsonElement one : data.getAsJsonArray("to")) {
            JsonObject mailbox = one.getAsJsonObject();
            message = both(en);
            message.setRecipient(RecipientType.TO, new InternetAddress(get(mailbox, "address"), get(mailbox, "name").isEmpty() ? null : get(mailbox, "name"), "UTF-8"));
            show("to person " + place++, message);
        }
        for (JsonElement one : data.getAsJsonArray("people")) {
            JsonObject letter = en.deepCopy();
            letter.addProperty("name", one.getAsString());
            letter.addProperty("greeting", "Dear " + one.getAsString() + ",");
            show("to " + one.getAsString(), both(letter));
        }
        OUT.flush();
    }
}
