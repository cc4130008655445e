// Apache Commons Email, https://commons.apache.org/proper/commons-email/
import com.google.gson.*;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.time.Instant;
import java.util.*;
import org.apache.commons.mail.*;

public class CommonsLetters {
    static final File PDF = new File("../../../rules/files/certificate-MY-2021-004711.pdf");
    static final File LOGO = new File("../../../rules/files/logo.png");
    static final PrintStream OUT = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);

    static String get(JsonObject letter, String key) { return letter.get(key).getAsString(); }

    static String textOf(JsonObject l) {
        return String.join("\n\n", get(l, "greeting"), get(l, "body"), get(l, "label") + ": " + get(l, "url"), get(l, "help"), get(l, "sign")) + "\n";
    }

    static String htmlOf(JsonObject l, String more) {
        String help = get(l, "help").replace("help@health.example", "<a href=\"mailto:help@health.example\">help@health.example</a>");
        return "<html lang=\"" + get(l, "lang") + "\"><body>" + more + "<p>" + get(l, "greeting") + "</p><p>" + get(l, "body") + "</p>\n<p><a href=\""
            + get(l, "url") + "\">" + get(l, "label") + "</a></p><p>" + help + "</p><p>" + get(l, "sign") + "</p></body></html>\n";
    }

    static <T extends Email> T begun(T mail, JsonObject l) throws Exception {
        mail.setHostName("mail.health.example");
        mail.setCharset("UTF-8");
        mail.setFrom("no-reply@health.example", get(l, "sender"));
        mail.addTo("anna@dest.example", get(l, "name"));
        mail.setSubject(get(l, "subject"));
        mail.setSentDate(Date.from(Instant.parse("2021-06-14T00:00:00Z")));
        return mail;
    }

    static void show(String name, Email mail) throws Exception {
        mail.buildMimeMessage();
        mail.getMimeMessage().saveChanges();
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        mail.getMimeMessage().writeTo(raw, new String[] {"Bcc"});
        JsonObject line = new JsonObject();
        line.addProperty("name", name);
        // As the library's SMTPTransport does: every line ends with CRLF.
        String wire = raw.toString(StandardCharsets.ISO_8859_1).replaceAll("\r?\n", "\r\n");
        line.addProperty("raw", Base64.getEncoder().encodeToString(wire.getBytes(StandardCharsets.ISO_8859_1)));
        OUT.println(line);
    }

    public static void main(String[] arguments) throws Exception {
        JsonObject data = JsonParser.parseString(Files.readString(Path.of("letters.json"))).getAsJsonObject();
        JsonObject letters = data.getAsJsonObject("letters");
        JsonObject en = letters.getAsJsonObject("en");
        for (String lang : letters.keySet()) {
            JsonObject l = letters.getAsJsonObject(lang);
            SimpleEmail simple = begun(new SimpleEmail(), l);
            simple.setMsg(textOf(l));
            show(lang + ", SimpleEmail", simple);
            HtmlEmail html = begun(new HtmlEmail(), l);
            html.setHtmlMsg(htmlOf(l, ""));
            html.setTextMsg(textOf(l));
            show(lang + ", HtmlEmail", html);
            html = begun(new HtmlEmail(), l);
            html.setHtmlMsg(htmlOf(l, ""));
            show(lang + ", HtmlEmail without text", html);
        }
        for (String name : List.of("KA-004711.pdf", "Überweisung KA-004711.pdf")) {
            EmailAttachment file = new EmailAttachment();
            file.setPath(PDF.getPath());
            file.setDisposition(EmailAttachment.ATTACHMENT);
            file.setDescription("Your certificate");
            file.setName(name);
            MultiPartEmail mail = begun(new MultiPartEmail(), en);
            mail.setMsg(textOf(en));
            mail.attach(file);
            show("MultiPartEmail with " + name, mail);
            HtmlEmail html = begun(new HtmlEmail(), en);
            html.setHtmlMsg(htmlOf(en, ""));
            html.setTextMsg(textOf(en));
            html.attach(file);
            show("HtmlEmail with " + name, html);
        }
        HtmlEmail html = begun(new HtmlEmail(), en);
        String cid = html.embed(LOGO, "logo.png");
        html.setHtmlMsg(htmlOf(en, "<img src=\"cid:" + cid + "\" alt=\"MyHealth\">"));
        html.setTextMsg(textOf(en));
        show("HtmlEmail with a picture inside", html);
        html = begun(new HtmlEmail(), en);
        html.embed(LOGO, "logo");
        html.setHtmlMsg(htmlOf(en, "<img src=\"cid:logo\" alt=\"MyHealth\">".replace("logo\"", html.embed(LOGO, "logo") + "\"")));
        html.setTextMsg(textOf(en));
        html.addReplyTo("help@health.example", "MyHealth");
        html.addHeader("X-Campaign", "visits; day=1");
        html.addHeader("List-Unsubscribe", "<https://www.health.example/unsubscribe/abc123>");
        html.setBounceAddress("no-reply@health.example");
        show("HtmlEmail with everything", html);
        OUT.flush();
    }
}
