// Renders with Handlebars: a JSON job a line on standard input, a JSON answer a line on output.
// NODE_PATH names the folder in which npm put handlebars.
const Handlebars = require("handlebars");
// With the argument mustachio, a section {{#x}} is entered once with x, a list too, as Postmark's
// Mustachio does it; Handlebars would go through the list.
if (process.argv[2] === "mustachio") {
  Handlebars.registerHelper("blockHelperMissing", function (value, options) {
    const isEmpty = !value || (Array.isArray(value) && value.length === 0);
    return isEmpty ? options.inverse(this) : options.fn(value === true ? this : value);
  });
}
const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const job = JSON.parse(line);
  const noEscape = job.kind === "text";
  try {
    const write = Handlebars.compile(job.source, { noEscape });
    console.log(JSON.stringify({ id: job.id, out: write(job.data) }));
  } catch (error) {
    console.log(JSON.stringify({ id: job.id, error: String(error.message) }));
  }
});
