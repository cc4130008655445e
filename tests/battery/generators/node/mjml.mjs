// MJML (https://documentation.mjml.io): each component in the letter, and the letter in each language.
import mjml2html from "mjml";
import { basics, letters, linked, logo, logoUrl, print, textOf } from "./common.mjs";

const { en } = letters;
const text = (content, attributes = "") => `<mj-text ${attributes}>${content}</mj-text>`;
const column = (content, attributes = "") => `<mj-column ${attributes}>${content}</mj-column>`;
const section = (content, attributes = "") => `<mj-section ${attributes}>${content}</mj-section>`;
const button = (letter, attributes = "") => `<mj-button href="${letter.url}" ${attributes}>${letter.label}</mj-button>`;
const image = (attributes = "") => `<mj-image src="${logoUrl}" alt="MyHealth" width="160px" ${attributes}></mj-image>`;
const signOff = (letter) => text(linked(letter.help)) + text(letter.sign);
const content = (letter, attributes = "") =>
  text(letter.greeting) + text(letter.body) + button(letter, attributes) + signOff(letter);
const letterOf = (letter, before = "", after = "", attributes = "") =>
  section(column(before + content(letter, attributes) + after));

// name: [body, head, attributes of mj-body, attributes of mjml]
const social = ["facebook", "instagram", "youtube", "linkedin", "x", "twitter", "web"];
const designs = {
  "the plainest": [letterOf(en)],
  "a preview text": [letterOf(en), `<mj-title>${en.subject}</mj-title><mj-preview>${en.preheader}</mj-preview>`],
  "a title": [letterOf(en), `<mj-title>${en.subject}</mj-title>`],
  "a logo": [letterOf(en, image())],
  "a logo with a link": [letterOf(en, image('href="https://health.example/"'))],
  "a logo for each width": [letterOf(en, image(`srcset="${logoUrl} 1x, ${logoUrl} 2x" fluid-on-mobile="true"`))],
  "a rounded button in colour": [letterOf(en, "", "", 'background-color="#0b6e4f" color="#ffffff" border-radius="24px" inner-padding="12px 32px" font-weight="bold" width="260px"')],
  "a button with a border at the left": [letterOf(en, "", "", 'align="left" border="2px solid #0b6e4f" background-color="#ffffff" color="#0b6e4f" text-transform="none"')],
  "dividers and spacers": [letterOf(en, image() + '<mj-divider border-width="1px" border-style="dashed" border-color="lightgrey"></mj-divider><mj-spacer height="30px"></mj-spacer>')],
  "two columns": [section(column(text(en.greeting) + text(en.body), 'width="60%"') + column(button(en), 'width="40%" vertical-align="middle"')) + section(column(signOff(en)))],
  "a group of columns": [section(`<mj-group>${column(text(en.greeting))}${column(text(en.body))}</mj-group>`) + section(column(button(en) + signOff(en)))],
  "a section in full width with a background": [section(column(content(en)), 'full-width="full-width" background-color="#f4f4f4"'), "", 'background-color="#ffffff"'],
  "a background picture": [section(column(content(en)), `background-url="${logoUrl}" background-color="#f4f4f4" background-size="cover" background-repeat="no-repeat"`)],
  "a background picture in full width": [section(column(content(en)), `full-width="full-width" background-url="${logoUrl}" background-color="#ffffff"`)],
  "a hero of fixed height": [`<mj-hero mode="fixed-height" height="469px" background-width="600px" background-height="469px" background-url="${logoUrl}" background-color="#2a3448" padding="100px 0px">${text(en.greeting, 'color="#ffffff" font-size="45px" align="center"')}</mj-hero>` + section(column(text(en.body) + button(en) + signOff(en)))],
  "a hero of flowing height": [`<mj-hero mode="fluid-height" background-width="600px" background-height="469px" background-url="${logoUrl}" background-color="#2a3448">${text(en.greeting, 'color="#ffffff"')}</mj-hero>` + section(column(text(en.body) + button(en) + signOff(en)))],
  "a wrapper with a border": [`<mj-wrapper border="1px solid #000000" padding="50px 30px" border-radius="8px">${letterOf(en)}</mj-wrapper>`],
  "social icons": [letterOf(en, "", `<mj-social font-size="12px" icon-size="30px" mode="horizontal">${social.map((one) => `<mj-social-element name="${one}-noshare" href="https://social.example/myhealth" alt="${one}"></mj-social-element>`).join("")}</mj-social>`)],
  "social icons with words": [letterOf(en, "", `<mj-social mode="vertical"><mj-social-element name="facebook-noshare" href="https://social.example/myhealth">Facebook</mj-social-element><mj-social-element name="instagram" href="https://social.example/myhealth">Instagram</mj-social-element></mj-social>`)],
  "a bar of links": [section(column('<mj-navbar><mj-navbar-link href="https://health.example/" color="#0b6e4f">Home</mj-navbar-link><mj-navbar-link href="https://www.health.example/app/visits" color="#0b6e4f">Visits</mj-navbar-link></mj-navbar>')) + letterOf(en)],
  "a table": [section(column(text(en.greeting) + `<mj-table><tr><td style="padding:0 15px 0 0">${en.body}</td></tr></mj-table>` + button(en) + signOff(en)))],
  "a table of two columns with a head": [letterOf(en, "", '<mj-table cellpadding="4"><tr style="border-bottom:1px solid #ecedee;text-align:left"><th style="padding:0 15px 0 0">Visit</th><th>Fee</th></tr><tr><td>General practitioner</td><td>RM 1.00</td></tr><tr><td>Dentist</td><td>RM 1.00</td></tr></mj-table>')],
  "raw HTML": [letterOf(en) + `<mj-raw><!-- end of letter --></mj-raw>`],
  "a style sheet": [letterOf(en), "<mj-style>.blue-text div { color: #0000cc !important; } a { text-decoration: none }</mj-style>"],
  "a style sheet put into the elements": [section(column(text(en.greeting, 'css-class="lead"') + text(en.body) + button(en) + signOff(en))), '<mj-style inline="inline">.lead div { color: #333333; font-size: 20px }</mj-style>'],
  "a style sheet for small screens": [letterOf(en), "<mj-style>@media only screen and (max-width:480px) { .column { padding: 10px !important; font-size: 16px !important } }</mj-style>"],
  "a dark mode": [letterOf(en), '<mj-raw><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"></mj-raw><mj-style>:root { color-scheme: light dark; supported-color-schemes: light dark; } @media (prefers-color-scheme: dark) { .card { background-color: #222222 !important; color: #eeeeee !important; } }</mj-style>'],
  "a web font": [letterOf(en), '<mj-font name="Raleway" href="https://fonts.googleapis.com/css?family=Raleway"></mj-font><mj-attributes><mj-all font-family="Raleway, Arial, sans-serif"></mj-all></mj-attributes>'],
  "the web font that MJML loads by itself": [letterOf(en), '<mj-attributes><mj-all font-family="Roboto, Arial"></mj-all></mj-attributes>'],
  "classes and defaults": [section(column(text(en.greeting, 'mj-class="big"') + text(en.body) + button(en) + signOff(en))), '<mj-attributes><mj-text color="#444444" line-height="1.6"></mj-text><mj-class name="big" font-size="22px" font-weight="700"></mj-class></mj-attributes>'],
  "another break point": [letterOf(en), '<mj-breakpoint width="320px"></mj-breakpoint>'],
  "a width of 700": [letterOf(en), "", 'width="700px" css-class="body"'],
  "writing with bold and line breaks": [section(column(text(en.greeting.replace("Siobhán O'Connor", "<b>Siobhán O'Connor</b>")) + text(en.body.replace("identity card", "<strong>identity card</strong>").replace(". ", ".<br>")) + button(en) + signOff(en)))],
  "a letter in a frame": [section(column(content(en), 'inner-background-color="#ffffff" border="1px solid #dddddd" border-radius="6px" padding="12px"'), 'background-color="#f6f6f6" padding="24px"')],
  "a footer": [letterOf(en) + section(column(text('You get this message because you booked a visit. <a href="https://www.health.example/unsubscribe/abc123">Unsubscribe</a>', 'font-size="11px" color="#777777" align="center"') + text("MyHealth, Jalan Kesihatan 1, 50590 Kuala Lumpur", 'font-size="11px" color="#777777" align="center"')))],
  "columns with advice": [letterOf(en) + section(column(text("<h2>Before the visit</h2><p>Eat lightly and drink water.</p>")) + column(text("<h2>After the visit</h2><p>Rest for a day.</p>")))],
};

