import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "chai";
import { parse } from "yaml";
import {
  architectureNames,
  architectureText,
  builtInArchitecture,
  parseArchitecture,
  printArt,
  printErt,
} from "../arch-specs/index.js";
import type { Diagnostic, Result } from "../base/index.js";
import { BUILT_IN_DATAFLOWS, builtInDataflow, parseDataflow, parseMapping, printDataflow } from "../mappings/index.js";
import { type Schema, schemas } from "../reports/index.js";
import { builtInWorkload, kindNames, parseWorkload, workloadNames } from "../workloads/index.js";
import { loopwright, root } from "./cli/program.js";

const schemaOf = (name: string): Schema => schemas.get(name) ?? expect.fail(`there is no schema ${name}`);
const validators = new Map<string, ValidateFunction>();
const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true });

/** What the schema has against a document. */
function complaints(name: string, document: unknown): readonly string[] {
  const validate = validators.get(name) ?? ajv.compile(schemaOf(name));
  validators.set(name, validate);
  return validate(document)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe("the JSON Schemas", () => {
  it("lie in schemas/ as they are made", () => {
    for (const [name, schema] of schemas)
      expect(JSON.parse(readFileSync(join(root, "schemas", `${name}.schema.json`), "utf8")), name).to.deep.equal(
        schema,
      );
  });

  it("are part of the package", () => {
    const { exports, files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(exports["./schemas/*"]).to.equal("./schemas/*");
    expect(files).to.include("schemas");
  });

  it("say what every key of a file is for", () => {
    for (const [name, schema] of schemas) if (name !== "result") expect(silent(schema, name), name).to.deep.equal([]);
  });

  it("accept every file of the library", () => {
    for (const name of architectureNames)
      expect(complaints("architecture", parse(architectureText(name) ?? "")), name).to.deep.equal([]);
    const folder = join(root, "workloads/library");
    for (const file of readdirSync(folder))
      expect(complaints("workload", parse(readFileSync(join(folder, file), "utf8"))), file).to.deep.equal([]);
    expect(readdirSync(folder)).to.have.length(workloadNames.length);
  });

  it("accept the dataflows and the tables that we print", () => {
    const architecture = builtInArchitecture("eyeriss");
    const layer = builtInWorkload("alexnet")?.layers[0];
    if (architecture?.ok !== true || layer === undefined) throw new Error("the library is not whole");
    for (const name of BUILT_IN_DATAFLOWS) {
      const dataflow = builtInDataflow(name, architecture.value, layer.einsum);
      if (dataflow.ok && dataflow.value !== null)
        expect(complaints("dataflow", parse(printDataflow(dataflow.value))), name).to.deep.equal([]);
    }
    const tables = `${printErt(architecture.value)}${printArt(architecture.value)}`;
    expect(complaints("reference-tables", parse(tables))).to.deep.equal([]);
    const theirs = readFileSync(join(root, "test/oracles/timeloop/eyeriss-like.ert.yaml"), "utf8");
    expect(complaints("reference-tables", parse(theirs))).to.deep.equal([]);
  });

  it("accept results, their mappings, and what stands in the documents", () => {
    const { stdout } = loopwright(["map", "gemm:M=4,N=4,K=4", "--arch", "nvdla", "--format", "json"]);
    const results = JSON.parse(stdout);
    expect(complaints("result", results)).to.deep.equal([]);
    expect(complaints("mapping", { mapping: results[0].mapping })).to.deep.equal([]);
    expect(complaints("mapping", results[0].mapping)).to.deep.equal([]);
    const documents = ["formats-architecture", "formats-workload", "formats-mapping"];
    const blocks = documents.flatMap((name) => {
      const text = readFileSync(join(root, `docs/${name}.md`), "utf8");
      return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = ""]): unknown => parse(block));
    });
    const kinds = { levels: "architecture", layers: "workload", mapping: "mapping", dataflow: "dataflow" };
    let seen = 0;
    for (const block of blocks)
      for (const [key, name] of Object.entries(kinds))
        if (typeof block === "object" && block !== null && Object.hasOwn(block, key)) {
          expect(complaints(name, block)).to.deep.equal([]);
          seen++;
        }
    expect(seen).to.be.at.least(5);
  });

  it("accept every padding that the reader accepts", () => {
    for (const Z of [0, 3, "same", "SAME", "Same-Upper", "same-lower", "valid"])
      expect(complaints("workload", { layers: [{ name: "a", conv: { Z, Zt: 0 } }] }), String(Z)).to.deep.equal([]);
  });

  it("refuse what the readers refuse: keys that are misspelt, and what is missing", () => {
    expect(complaints("architecture", { levels: [{ storage: "A", capcity: 3 }] })).not.to.deep.equal([]);
    expect(complaints("architecture", { level: [] })).not.to.deep.equal([]);
    expect(complaints("workload", { layers: [{ name: "a", conv: { M: 1, CC: 2 } }] })).not.to.deep.equal([]);
    for (const gemm of [{ M: -8 }, { M: 0 }, { M: 1.5 }, { M: "x" }, { M: true }])
      expect(complaints("workload", { layers: [{ name: "a", gemm }] }), JSON.stringify(gemm)).not.to.deep.equal([]);
    for (const Z of [-1, 0.5, "sane", true])
      expect(complaints("workload", { layers: [{ name: "a", conv: { Z } }] }), String(Z)).not.to.deep.equal([]);
    expect(complaints("mapping", [{ for: "c" }])).not.to.deep.equal([]);
    expect(complaints("dataflow", { dataflow: "a", PE: { keps: "all" } })).not.to.deep.equal([]);
    expect(complaints("reference-tables", { ERT: { tables: [{ name: "a" }] } })).not.to.deep.equal([]);
    expect(complaints("result", [{ schema: "loopwright/result@2" }])).not.to.deep.equal([]);
  });

  it("have every key that the readers accept, and no other", () => {
    for (const [place, told, schema] of places()) {
      const named = told.filter((key) => key !== MORE);
      if (named.length === told.length) expect(keysOf(schema), place).to.deep.equal([...told].sort());
      else expect(keysOf(schema), place).to.include.members(named);
    }
  });
});

