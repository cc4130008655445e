// What the programs of this folder share: the letters, the files, and how messages are printed.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import nodemailer from "nodemailer";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const { letters, people, to } = JSON.parse(readFileSync(here("../letters.json"), "utf8"));
export const pdf = here("../../../../rules/files/certificate-MY-2021-004711.pdf");
export const logo = here("../../../../rules/files/logo.png");
export const logoUrl = "https://static.health.example/mail/logo.png";

const transports = new Map();
function transport(options) {
  const key = JSON.stringify(options);
  if (!transports.has(key)) {
    const all = { streamTransport: true, buffer: true, newline: "windows", ...options };
    transports.set(key, nodemailer.createTransport(all));
  }
  return transports.get(key);
}

export async function print(name, message, options = {}) {
  const whole = {
    from: { name: "MyHealth", address: "no-reply@health.example" },
    to: "Aisha binti Rahman <anna@dest.example>",
    date: new Date("2021-06-14T08:00:00+08:00"),
    ...message,
  };
  const sent = await transport(options).sendMail(whole);
  const line = { name, raw: sent.message.toString("base64"), to: sent.envelope.to };
  process.stdout.write(JSON.stringify(line) + "\n");
}

export const textOf = (letter) =>
  [letter.greeting, letter.body, `${letter.label}: ${letter.url}`, letter.help, letter.sign].join("\n\n") + "\n";

export const linked = (help) =>
  help.replace("help@health.example", '<a href="mailto:help@health.example">help@health.example</a>');

export const htmlOf = (letter, more = "") =>
  `<!DOCTYPE html>
<html lang="${letter.lang}" dir="${letter.dir}"><head><meta charset="utf-8"><title>${letter.subject}</title></head>
<body>${more}<p>${letter.greeting}</p><p>${letter.body}</p>
<p><a href="${letter.url}">${letter.label}</a></p><p>${linked(letter.help)}</p><p>${letter.sign}</p></body></html>
`;

export const basics = (letter) => ({
  from: { name: letter.sender, address: "no-reply@health.example" },
  to: { name: letter.name, address: "anna@dest.example" },
  subject: letter.subject,
});
export const both = (letter) => ({ ...basics(letter), text: textOf(letter), html: htmlOf(letter) });