const render = async (body, head = "", bodyAttributes = "", attributes = "", options = {}) => {
  const source = `<mjml ${attributes}><mj-head>${head}</mj-head><mj-body ${bodyAttributes}>${body}</mj-body></mjml>`;
  const result = await mjml2html(source, { validationLevel: "strict", ...options });
  return result.html;
};

for (const [name, parts] of Object.entries(designs)) {
  await print(name, { ...basics(en), text: textOf(en), html: await render(...parts) });
}
for (const [lang, letter] of Object.entries(letters)) {
  const head = `<mj-title>${letter.subject}</mj-title><mj-preview>${letter.preheader}</mj-preview>`;
  const whole = [letterOf(letter, image()), head, "", `lang="${lang}" dir="${letter.dir}"`];
  await print(`${lang}, with a logo and a preview text`, { ...basics(letter), text: textOf(letter), html: await render(...whole) });
  await print(`${lang}, without plain text`, { ...basics(letter), html: await render(...whole) });
}
const inside = letterOf(en, '<mj-image src="cid:logo" alt="MyHealth" width="160px"></mj-image>');
await print("a picture inside", { ...basics(en), text: textOf(en), html: await render(inside), attachments: [{ filename: "logo.png", path: logo, cid: "logo" }] });
await print("without comments", { ...basics(en), html: await render(letterOf(en), "", "", "", { keepComments: false }) });
