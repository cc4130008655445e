// react-email (https://react.email/docs/components): each component in the letter, and each language.
import {
  Body, Button, Column, Container, Font, Head, Heading, Hr, Html, Img, Link, Markdown, Preview, Row, Section, Tailwind, Text,
} from "@react-email/components";
import { render } from "@react-email/render";
import { createElement as h, Fragment } from "react";
import { basics, letters, logoUrl, print, textOf } from "./common.mjs";

const { en } = letters;
const help = (letter) => {
  const [before, after] = letter.help.split("help@health.example");
  return h(Fragment, null, before, h(Link, { href: "mailto:help@health.example" }, "help@health.example"), after);
};
const pill = { backgroundColor: "#0b6e4f", borderRadius: "6px", color: "#fff", fontSize: "16px", padding: "12px 24px", textDecoration: "none", display: "block", textAlign: "center" };
const logo = (more = {}) => h(Img, { src: logoUrl, alt: "MyHealth", width: 160, height: 40, ...more });

function Letter({ letter, head, preview, before, after, greeting, body, button, container = {}, bodyStyle = {} }) {
  return h(Html, { lang: letter.lang, dir: letter.dir },
    h(Head, null, head),
    preview && h(Preview, null, letter.preheader),
    h(Body, { style: { backgroundColor: "#ffffff", fontFamily: "HelveticaNeue,Helvetica,Arial,sans-serif", ...bodyStyle } },
      h(Container, container,
        before,
        greeting ?? h(Text, null, letter.greeting),
        body ?? h(Text, { style: { fontSize: "16px", lineHeight: "26px" } }, letter.body),
        button ?? h(Button, { href: letter.url }, letter.label),
        h(Text, null, help(letter)),
        h(Text, null, letter.sign),
        after)));
}

