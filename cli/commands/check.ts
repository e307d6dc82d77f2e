import { parseArchitecture, parseReferenceTables } from "../../arch-specs/index.js";
import { describe, failed, type Located, ok, parseYaml, type Result } from "../../base/index.js";
import { parseDataflow, parseMapping } from "../../mappings/index.js";
import { numberColumn, parseResults, type Sheet, type SheetRow, sheetText, textColumn } from "../../reports/index.js";
import { parseWorkload } from "../../workloads/index.js";
import { type Command, command } from "../command.js";
import { readText } from "../files.js";
import { all, isOnnx, loadArchitecture, loadMapping, loadWorkload, pickLayers } from "../inputs.js";
import * as shared from "../shared-options.js";

/** Kinds of files, told by a key that only they have. */
const KINDS: readonly (readonly [key: string, read: (text: string, file: string) => Result<string>])[] = [
  [
    "levels",
    (text, file) => told(parseArchitecture(text, file), (a) => `architecture ${a.name}, ${a.levels.length} levels`),
  ],
  ["mapping", (text, file) => told(parseMapping(text, file), (m) => `mapping of ${m.mapping.nodes.length} nodes`)],
  ["dataflow", (text, file) => told(parseDataflow(text, file), (d) => `dataflow ${d.name}`)],
  ["schema", (text, file) => told(parseResults(text, file), (results) => `results of ${results.length} layers`)],
  ["ERT", checkTables],
  ["ART", checkTables],
  ["layers", (text, file) => told(parseWorkload(text, file), (w) => `workload ${w.name}, ${w.layers.length} layers`)],
  [
    "network",
    (text, file) =>
      told(
        parseWorkload(text, file),
        (w) => `workload ${w.name}, ${w.network?.entries.length ?? 0} entries of a network`,
      ),
  ],
];

/** `check FILE…`: reads files as the other commands would, and tells all that is wrong with them. */
export const check: Command = command({
  name: "check",
  summary: "Checks workload, architecture, mapping and dataflow files: every mistake, with its place and a hint.",
  operands: ["FILE…"],
  options: {
    workload: { ...shared.arch, describe: "the workload that mapping files are checked against" },
    layer: shared.layer,
    arch: { ...shared.arch, describe: "the architecture that mapping files are checked against" },
    set: shared.set,
    ...shared.common,
  },
  examples: [
    ["loopwright check chip.yaml my-layers.yaml", "two files by themselves"],
    ["loopwright check *.yaml --format json", "every mistake with its line and column, for programs"],
    ["loopwright check conv3_1.yaml --workload vgg16 --layer conv3_1 --arch eyeriss", "is this mapping legal there?"],
  ],
  run: async ({ operands, values, terminal }) => {
    const against = legalityCheck(values);
    if (!against.ok) return against;
    const checked = operands.map((file) => ({ file, found: checkFile(file, against.value) }));
    const lines = all(checked.map(({ found }) => found));
    if (values.format !== "table") terminal.out(sheetText(sheetOf(checked), values.format, terminal.paint));
    else if (lines.ok) for (const { file, found } of checked) terminal.out(found.ok ? `${file}: ${found.value}\n` : "");
    return lines.ok ? ok(0) : lines;
  },
});

/** For programs: a row a file that is right, with what it is; a row a mistake of those that are wrong. */
function sheetOf(checked: readonly { readonly file: string; readonly found: Result<string> }[]): Sheet {
  const columns = [
    ...["file", "is", "code", "message", "at"].map((key) => textColumn(key)),
    ...["line", "column"].map((key) => numberColumn(key, key, String)),
    textColumn("hint"),
  ];
  const blank = { is: null, code: null, message: null, at: null, line: null, column: null, hint: null };
  const rows = checked.flatMap(({ file, found }): readonly SheetRow[] =>
    found.ok
      ? [{ file, ...blank, is: found.value }]
      : found.errors.map(({ code, message, at, hint = null }) => ({
          ...{ file: at.file, is: null, code, message, at: at.path },
          ...{ line: at.line ?? null, column: at.column ?? null, hint },
        })),
  );
  return { columns, rows };
}

/** Accelergy's reference tables; one file may hold both. */
function checkTables(text: string, file: string): Result<string> {
  return told(parseReferenceTables(text, file), ({ energies, areas }) => {
    const parts = [
      ...(energies.size > 0 ? [`energies of ${energies.size} components`] : []),
      ...(areas.size > 0 ? [`areas of ${areas.size} components`] : []),
    ];
    return `reference tables: ${parts.length > 0 ? parts.join(", ") : "empty"}`;
  });
}

type Legality = ((file: string) => Result<string>) | null;
interface Against {
  readonly workload: string | null;
  readonly arch: string | null;
  readonly layer: readonly string[];
  readonly set: readonly string[];
}

/** With a workload and an architecture, mapping files are checked for legality, too. */
function legalityCheck({ workload, arch, layer, set }: Against): Result<Legality> {
  if (workload === null && arch === null) return ok(null);
  const workloadName = shared.required(
    "workload",
    workload,
    "a mapping is checked against a workload and an architecture",
  );
  const archName = shared.required("arch", arch, "a mapping is checked against a workload and an architecture");
  const settings = shared.settingsOf(set);
  if (!workloadName.ok) return workloadName;
  if (!archName.ok) return archName;
  if (!settings.ok) return settings;
  const loaded = loadWorkload(workloadName.value);
  if (!loaded.ok) return loaded;
  const layers = pickLayers(loaded.value, layer, null);
  if (!layers.ok) return layers;
  const architecture = loadArchitecture(archName.value, settings.value, loaded.value);
  if (!architecture.ok) return architecture;
  return ok((file) => {
    const checked = all(layers.value.map((one) => loadMapping(file, one, architecture.value, "loopwright")));
    const names = layers.value.map(({ name }) => name).join(", ");
    return checked.ok ? ok(`legal for ${names} on ${architecture.value.name}`) : checked;
  });
}

/** What the file is, where it is right. */
function checkFile(file: string, legality: Legality): Result<string> {
  if (isOnnx(file)) return told(loadWorkload(file), (w) => `ONNX model, ${w.layers.length} layers`);
  const text = readText(file);
  if (!text.ok) return text;
  const document = parseYaml(text.value, file);
  if (!document.ok) return document;
  const kind = KINDS.find(([key]) => key === kindOf(document.value));
  if (kind === undefined)
    return failed([
      {
        code: "check/unknown-kind",
        message: `cannot tell what kind of file this is: it is ${describe(document.value)} without a key of those files`,
        at: document.value.at,
        hint: `expected one of the keys: ${KINDS.map(([key]) => key).join(", ")}`,
      },
    ]);
  const [key, read] = kind;
  const line = read(text.value, file);
  if (!line.ok) return line;
  if (key !== "mapping" || legality === null) return line;
  const legal = legality(file);
  return legal.ok ? ok(`${line.value}, ${legal.value}`) : legal;
}

/** A list is a mapping by itself, or results; a map is what its telling key says. A dataflow may constrain any level, so it comes before. */
function kindOf(root: Located): string | undefined {
  const first = root.kind === "list" ? root.items[0] : undefined;
  if (root.kind === "list") return first?.kind === "map" && first.entries.has("schema") ? "schema" : "mapping";
  if (root.kind !== "map") return undefined;
  return ["dataflow", ...KINDS.map(([key]) => key)].find((key) => root.entries.has(key));
}

function told<T>(result: Result<T>, line: (value: T) => string): Result<string> {
  return result.ok ? ok(line(result.value)) : result;
}
