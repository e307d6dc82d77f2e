import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

/** The rooms, and what each may import. `sim` is the one file that both witnesses share: the shape of their answers. */
const below = {
  base: [],
  workloads: ["base"],
  "arch-specs": ["base", "workloads"],
  mappings: ["base", "workloads", "arch-specs"],
  sim: ["base", "workloads", "arch-specs", "mappings"],
  "sim/model": ["base", "workloads", "arch-specs", "mappings", "sim"],
  "sim/machine": ["base", "workloads", "arch-specs", "mappings", "sim"],
  "sim/pricing": ["base", "workloads", "arch-specs", "mappings", "sim"],
  "sim/conventions": ["base", "workloads", "arch-specs", "mappings", "sim", "sim/model", "sim/pricing"],
  mapper: [
    "base",
    "workloads",
    "arch-specs",
    "mappings",
    "sim",
    "sim/model",
    "sim/machine",
    "sim/pricing",
    "sim/conventions",
  ],
} as const;
const belowReports = Object.keys(below);
const mayImport: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...Object.entries(below),
  ["reports", belowReports],
  ["cli", [...belowReports, "reports"]],
]);
/** Rooms whose door is not `index.ts`. */
const doors: ReadonlyMap<string, string> = new Map([["sim", "sim/counts.ts"]]);
const doorOf = (room: string): string => doors.get(room) ?? `${room}/index.ts`;

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const files = [...mayImport.keys()]
  .filter((room) => room !== "sim")
  .flatMap((room) => sourcesIn(room))
  .concat("sim/counts.ts");

describe("the structure of the house", () => {
  it("has rooms to look at", () => {
    expect(files).to.include.members(["base/index.ts", "sim/counts.ts", "mappings/index.ts"]);
  });

  it("is imported one way only, and by the door", () => {
    const wrong = files.flatMap((file) => {
      const room = roomOf(file);
      return importsOf(file)
        .filter((target) => roomOf(target) !== room)
        .filter((target) => !mayImport.get(room)?.includes(roomOf(target)) || target !== doorOf(roomOf(target)))
        .map((target) => `${file} imports ${target}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  it("says at each door what the room is for", () => {
    const silent = [...mayImport.keys()]
      .map(doorOf)
      .filter((door) => files.includes(door) && door.endsWith("index.ts"))
      .filter((door) => {
        const head = read(door).split("\n").slice(0, 6).join(" ");
        return !(head.startsWith("//") && /comes in/i.test(head) && /goes out/i.test(head) && /may import/i.test(head));
      });
    expect(silent).to.deep.equal([]);
  });

  it("keeps everything but the command line pure", () => {
    const impure =
      /\b(?:process|console|localStorage)\s*[.[]|\bDate\b|\bMath\.random\b|\bperformance\s*\.|\bWorker\b|\bsetTimeout\b|\bglobalThis\b/;
    const outside = /^(?:node:|fs$|os$|path$|worker_threads$|child_process$|tinypool$|yargs$|cli-progress$)/;
    const wrong = files
      .filter((file) => roomOf(file) !== "cli")
      .flatMap((file) => {
        const uses = impure.exec(codeOf(file))?.[0];
        const imports = packagesOf(file).filter((name) => outside.test(name));
        return [...(uses === undefined ? [] : [uses]), ...imports].map((what) => `${file} uses ${what}`);
      });
    expect(wrong).to.deep.equal([]);
  });

  it("keeps libraries out of the witnesses and the mapper", () => {
    const rooms = ["sim", "sim/model", "sim/machine", "sim/pricing", "sim/conventions", "mapper"];
    const wrong = files
      .filter((file) => rooms.includes(roomOf(file)))
      .flatMap((file) => packagesOf(file).map((name) => `${file} imports ${name}`));
    expect(wrong).to.deep.equal([]);
  });

  it("never silences the types", () => {
    const inCode = /\bas any\b|[:<]\s*any\b|\bas unknown as\b/;
    const inComments = /@ts-ignore|@ts-nocheck|@ts-expect-error|biome-ignore/;
    const wrong = files.filter((file) => inCode.test(codeOf(file)) || inComments.test(read(file)));
    expect(wrong).to.deep.equal([]);
  });

  it("starts without libraries that few commands need", () => {
    const started = new Set(["cli/main.ts"]);
    for (const file of started) for (const target of importsOf(file, "at-start")) started.add(target);
    const loaded = [...started].filter((file) => file.endsWith(".ts")).flatMap((file) => packagesOf(file, "at-start"));
    expect(loaded).to.include("yaml");
    expect(loaded.filter((name) => ["vega", "vega-lite", "yargs"].includes(name))).to.deep.equal([]);
  });

  it("leaves the exit code to one file", () => {
    const wrong = files.filter((file) => file !== "cli/main.ts" && /process\.exit(?:Code)?\b/.test(codeOf(file)));
    expect(wrong).to.deep.equal([]);
  });
});

function sourcesIn(folder: string): readonly string[] {
  const here = join(root, folder);
  if (!existsSync(here)) return [];
  const found = readdirSync(here, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".generated.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** The deepest room that the path lies in. */
function roomOf(file: string): string {
  const rooms = [...mayImport.keys()].filter((room) => file.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? "";
}

/** The source without comments and the texts in quotes. */
function codeOf(file: string): string {
  return read(file)
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replaceAll(/(^|[^:])\/\/.*$/gm, "$1");
}

/** Imports of all kinds, or only those that are loaded with the file. */
type Kind = "all" | "at-start";

function specifiersOf(file: string, kind: Kind): readonly string[] {
  const statements = read(file).matchAll(
    /^\s*(?:import|export)\b[^;"]*?\bfrom\s*"([^"]+)"|^\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm,
  );
  return [...statements].flatMap(([statement, named, bare, dynamic]) => {
    const isLater = dynamic !== undefined || /^\s*(?:import|export) type\b/.test(statement);
    return kind === "at-start" && isLater ? [] : (named ?? bare ?? dynamic ?? []);
  });
}

function importsOf(file: string, kind: Kind = "all"): readonly string[] {
  return specifiersOf(file, kind)
    .filter((name) => name.startsWith("."))
    .map((name) => posix.join(posix.dirname(file), name).replace(/\.js$/, ".ts"));
}

function packagesOf(file: string, kind: Kind = "all"): readonly string[] {
  return specifiersOf(file, kind).filter((name) => !name.startsWith("."));
}