const designs = {
  "the plainest": {},
  "a preview text": { preview: true },
  "a logo": { before: logo() },
  "a logo in the middle": { before: h(Section, { style: { textAlign: "center" } }, logo({ style: { margin: "0 auto", display: "block", outline: "none" } })) },
  "a logo with a link": { before: h(Link, { href: "https://health.example/" }, logo()) },
  "a rounded button in colour": { button: h(Button, { href: en.url, style: pill }, en.label) },
  "a button in a section": { button: h(Section, { style: { textAlign: "center", margin: "32px 0" } }, h(Button, { href: en.url, style: { ...pill, display: "inline-block" } }, en.label)) },
  "a link for a button": { button: h(Link, { href: en.url, target: "_blank", style: { color: "#15c", textDecoration: "underline" } }, en.label) },
  "a heading": { greeting: h(Heading, { as: "h1", style: { fontSize: "24px", fontWeight: "bold", margin: "30px 0", padding: 0 } }, en.greeting) },
  "a heading with margins": { greeting: h(Heading, { as: "h2", m: 0, mx: 10, my: 20 }, en.greeting) },
  "a rule": { before: h(Hr), after: h(Hr, { style: { border: "none", borderTop: "1px solid #eaeaea", margin: "26px 0", width: "100%" } }) },
  "a row of two columns": { greeting: h(Fragment), body: h(Section, null, h(Row, null, h(Column, { style: { width: "30%", verticalAlign: "top" } }, en.greeting), h(Column, { align: "right" }, en.body))) },
  "sections in sections": { body: h(Section, { style: { padding: "24px", border: "solid 1px #dedede", borderRadius: "5px" } }, h(Section, null, h(Text, null, en.body))) },
  "a web font": { head: h(Font, { fontFamily: "Roboto", fallbackFontFamily: "Verdana", webFont: { url: "https://fonts.gstatic.com/s/roboto/v27/KFOmCnqEu92Fr1Mu4mxKKTU1Kg.woff2", format: "woff2" }, fontWeight: 400, fontStyle: "normal" }) },
  "a font without a file": { head: h(Font, { fontFamily: "Inter", fallbackFontFamily: ["Arial", "sans-serif"] }) },
  "a title and a style sheet": { head: h(Fragment, null, h("title", null, en.subject), h("style", null, "@media (max-width:600px){.sm-p-4{padding:16px!important}}")) },
  "a dark mode": { head: h(Fragment, null, h("meta", { name: "color-scheme", content: "light dark" }), h("meta", { name: "supported-color-schemes", content: "light dark" }), h("style", null, ":root{color-scheme:light dark} @media (prefers-color-scheme: dark){.card{background-color:#222!important;color:#eee!important}}")) },
  "markdown": { greeting: h(Fragment), body: h(Markdown, null, `${en.greeting}\n\n**Appointment:** `.split("**")[0] + en.body) },
  "a container with a shadow": { container: { style: { backgroundColor: "#fff", border: "1px solid #eee", borderRadius: "5px", boxShadow: "0 5px 10px rgba(20,50,70,.2)", marginTop: "20px", maxWidth: "360px", margin: "0 auto", padding: "68px 0 130px" } } },
  "a grey body": { bodyStyle: { backgroundColor: "#f6f9fc", margin: "0 auto", padding: "20px 0 48px", WebkitFontSmoothing: "antialiased" } },
  "a footer": { after: h(Fragment, null, h(Text, { style: { fontSize: "12px", color: "#8898aa" } }, "You get this message because you booked a visit. ", h(Link, { href: "https://www.health.example/unsubscribe/abc123" }, "Unsubscribe")), h(Text, { style: { fontSize: "12px", color: "#8898aa" } }, "MyHealth, Jalan Kesihatan 1, 50590 Kuala Lumpur")) },
  "a bar of links": { before: h(Row, null, h(Column, null, h(Link, { href: "https://health.example/" }, "Home")), h(Column, null, h(Link, { href: "https://www.health.example/app/visits" }, "Visits"))) },
  "social links": { after: h(Row, null, ["Facebook", "Instagram"].map((one) => h(Column, { key: one }, h(Link, { href: "https://social.example/myhealth" }, one)))) },
  "bold and line breaks": { body: h(Text, null, h("strong", null, en.body.split(". ")[0] + "."), h("br"), " ", en.body.split(". ").slice(1).join(". ")) },
};
for (const [name, more] of Object.entries(designs)) {
  const element = h(Letter, { letter: en, ...more });
  await print(name, { ...basics(en), text: textOf(en), html: await render(element) });
}
await print("indented", { ...basics(en), text: textOf(en), html: await render(h(Letter, { letter: en, preview: true, before: logo() }), { pretty: true }) });
for (const [lang, letter] of Object.entries(letters)) {
  const element = h(Letter, { letter, preview: true, before: logo() });
  await print(`${lang}, with a logo and a preview text`, { ...basics(letter), text: textOf(letter), html: await render(element) });
  await print(`${lang}, without plain text`, { ...basics(letter), html: await render(element) });
}
const tailored = (classes) => h(Tailwind, null, h(Html, { lang: "en" }, h(Head), h(Body, { className: "bg-white font-sans" },
  h(Container, { className: classes },
    h(Text, { className: "text-[16px] text-black leading-[24px]" }, en.greeting),
    h(Text, { className: "mb-4 mt-2" }, en.body),
    h(Button, { className: "rounded bg-[#0b6e4f] px-5 py-3 text-center font-semibold text-[12px] text-white no-underline", href: en.url }, en.label),
    h(Text, null, help(en)), h(Text, null, en.sign)))));
await print("Tailwind", { ...basics(en), text: textOf(en), html: await render(tailored("mx-auto my-10 max-w-[465px] rounded border border-[#eaeaea] border-solid p-5")) });
await print("Tailwind for two widths and the dark", { ...basics(en), text: textOf(en), html: await render(tailored("mx-auto p-4 sm:p-8 md:max-w-lg dark:border-gray-700")) });
const plain = await render(h(Letter, { letter: en }), { plainText: true });
await print("the plain text that it makes", { ...basics(en), text: plain, html: await render(h(Letter, { letter: en })) });
