// nodemailer as applications use it: https://nodemailer.com/message/
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import ical, { ICalCalendarMethod } from "ical-generator";
import { basics, both, htmlOf, letters, logo, logoUrl, pdf, people, print, textOf, to } from "./common.mjs";

const { en, de, zh, ar, ru } = letters;

for (const [lang, letter] of Object.entries(letters)) {
  await print(`${lang}, text`, { ...basics(letter), text: textOf(letter) });
  await print(`${lang}, HTML`, { ...basics(letter), html: htmlOf(letter) });
  await print(`${lang}, text and HTML`, both(letter));
  for (const textEncoding of ["base64", "quoted-printable"]) {
    await print(`${lang}, everything in ${textEncoding}`, { ...both(letter), textEncoding, encoding: textEncoding });
  }
}

const dressed = {
  "a PDF": { attachments: [{ filename: "KA-004711.pdf", path: pdf }] },
  "a PDF with a content type": { attachments: [{ filename: "KA-004711.pdf", content: readFileSync(pdf), contentType: "application/pdf" }] },
  "a PDF with a name in German": { attachments: [{ filename: "Überweisung KA-004711.pdf", path: pdf }] },
  "a PDF with a name in Chinese": { attachments: [{ filename: "预约单-KA-004711.pdf", path: pdf }] },
  "a note as a file": { attachments: [{ filename: "notes.txt", content: "Bring your identity card.\n" }] },
  "a picture inside": {
    html: htmlOf(en, '<img src="cid:logo@health.example" alt="MyHealth" width="160" height="40">'),
    attachments: [{ filename: "logo.png", path: logo, cid: "logo@health.example" }],
  },
  "a picture inside and a PDF": {
    html: htmlOf(en, '<img src="cid:logo" alt="MyHealth">'),
    attachments: [
      { filename: "logo.png", path: logo, cid: "logo", contentDisposition: "inline" },
      { filename: "KA-004711.pdf", path: pdf },
    ],
  },
  "a picture as a data URL that becomes a part": {
    html: htmlOf(en, `<img alt="MyHealth" src="data:image/png;base64,${readFileSync(logo).toString("base64")}">`),
    attachDataUrls: true,
  },
  "a remote picture": { html: htmlOf(en, `<img src="${logoUrl}" alt="MyHealth" width="160" height="40" style="display:block;border:0">`) },
  "list headers": {
    list: {
      unsubscribe: { url: "https://www.health.example/unsubscribe/abc123", comment: "Stop" },
      help: "help@health.example",
      id: { url: "news.health.example", comment: "MyHealth" },
    },
  },
  "one-click unsubscribe": {
    headers: {
      "List-Unsubscribe": "<https://www.health.example/unsubscribe/abc123>, <mailto:unsubscribe@health.example>",
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
  },
  "headers of its own": {
    headers: {
      "X-Entity-Ref-ID": "4f1c2d", "X-Campaign": "visits; day=1", "X-Mailer-Info": "https://mailer.example/abuse",
      "Feedback-ID": "visits:clinic:health", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
      "X-Long": "a".repeat(60) + " " + "b".repeat(60) + " " + "ü".repeat(30),
    },
  },
  "prepared headers": { headers: { "X-Prepared": { prepared: true, value: "a value\r\n folded by hand" } } },
  "high priority": { priority: "high" },
  "low priority": { priority: "low" },
  "replies elsewhere": { replyTo: "help@health.example" },
  "replies to a name": { replyTo: '"MyHealth" <help@health.example>' },
  "an answer in a thread": { inReplyTo: "<a@dest.example>", references: ["<a@dest.example>", "<b@health.example>"] },
  "a Message-ID of its own": { messageId: "<ticket/4711+x=1.a_b@mail.health.example>" },
  "a text as a stream of base64": { text: { content: Buffer.from(textOf(en)).toString("base64"), encoding: "base64" } },
  "no X-Mailer": { xMailer: false },
  "another X-Mailer": { xMailer: "MyHealth Notifier 3.1 (+https://www.health.example/)" },
};
for (const [what, more] of Object.entries(dressed)) await print(`with ${what}`, { ...both(en), ...more });
await print("with a PDF, German", { ...both(de), attachments: [{ filename: "Überweisung KA-004711.pdf", path: pdf }] });
await print("with a PDF, Chinese", { ...both(zh), attachments: [{ filename: "预约单-KA-004711.pdf", path: pdf }] });
await print("text with a PDF", { ...basics(en), text: textOf(en), attachments: [{ filename: "KA-004711.pdf", path: pdf }] });
await print("HTML with a picture inside", {
  ...basics(en),
  html: htmlOf(en, '<img src="cid:logo" alt="MyHealth">'),
  attachments: [{ filename: "logo.png", path: logo, cid: "logo" }],
});

for (const [place, mailbox] of to.entries()) await print(`to person ${place}`, { ...both(en), to: mailbox });
await print("to several", {
  ...both(en),
  to: ["Aisha <anna@dest.example>", { name: "Jörg Müller", address: "joerg@dest.example" }, "plain@dest.example"],
  cc: '"Lim, Mei Ling" <lim@dest.example>',
  bcc: "archive@health.example",
});
await print("to a group", { ...both(en), to: "Patients: anna@dest.example, Ravi <ravi@dest.example>;" });
for (const name of people) {
  const letter = { ...en, name, greeting: `Dear ${name},` };
  await print(`to ${name}`, both(letter));
}

for (const letter of [en, de, zh, ar]) {
  const calendar = ical({ name: letter.sender, method: ICalCalendarMethod.REQUEST, prodId: "//MyHealth//Visits//EN" });
  calendar.createEvent({
    id: "KA-004711@health.example",
    stamp: new Date("2021-06-01T00:00:00Z"),
    start: new Date("2021-06-14T01:30:00Z"),
    end: new Date("2021-06-14T02:00:00Z"),
    summary: letter.subject,
    organizer: { name: letter.sender, email: "no-reply@health.example" },
    attendees: [{ name: letter.name, email: "anna@dest.example", rsvp: true }],
  });
  const content = calendar.toString();
  await print(`${letter.lang}, an invitation`, { ...both(letter), icalEvent: { method: "REQUEST", filename: "appointment.ics", content } });
  await print(`${letter.lang}, an invitation as a file`, {
    ...both(letter),
    attachments: [{ filename: "appointment.ics", content, contentType: "text/calendar; charset=utf-8; method=REQUEST" }],
  });
}

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024, privateKeyEncoding: { type: "pkcs8", format: "pem" }, publicKeyEncoding: { type: "spki", format: "pem" } });
const dkim = { domainName: "health.example", keySelector: "k1", privateKey };
for (const letter of [en, de, ru]) await print(`${letter.lang}, signed with DKIM`, { ...both(letter), dkim });
await print("signed with DKIM twice", { ...both(en), dkim: { keys: [dkim, { ...dkim, keySelector: "k2" }] } });

const zones = ["Mon, 14 Jun 2021 08:00:00 +0800", "Mon, 14 Jun 2021 00:00:00 GMT", "14 Jun 2021 02:00:00 +0200 (CEST)", "Sun, 13 Jun 2021 19:00:00 EST", "Mon, 14 Jun 2021 05:30:00 +0530"];
for (const date of zones) await print(`dated ${date}`, { ...both(en), date });
await print("lines of 500 characters", { ...basics(en), html: htmlOf(en).replaceAll("\n", " ").replace("<p>", `<p style="${"margin:0;padding:0;".repeat(25)}">`) });
