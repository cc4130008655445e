// The Twilio SDK for Node (of tests/sms/node): the form bodies of text messages, as it puts them on the wire.
import { createServer } from "node:http";
import twilio from "../../../sms/node/node_modules/twilio/index.js";
import { letters, people, textOf } from "./common.mjs";

const caught = [];
const server = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    caught.push(Buffer.concat(pieces));
    response.writeHead(201, { "content-type": "application/json" });
    response.end(JSON.stringify({ sid: "SM" + "2".repeat(32), status: "queued" }));
  });
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const client = twilio("AC" + "0".repeat(32), "1".repeat(32));
client.api.baseUrl = `http://127.0.0.1:${server.address().port}`;

async function send(name, body, fields = {}) {
  await client.messages.create({ to: "+60123456789", from: "MYHEALTH", body, ...fields });
  console.log(JSON.stringify({ name, raw: caught.pop().toString("base64") }));
}

for (const [lang, letter] of Object.entries(letters)) {
  await send(`${lang}, a letter`, textOf(letter));
  await send(`${lang}, a letter on one line`, textOf(letter).split(/\s+/).join(" ").trim());
}
for (const name of people) await send(`a code for ${name}`, `Hello ${name}, your sign-in code is 493021. It expires in 10 minutes. Never share it.`);
const options = {
  "a callback": { statusCallback: "https://hooks.health.example/twilio?m=4711&x=a%20b" },
  "a time to send": { scheduleType: "fixed", sendAt: new Date("2021-06-14T08:00:00Z") },
  "a validity": { validityPeriod: 600 },
  "attempts": { attempt: 1, provideFeedback: true, forceDelivery: false },
  "links as they are": { shortenUrls: false },
};
for (const [what, fields] of Object.entries(options)) await send(`with ${what}`, textOf(letters.en), fields);
server.close();
