// Drives the Twilio SDK: a list of steps as JSON on standard input, their results on standard output.
import { readFileSync } from "node:fs";
import twilio from "twilio";

const { url, account, token, steps } = JSON.parse(readFileSync(0, "utf8"));
const client = twilio(account, token);
client.api.baseUrl = url;

const results = [];

const sidOf = (step) => results[step.of].sid;
const operations = {
  send: (step) => client.messages.create(step.fields),
  fetch: (step) => client.messages(sidOf(step)).fetch(),
  list: (step) => client.messages.list({ limit: 20, ...step.fields }),
  media: (step) => client.messages(sidOf(step)).media.list(),
  update: (step) => client.messages(sidOf(step)).update(step.fields),
  remove: (step) => client.messages(sidOf(step)).remove(),
  call: (step) => client.calls.create(step.fields),
};

const shown = (value) =>
  Array.isArray(value)
    ? value.map(shown)
    : typeof value === "object" && value !== null
      ? {
          sid: value.sid,
          status: value.status,
          body: value.body,
          numMedia: value.numMedia,
          errorCode: value.errorCode,
          dateCreated: value.dateCreated?.toISOString(),
        }
      : value;

for (const step of steps) {
  try {
    results.push(shown(await operations[step.do](step)));
  } catch (error) {
    const { name, status, code, message, details, moreInfo } = error;
    results.push({ error: { name, status, code, message, details, moreInfo } });
  }
}
process.stdout.write(JSON.stringify(results));
