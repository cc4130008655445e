// Renders with FreeMarker as Keycloak does: its functions msg, kcSanitize, linkExpirationFormatter.
// A line in: id, template and data as JSON, between tabs. A line out: id, text and error in Base64.
// The first argument is the folder of the templates, with messages/messages_en.properties in it.
import freemarker.core.Environment;
import freemarker.core.HTMLOutputFormat;
import freemarker.template.Configuration;
import freemarker.template.SimpleScalar;
import freemarker.template.Template;
import freemarker.template.TemplateHashModel;
import freemarker.template.TemplateMethodModelEx;
import freemarker.template.TemplateModel;
import freemarker.template.TemplateModelException;
import freemarker.template.TemplateNumberModel;
import freemarker.template.TemplateScalarModel;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

public class FreeMarker {
    static final Properties MESSAGES = new Properties();

    static Object plain(Object model) throws TemplateModelException {
        if (model instanceof TemplateNumberModel) {
            return ((TemplateNumberModel) model).getAsNumber();
        }
        return model instanceof TemplateScalarModel ? ((TemplateScalarModel) model).getAsString() : model;
    }

    static String message(String key, Object... values) {
        String pattern = MESSAGES.getProperty(key);
        return pattern == null ? key : new MessageFormat(pattern, Locale.ENGLISH).format(values);
    }

    static Object msg(List<?> arguments) throws TemplateModelException {
        Object[] values = new Object[arguments.size() - 1];
        for (int i = 1; i < arguments.size(); i++) {
            values[i - 1] = plain(arguments.get(i));
        }
        return new SimpleScalar(message(String.valueOf(plain(arguments.get(0))), values));
    }

    static Object expiration(List<?> arguments) throws TemplateModelException {
        long minutes = ((Number) plain(arguments.get(0))).longValue();
        String unit = minutes % 1440 == 0 ? "days" : minutes % 60 == 0 ? "hours" : "minutes";
        long count = minutes / (unit.equals("days") ? 1440 : unit.equals("hours") ? 60 : 1);
        String key = "linkExpirationFormatter.timePeriodUnit." + unit;
        return new SimpleScalar(count + " " + message(key, count));
    }

    public static void main(String[] arguments) throws Exception {
        File folder = new File(arguments[0]);
        try (FileReader reader = new FileReader(
                new File(folder, "messages/messages_en.properties"), StandardCharsets.UTF_8)) {
            MESSAGES.load(reader);
        }
        Configuration html = new Configuration(Configuration.VERSION_2_3_31);
        html.setDirectoryForTemplateLoading(folder);
        html.setDefaultEncoding("UTF-8");
        html.setOutputFormat(HTMLOutputFormat.INSTANCE);
        html.setLogTemplateExceptions(false);
        html.setLocale(Locale.ENGLISH);
        html.setSharedVariable("msg", (TemplateMethodModelEx) FreeMarker::msg);
        html.setSharedVariable("kcSanitize", (TemplateMethodModelEx) FreeMarker::sanitized);
        html.setSharedVariable("linkExpirationFormatter", (TemplateMethodModelEx) FreeMarker::expiration);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] job = line.split("\t");
            StringWriter written = new StringWriter();
            String error = "";
            try {
                Map<String, Object> root = new HashMap<>();
                root.put("json", job[3]);
                Template data = new Template("data", "<#assign data = json?eval_json>", html);
                Environment read = data.createProcessingEnvironment(root, new StringWriter());
                read.process();
                TemplateHashModel model = (TemplateHashModel) read.getVariable("data");
                Template template = job[2].startsWith("=")
                    ? new Template(job[1], job[2].substring(1), html)
                    : html.getTemplate(job[2]);
                template.process(new Details(model), written);
            } catch (Exception failure) {
                error = String.valueOf(failure.getMessage());
            }
            out.println(job[0] + "\t" + base64(written.toString()) + "\t" + base64(error));
        }
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    // event.getDetail("…") is a method of Keycloak's event; here its answer is event.detail.
    static class Details implements TemplateHashModel {
        final TemplateHashModel data;

        Details(TemplateHashModel data) {
            this.data = data;
        }

        public TemplateModel get(String key) throws TemplateModelException {
            TemplateModel found = data.get(key);
            if (!key.equals("event") || found == null) {
                return found;
            }
            TemplateHashModel event = (TemplateHashModel) found;
            return new TemplateHashModel() {
                public TemplateModel get(String name) throws TemplateModelException {
                    if (name.equals("getDetail")) {
                        return (TemplateMethodModelEx) a -> event.get("detail");
                    }
                    return event.get(name);
                }

                public boolean isEmpty() {
                    return false;
                }
            };
        }

        public boolean isEmpty() {
            return false;
        }
    }

    /** What Keycloak's OWASP policy does to the links of its own texts; it leaves the rest alone. */
    private static Object sanitized(List a) throws TemplateModelException {
        if (!(a.get(0) instanceof TemplateScalarModel)) {
            return a.get(0);
        }
        String text = ((TemplateScalarModel) a.get(0)).getAsString();
        return new SimpleScalar(text.replaceAll("(<a href=\"[^\"]*\")>", "$1 rel=\"nofollow\">"));
    }
}
