// Writes the reference pages of all files, docs/reference/NAME.md, from the schemas of the built reports room. With --check it writes
// nothing, and fails where a page is not what it would write.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { schemas } from "../dist/reports/schemas/index.js";

const intros = new Map([
  [
    "architecture",
    "An architecture is a YAML file: the levels of an accelerator, outermost first. [Architecture files](../formats-architecture.md) explain them with examples.",
  ],
  [
    "workload",
    "A workload is a YAML file of layers. [Workload files](../formats-workload.md) explain them with examples.",
  ],
  [
    "mapping",
    "A mapping is a loop tree, as YAML or JSON. [Mappings and dataflows](../formats-mapping.md) explain them, and the rules for a legal one.",
  ],
  [
    "dataflow",
    "A dataflow is a set of constraints on mappings. [Mappings and dataflows](../formats-mapping.md#dataflows) explain them.",
  ],
  ["reference-tables", "Tables of energies and areas, as Accelergy writes and reads them (`--ert`, `--art`)."],
  [
    "result",
    "What `--format json` prints and `--out` writes as `result.json`: a list with one object a layer. Counts are words, energies picojoules, both totals over all instances unless said otherwise. [What is counted](../semantics.md) has the rules.",
  ],
]);

/** Objects that have a section of their own, by their text, in the order in which they are met. */
class Page {
  sections = [];
  anchors = new Map();

  /** The link to an object's section; a new one where there is none yet. */
  linkTo(schema, heading) {
    const key = JSON.stringify(schema);
    if (!this.anchors.has(key)) {
      const taken = new Set(this.sections.map((section) => section.heading));
      const first = `${heading[0].toUpperCase()}${heading.slice(1)}`;
      let name = first;
      for (let n = 2; taken.has(name); n++) name = `${first} (${n})`;
      this.anchors.set(key, anchorOf(name));
      this.sections.push({ heading: name, schema });
    }
    return `#${this.anchors.get(key)}`;
  }
}

const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, "")
    .replaceAll(" ", "-");
const code = (value) => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** What may stand for a schema, in words. */
function wordsFor(schema, page, heading) {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  if (schema.$ref !== undefined) return `[keys of the kind](#kinds)`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    const all = choices.map((one, i) => wordsFor(one, page, nameOf(one, `${heading} ${i + 1}`)));
    return [...new Set(all)].join(", or ");
  }
  const types = [schema.type].flat();
  if (types.includes("array"))
    return `list: ${wordsFor(schema.items ?? {}, page, nameOf(schema.items ?? {}, heading))}`;
  if (types.includes("object")) {
    if (schema.properties !== undefined) return `[${heading}](${page.linkTo(schema, heading)})`;
    const each = schema.additionalProperties;
    return typeof each === "object" ? `by name: ${wordsFor(each, page, heading)}` : "object";
  }
  if (types.includes("boolean") && types.length === 1) return "`true`, `false`";
  if (types.includes("integer")) return "whole number";
  if (types.includes("boolean")) return "name";
  if (types.includes("number") && types.includes("string")) return "figure";
  if (types.includes("null")) return "number or `null`";
  return types.includes("number") ? "number" : "text";
}

const nameOf = ({ description = "" }, otherwise) => (description === "" ? otherwise : description.split(/[:;,]/)[0]);

/** A row a key. The kinds of layers share one. */
function rowsOf(schema, page) {
  const needed = new Set(schema.required ?? []);
  const rows = [];
  let kinds = false;
  for (const [key, one] of Object.entries(schema.properties)) {
    if (one.$ref !== undefined) {
      if (!kinds)
        rows.push("| *a kind* | [its keys](#kinds) | what the layer computes, and its shape: one kind an entry |");
      kinds = true;
      continue;
    }
    const value = wordsFor(one, page, key);
    const examples = (one.examples ?? []).slice(0, 3).map(code).join(", ");
    const absent = one.default === undefined ? "" : ` Absent: ${code(one.default)}.`;
    const must = needed.has(key) ? " **Needed.**" : "";
    const meaning = `${one.description ?? ""}${examples === "" ? "" : ` (such as ${examples})`}.${absent}${must}`;
    rows.push(`| \`${key}\` | ${cell(value)} | ${cell(meaning.replace(/^\./, ""))} |`);
  }
  if (typeof schema.additionalProperties === "object")
    rows.push(
      `| *any name* | ${cell(wordsFor(schema.additionalProperties, page, nameOf(schema.additionalProperties, "entry")))} | ${cell(schema.additionalProperties.description ?? "")} |`,
    );
  return rows;
}

const table = (head, rows) => [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...rows].join("\n");

/** The kinds of layers with their keys, and what the keys mean. */
function kindsOf(defs) {
  const meanings = new Map();
  for (const [kind, { properties = {} }] of Object.entries(defs))
    for (const [key, { description = "" }] of Object.entries(properties)) {
      const known = meanings.get(key) ?? new Map();
      known.set(description, [...(known.get(description) ?? []), kind]);
      meanings.set(key, known);
    }
  const kinds = Object.entries(defs).map(
    ([kind, { properties = {} }]) => `| \`${kind}\` | ${Object.keys(properties).map(code).join(" ")} |`,
  );
  const keys = [...meanings].map(([key, known]) => {
    const texts = [...known].map(([text, of]) => (known.size === 1 ? text : `${text} (${of.map(code).join(", ")})`));
    return `| \`${key}\` | ${cell(texts.join("; "))} |`;
  });
  return `## Kinds\n\n${table(["kind", "keys"], kinds)}\n\n## Keys of kinds\n\n${table(["key", "meaning"], keys)}\n`;
}

function pageOf(name, schema) {
  const page = new Page();
  const title = schema.title.replace(/^Loopwright /, "").split(":")[0];
  const parts = [
    `# Reference: ${title}`,
    `${intros.get(name) ?? ""} Editors check and complete such files with \`schemas/${name}.schema.json\`; this page is made from it by \`npm run docs\`.`,
  ];
  const body = [];
  const top = schema.type === "array" ? schema.items : schema;
  if (top.properties === undefined) body.push(`One of: ${wordsFor(top, page, "file")}.`);
  else page.linkTo(top, schema.type === "array" ? "A layer" : "The file");
  for (let i = 0; i < page.sections.length; i++) {
    const { heading, schema: one } = page.sections[i];
    const about = aboutOf(one.description ?? "", heading);
    body.push(`## ${heading}\n\n${about}${table(["key", "value", "meaning"], rowsOf(one, page))}`);
  }
  if (schema.$defs !== undefined) body.push(kindsOf(schema.$defs).trimEnd());
  const figures = /\| figure/.test(body.join("\n"))
    ? [
        "A *figure* is a number, or an expression with units and variables as text: `2 * rows`, `108 KiB`. What holds where a key is left out stands in brackets.",
      ]
    : [];
  return `${[...parts, ...figures, ...body].join("\n\n")}\n`;
}

/** The description as a sentence; nothing where the heading says the same. */
function aboutOf(description, heading) {
  if (description === "" || description.toLowerCase() === heading.toLowerCase()) return "";
  return `${description[0].toUpperCase()}${description.slice(1)}.\n\n`;
}

const isCheck = process.argv.includes("--check");
mkdirSync("docs/reference", { recursive: true });
for (const [name, schema] of schemas) {
  const file = `docs/reference/${name}.md`;
  const text = pageOf(name, schema);
  if (!isCheck) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    process.stderr.write(
      `${file} is not what the schema says; to renew it: UPDATE_GOLDEN=1 npm test, or npm run docs\n`,
    );
    process.exitCode = 1;
  }
}
