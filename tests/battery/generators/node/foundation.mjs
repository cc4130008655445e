// Foundation for Emails (https://get.foundation/emails/docs/): Inky's components, its style sheet, inlined.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import juice from "juice";
import { basics, letters, linked, logoUrl, print, textOf } from "./common.mjs";

const require = createRequire(import.meta.url);
const { Inky } = require("inky");
const cheerio = require("module").createRequire(require.resolve("inky"))("cheerio");
const css = readFileSync(require.resolve("foundation-emails/dist/foundation-emails.css"), "utf8");
const { en } = letters;
const inky = new Inky();

const page = (letter, body) => `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="${letter.lang}" lang="${letter.lang}">
<head>
  <meta http-equiv="Content-Type" content="text/html; charset=utf-8">
  <meta name="viewport" content="width=device-width">
  <title>${letter.subject}</title>
  <style>${css}</style>
</head>
<body>
  <span class="preheader">${letter.preheader}</span>
  <table class="body" data-made-with-foundation><tr><td class="float-center" align="center" valign="top"><center>${body}</center></td></tr></table>
  <!-- prevent Gmail on iOS font size manipulation -->
</body>
</html>`;
const build = (letter, body, inline) => {
  const released = inky.releaseTheKraken(page(letter, body), {});
  const html = typeof released === "string" ? released : cheerio.html(released);
  return inline ? juice(html, { preserveMediaQueries: true, applyAttributesTableElements: true }) : html;
};
const columns = (content, more = "") => `<row><columns ${more}>${content}</columns></row>`;
const letterOf = (letter, button = `<button href="${letter.url}">${letter.label}</button>`) =>
  `<container>${columns(`<p>${letter.greeting}</p><p>${letter.body}</p>${button}<p>${linked(letter.help)}</p><p>${letter.sign}</p>`)}</container>`;

for (const [lang, letter] of Object.entries(letters)) {
  for (const inline of [false, true]) {
    await print(`${lang}, ${inline ? "inlined" : "as a style sheet"}`, { ...basics(letter), text: textOf(letter), html: build(letter, letterOf(letter), inline) });
  }
}
const designs = {
  "a large button": letterOf(en, `<button class="large expand" href="${en.url}">${en.label}</button>`),
  "a rounded button": letterOf(en, `<button class="radius alert" href="${en.url}">${en.label}</button>`),
  "spacers": `<spacer size="16"></spacer>${letterOf(en)}<spacer size="20"></spacer>`,
  "a wrapper": `<wrapper class="header">${letterOf(en)}</wrapper>`,
  "a callout": `<container>${columns(`<p>${en.greeting}</p><callout class="primary"><p>${en.body}</p></callout><button href="${en.url}">${en.label}</button><p>${linked(en.help)}</p><p>${en.sign}</p>`)}</container>`,
  "columns": `<container><row><columns small="12" large="4"><p>${en.greeting}</p></columns><columns small="12" large="8"><p>${en.body}</p></columns></row>${columns(`<button href="${en.url}">${en.label}</button><p>${linked(en.help)}</p><p>${en.sign}</p>`)}</container>`,
  "a menu": `<container>${columns('<menu><item href="https://health.example/">Home</item><item href="https://www.health.example/app/visits">Visits</item></menu>')}</container>${letterOf(en)}`,
  "a block grid": `<container>${columns('<block-grid up="2"><td>Home</td><td>Visits</td></block-grid>')}</container>${letterOf(en)}`,
  "a logo in the middle": `<container>${columns(`<center><img src="${logoUrl}" alt="MyHealth"></center>`)}</container>${letterOf(en)}`,
  "a line": `<container>${columns("<h-line></h-line>")}</container>${letterOf(en)}`,
};
for (const [name, body] of Object.entries(designs)) {
  await print(name, { ...basics(en), text: textOf(en), html: build(en, body, true) });
}
