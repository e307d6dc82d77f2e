// Measures the mapper beside the field and writes docs/benchmarks.md: `npm run bench -- field`, `npm run bench -- speed`, or single
// tables by name: accelforge, timeloop, nn_dataflow, imperfect, fronts, neutral, eyeriss-energy, eyeriss-edp, resnet50, simba. `--limit 20s` is the CPU time a layer.
import "../cli/optimize-later.js";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nnDataflow } from "./field/nn-dataflow.js";
import { accelforge, type Section, timeloop } from "./field/run.js";
import { fronts } from "./fronts.js";
import { imperfect } from "./imperfect.js";
import { SPEED, SPEED_HEADING, speed } from "./speed.js";

type Maker = (limit: number, tell: (line: string) => void) => Section | Promise<Section>;
const FIELD: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["accelforge", accelforge],
  ["timeloop", timeloop],
  ["nn_dataflow", nnDataflow],
  ["imperfect", imperfect],
  ["fronts", fronts],
]);
const SPEEDS: ReadonlyMap<string, Maker> = new Map(
  [...SPEED].map(([name, job]) => [
    name,
    async (limit, tell) => ({ heading: SPEED_HEADING, rows: [await speed(job, limit, tell)] }),
  ]),
);
const ALL = new Map([...FIELD, ...SPEEDS]);

const { values, positionals } = parseArgs({
  options: { limit: { type: "string", default: "20s" } },
  allowPositionals: true,
});
const limit = Number(/^(\d+(?:\.\d+)?)s?$/.exec(values.limit)?.[1]);
const names = positionals.flatMap((word) =>
  word === "field" ? [...FIELD.keys()] : word === "speed" ? [...SPEEDS.keys()] : [word],
);
const unknown = names.filter((name) => !ALL.has(name));
if (!(limit > 0) || unknown.length > 0 || names.length === 0) {
  console.error(`usage: npm run bench -- field|speed|${[...ALL.keys()].join("|")} … [--limit 20s]`);
  process.exit(2);
}

const DOCUMENT = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));
for (const name of names) {
  const section = await ALL.get(name)?.(limit, (line) => console.error(line));
  if (section === undefined) continue;
  const text = `${markdown(section)}\n\n${circumstances()}`;
  console.log(`${name}\n${text}\n`);
  if (!existsSync(DOCUMENT)) continue;
  const before = readFileSync(DOCUMENT, "utf8");
  const place = new RegExp(`(<!-- bench:${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
  writeFileSync(
    DOCUMENT,
    before.replace(place, (_, open, close) => `${open}\n${text}\n\n${close}`),
  );
}

function markdown({ heading, rows }: Section): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The day, the machine and the limit that the figures hold for. */
function circumstances(): string {
  const [cpu] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${cpus().length} × ${cpu?.model.trim() ?? "unknown"}, Node ${process.version}, at most ${limit} s of CPU time a layer.`;
}
