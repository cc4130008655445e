// Mailgen (https://github.com/eladnava/mailgen), and templates of one's own: handlebars, inlined by juice.
import handlebars from "handlebars";
import juice from "juice";
import Mailgen from "mailgen";
import { basics, letters, linked, logoUrl, print, textOf } from "./common.mjs";

const { en, de, zh, ar } = letters;
const product = { name: "MyHealth", link: "https://health.example/", copyright: "Copyright © 2021 MyHealth. All rights reserved." };
const action = { instructions: "To change or cancel your visit, please click here:", button: { color: "#22BC66", text: "Change or cancel", link: "https://www.health.example/app/visits/4711" } };
const bodies = {
  "a button": { action },
  "a button with white text": { action: { ...action, button: { ...action.button, textColor: "#ffffff" } } },
  "a table": { table: { data: [{ visit: "General practitioner", fee: "RM 1.00" }, { visit: "Dentist", fee: "RM 1.00" }], columns: { customWidth: { visit: "80%" }, customAlignment: { fee: "right" } } } },
  "a table with a title": { table: { title: "Your visits", data: [{ visit: "General practitioner", fee: "RM 1.00" }] } },
  "a dictionary": { dictionary: { date: "14 June 2021", address: "Jalan Kesihatan 1" } },
  "no greeting of its own": { greeting: "Dear", signature: "Sincerely" },
  "two buttons": { action: [action, { instructions: "To see all your visits, please click here:", button: { text: "See visits", link: "https://www.health.example/app/visits" } }] },
};
for (const theme of ["default", "salted", "cerberus", "neopolitan"]) {
  const generator = new Mailgen({ theme, product });
  for (const [name, more] of Object.entries(bodies)) {
    const email = { body: { name: en.name, intro: "Your visit is on 14 June 2021 at 09:30.", outro: "Questions? Write to help@health.example.", ...more } };
    const plain = generator.generatePlaintext(email);
    const html = generator.generate(email);
    const fields = { ...basics(en), subject: "MyHealth: your visit" };
    await print(`${theme}, ${name}`, { ...fields, html });
    await print(`${theme}, ${name}, with its plain text`, { ...fields, html, text: plain });
  }
}
const pictured = new Mailgen({ theme: "default", product: { ...product, logo: logoUrl, logoHeight: "40px" } });
await print("a logo", { ...basics(en), subject: "MyHealth: your visit", html: pictured.generate({ body: { name: en.name, intro: "Your visit is on 14 June 2021 at 09:30.", action, outro: "Questions? Write to help@health.example." } }) });

const source = `<!doctype html>
<html lang="{{lang}}" dir="{{dir}}">
<head>
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{{subject}}</title>
  <style>
    body { margin: 0; padding: 0; background: #f6f6f6; -webkit-text-size-adjust: 100%; -ms-text-size-adjust: 100%; }
    .container { max-width: 580px; margin: 0 auto !important; padding: 10px; }
    .btn a { background-color: #3498db; border: solid 1px #3498db; border-radius: 5px; color: #ffffff; padding: 12px 25px; display: inline-block; text-decoration: none; }
    .preheader { color: transparent; display: none; height: 0; max-height: 0; max-width: 0; opacity: 0; overflow: hidden; mso-hide: all; visibility: hidden; width: 0; }
    table { border-collapse: separate; mso-table-lspace: 0pt; mso-table-rspace: 0pt; width: 100%; }
    p { font-family: sans-serif; font-size: 14px; margin: 0 0 15px; }
    a:hover { color: #0b6e4f }
    @media only screen and (max-width: 620px) { .container { padding: 0 !important; width: 100% !important; } .btn a { width: 100% !important; } }
    @media all { .ExternalClass { width: 100%; } .ExternalClass, .ExternalClass p, .ExternalClass span { line-height: 100%; }
      .apple-link a { color: inherit !important; font-family: inherit !important; text-decoration: none !important; } #MessageViewBody a { color: inherit; text-decoration: none; } }
  </style>
</head>
<body>
  {{#if preview}}<span class="preheader">{{preheader}}</span>{{/if}}
  <table role="presentation" border="0" cellpadding="0" cellspacing="0" class="body"><tr><td>&nbsp;</td><td class="container">
    <p>{{greeting}}</p>
    <p>{{body}}</p>
    <table role="presentation" border="0" cellpadding="0" cellspacing="0" class="btn"><tbody><tr><td align="center">
      <a href="{{url}}" target="_blank" rel="noopener noreferrer">{{label}}</a></td></tr></tbody></table>
    <p>{{{help}}}</p>
    <p>{{sign}}</p>
  </td><td>&nbsp;</td></tr></table>
</body>
</html>
`;
const fill = handlebars.compile(source);
for (const letter of Object.values(letters)) {
  const html = fill({ ...letter, help: linked(letter.help), preview: true });
  await print(`${letter.lang}, a handlebars template`, { ...basics(letter), text: textOf(letter), html });
  await print(`${letter.lang}, a handlebars template inlined by juice`, { ...basics(letter), text: textOf(letter), html: juice(html) });
}
for (const letter of [en, de, zh, ar]) {
  const html = fill({ ...letter, help: linked(letter.help) });
  await print(`${letter.lang}, inlined without the style sheet`, { ...basics(letter), text: textOf(letter), html: juice(html, { preserveMediaQueries: false, preservePseudos: false }) });
  await print(`${letter.lang}, inlined with widths as attributes`, { ...basics(letter), html: juice(html, { applyWidthAttributes: true, applyHeightAttributes: true, applyAttributesTableElements: true }) });
}
