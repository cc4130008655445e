// Sends the messages of a job over one pooled transport and prints what nodemailer heard.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const job = JSON.parse(readFileSync(0, "utf8"));
const transport = nodemailer.createTransport(job.transport);
const heard = [];
for (const message of job.messages) {
  try {
    heard.push({ response: (await transport.sendMail(message)).response });
  } catch (error) {
    heard.push({ code: error.responseCode ?? null, response: error.response ?? String(error) });
  }
}
transport.close();
console.log(JSON.stringify(heard));