/** Where a reader does not list all that it accepts. */
const MORE = "…";
const BOGUS = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";

/** The keys that a reader names when it meets one that it does not know. */
function acceptedKeys<T>(read: (text: string, file: string) => Result<T>, text: string): readonly string[] {
  const result = read(text, "file.yaml");
  const errors: readonly Diagnostic[] = result.ok ? [] : result.errors;
  const unknown = errors.find(({ code, message }) => code.endsWith("unknown-key") && message.includes(BOGUS));
  return (
    unknown?.hint?.replace("expected one of: ", "").split(", ") ??
    expect.fail(`${text} is not refused: ${JSON.stringify(errors)}`)
  );
}

/** The schema at a path of keys and of numbers of alternatives. */
function at(name: string, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((schema, key) => Reflect.get(Object(schema), key), schemaOf(name));
}
const keysOf = (schema: unknown): readonly string[] =>
  Object.keys(Object(Reflect.get(Object(schema), "properties"))).sort();

/** Every place where a reader takes keys: what it accepts there, and the schema of the place. */
function places(): readonly (readonly [place: string, keys: readonly string[], schema: unknown])[] {
  const bogus = `${BOGUS}: 1`;
  const architecture = (text: string): readonly string[] => acceptedKeys(parseArchitecture, text);
  const levels = (level: string): readonly string[] =>
    architecture(`clock: 1 GHz\nlevels:\n  - storage: A\n  - {${level}, ${bogus}}\n  - compute: M\n`);
  const workload = (text: string): readonly string[] => acceptedKeys(parseWorkload, text);
  const level = ["properties", "levels", "items", "anyOf"] as const;
  const component = ["properties", "components", "additionalProperties"] as const;
  const layer = ["properties", "layers", "items"] as const;
  const node = ["anyOf", 1, "items", "anyOf"] as const;
  return [
    ["an architecture file", architecture(bogus), at("architecture")],
    ["storage", levels("storage: B"), at("architecture", ...level, 0)],
    ["its energy", levels(`storage: B, energy: {${bogus}}`), at("architecture", ...level, 0, "properties", "energy")],
    [
      "its bandwidth",
      levels(`storage: B, bandwidth: {${bogus}}`),
      at("architecture", ...level, 0, "properties", "bandwidth", "anyOf", 1),
    ],
    ["a fan-out", levels("fanout: F, x: 2"), at("architecture", ...level, 1)],
    [
      "its energy",
      levels(`fanout: F, x: 2, energy: {${bogus}}`),
      at("architecture", ...level, 1, "properties", "energy"),
    ],
    [
      "a systolic array",
      levels(`fanout: F, x: 2, systolic: {${bogus}}`),
      at("architecture", ...level, 1, "properties", "systolic"),
    ],
    [
      "its multicast",
      levels(`fanout: F, x: 2, multicast: {${bogus}}`),
      at("architecture", ...level, 1, "properties", "multicast", "anyOf", 1),
    ],
    ["compute", levels("compute: C"), at("architecture", ...level, 2)],
    [
      "its energy",
      levels(`compute: C, energy: {${bogus}}`),
      at("architecture", ...level, 2, "properties", "energy", "anyOf", 1),
    ],
    ["a component", architecture(`components: {c: {${bogus}}}`), at("architecture", ...component)],
    [
      "its actions",
      architecture(`components: {c: {actions: {${bogus}}}}`),
      at("architecture", ...component, "properties", "actions"),
    ],
    [
      "its parts",
      architecture(`components: {c: {parts: {p: {class: sram, ${bogus}}}}}`),
      at("architecture", ...component, "properties", "parts", "additionalProperties"),
    ],
    ["a workload file", workload(bogus), at("workload")],
    ["its defaults", workload(`defaults: {${bogus}}`), at("workload", "properties", "defaults")],
    ["a layer", workload(`layers: [{name: a, einsum: "O[m] = A[m]", ${bogus}}]`), at("workload", ...layer)],
    ...kindNames.map(
      (kind) => [kind, workload(`layers: [{name: a, ${kind}: {${bogus}}}]`), at("workload", "$defs", kind)] as const,
    ),
    ["a mapping file", acceptedKeys(parseMapping, bogus), at("mapping", "anyOf", 0)],
    ["a keep node", acceptedKeys(parseMapping, `[{keep: A, ${bogus}}]`), at("mapping", ...node, 0)],
    ["a loop", acceptedKeys(parseMapping, `[{for: c, ${bogus}}]`), at("mapping", ...node, 1)],
    ["a spatial loop", acceptedKeys(parseMapping, `[{spatial: c, ${bogus}}]`), at("mapping", ...node, 2)],
    [
      "a dataflow's rule",
      acceptedKeys(parseDataflow, `{dataflow: a, PE: {${bogus}}}`),
      at("dataflow", "additionalProperties"),
    ],
  ];
}

/** The properties without a description. */
function silent(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    const inner = silent(value, `${path}.${key}`);
    if (key !== "properties") return inner;
    const mute = Object.entries(Object(value)).filter(([, one]) => !Object.hasOwn(Object(one), "description"));
    return [...mute.map(([name]) => `${path}.${name}`), ...inner];
  });
}
