import { expect } from "chai";
import fc from "fast-check";
import {
  checkLegality,
  drawLoopNest,
  type LegalMapping,
  type Mapping,
  type MappingNode,
  mappingToJson,
  parseMapping,
  printMapping,
  toMapping,
  usage,
} from "../../mappings/index.js";
import { architecture, conv, fanout, gemm, optional, storage, textbook } from "./fixtures.js";

const aNode = (): fc.Arbitrary<MappingNode> => {
  const name = fc.oneof(
    fc.constantFrom("Inputs", "n", "yes", "null", "1e3", "- a", "a: b", "#"),
    fc.string({ minLength: 1, unit: "binary" }),
  );
  const by = fc.integer({ min: 1, max: 2 ** 40 });
  return fc.oneof(
    fc.record({ kind: fc.constant("keep" as const), tensors: fc.array(name), level: name }),
    fc.record({ kind: fc.constant("for" as const), variable: name, by }),
    fc.record({
      kind: fc.constant("spatial" as const),
      variable: name,
      by,
      axis: fc.constantFrom("x" as const, "y" as const),
      fanout: fc.option(name),
    }),
  );
};
const aMapping = (): fc.Arbitrary<Mapping> => fc.array(aNode()).map((nodes) => ({ nodes }));

const example = `mapping:                          # outermost first
  - {keep: [Weights, Inputs, Outputs], in: DRAM}
  - {for: c, by: 1}
  - {keep: [Inputs, Outputs], in: GLB}
  - {for: q, by: 14}
  - {spatial: q, by: 1, axis: x}
  - {spatial: m, by: 3, axis: y, in: PEs}
  - {keep: [Weights, Inputs, Outputs], in: PE}
  - {for: m, by: 1}
  - {for: p, by: 1}
  - {for: r, by: 1}
  - {for: s, by: 1}
`;
const layer = conv({ m: 32, c: 4, p: 3, q: 28, r: 3, s: 3 });

function legalExample(): LegalMapping {
  const parsed = parseMapping(example, "m.yaml");
  if (!parsed.ok) return expect.fail(parsed.errors.map((e) => e.message).join("\n"));
  const legal = checkLegality(parsed.value.mapping, layer, textbook(), { at: parsed.value.at });
  if (!legal.ok) return expect.fail(legal.errors.map((e) => e.message).join("\n"));
  return legal.value;
}
const errorsOf = (text: string): readonly string[] => {
  const parsed = parseMapping(text, "m.yaml");
  return parsed.ok
    ? []
    : parsed.errors.map((e) => `${e.at.line}:${e.at.column} ${e.code.replace("mapping/", "")} ${e.hint ?? ""}`);
};

describe("mappings as text", () => {
  it("round-trip exactly, through YAML and JSON", () => {
    fc.assert(
      fc.property(aMapping(), (mapping) => {
        for (const text of [printMapping(mapping), JSON.stringify(mappingToJson(mapping))]) {
          const parsed = parseMapping(text, "m.yaml");
          expect(parsed.ok && parsed.value.mapping).to.deep.equal(mapping);
        }
      }),
    );
  });

  it("have the JSON form of results", () => {
    expect(JSON.stringify(mappingToJson(toMapping(legalExample())).slice(0, 5))).to.equal(
      '[{"keep":["Weights","Inputs","Outputs"],"in":"DRAM"},{"for":"c","by":1},{"keep":["Inputs","Outputs"],"in":"GLB"},' +
        '{"for":"q","by":14},{"spatial":"q","by":1,"axis":"x","in":"PEs"}]',
    );
  });

  it("come back from a legal mapping, keep nodes merged, and are legal again", () => {
    const legal = legalExample();
    const again = checkLegality(toMapping(legal), layer, textbook());
    expect(again.ok && again.value.nodes).to.deep.equal(legal.nodes);
    expect(printMapping(toMapping(legal))).to.contain("  - {keep: [Weights, Inputs, Outputs], in: PE}\n");
  });

  it("know where each node stands", () => {
    const parsed = parseMapping(example, "m.yaml");
    expect(parsed.ok && parsed.value.at(3)).to.deep.equal({ file: "m.yaml", path: "mapping[3]", line: 5, column: 5 });
  });

  it("tell every mistake at once, with its place", () => {
    expect(
      errorsOf(
        "mapping:\n  - {kep: [A], in: X}\n  - {for: c, by: 0, axis: x}\n  - {spatial: q, by: two, axis: z}\n  - 3\n  - {keep: {a: 1}}\nnotes: x\n",
      ),
    ).to.deep.equal([
      "7:1 unknown-key expected one of: mapping",
      '2:6 unknown-key did you mean "keep"?',
      "2:5 no-kind {for: c, by: 1}",
      "3:21 unknown-key expected one of: for, by",
      "3:18 not-a-count ",
      "4:22 not-a-count ",
      "4:33 not-one-of ",
      "5:5 not-a-map ",
      "6:5 missing-key ",
      "6:12 not-a-list ",
    ]);
    expect(errorsOf("mapping")).to.deep.equal(["1:1 not-a-mapping "]);
    expect(errorsOf("maping: []")).to.deep.equal(['1:1 unknown-key did you mean "mapping"?', "1:1 missing-key "]);
  });

  it("never throw, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.string({ unit: fc.constantFrom(..."mapping:-{}[] for,by1\n") })),
        (text) => {
          expect(parseMapping(text, "m.yaml")).to.have.property("ok");
        },
      ),
    );
  });
});

describe("drawLoopNest", () => {
  it("draws levels, loops and tiles", () => {
    expect(drawLoopNest(legalExample())).to.equal(`\
DRAM [Weights Inputs Outputs] ────────────────
  for c in 0..4
GLB [Inputs Outputs] ─────────────────────────
    for q in 0..28 by 14
      spatial-x q in 0..14   spatial-y m in 0..32 by 3 (last 2)
PE [Weights Inputs Outputs] ──────────────────
        for m in 0..3|2
          for p in 0..3
            for r in 0..3
              for s in 0..3
                MAC`);
  });

  it("shows all extents that edges leave, and which fan-out a loop is on", () => {
    const on = architecture(storage("DRAM"), fanout("rows", 1, 4), fanout("lanes", 4, 1), storage("RF", 99, optional));
    const nodes: MappingNode[] = [
      { kind: "keep", tensors: ["Inputs", "Weights", "Outputs"], level: "DRAM" },
      { kind: "for", variable: "m", by: 7 },
      { kind: "spatial", variable: "m", by: 3, axis: "y", fanout: null },
      { kind: "spatial", variable: "n", by: 1, axis: "x", fanout: "lanes" },
      { kind: "for", variable: "m", by: 1 },
    ];
    const legal = checkLegality({ nodes }, gemm({ m: 12, n: 2, k: 1 }), on);
    expect(legal.ok && drawLoopNest(legal.value)).to.equal(`\
DRAM [Inputs Weights Outputs] ────────────────
  for m in 0..12 by 7 (last 5)
    spatial-y m in 0..7|5 by 3 (last 1) on rows
      spatial-x n in 0..2 on lanes
        for m in 0..3|2|1
          MAC`);
  });
});

describe("usage", () => {
  it("gives the words that one instance holds, by tensor and in total", () => {
    const [dram, glb, pe] = usage(legalExample());
    expect(dram?.capacity).to.equal(Number.POSITIVE_INFINITY);
    expect(glb?.tensors.map((t) => [t.name, Number(t.words)])).to.deep.equal([
      ["Inputs", 5 * 30],
      ["Outputs", 32 * 3 * 28],
    ]);
    expect([glb?.used, glb?.usable, glb?.capacity].map(Number)).to.deep.equal([150 + 2688, 8192, 8192]);
    expect(pe?.tensors.map((t) => [t.name, Number(t.words)])).to.deep.equal([
      ["Inputs", 15],
      ["Weights", 27],
      ["Outputs", 9],
    ]);
  });

  it("halves a double-buffered capacity and adds up those of tensors", () => {
    const words = new Map([
      ["Inputs", 9],
      ["Weights", 8],
      ["Outputs", 7],
    ]);
    const on = architecture(
      storage("DRAM"),
      storage("RF", 0, { capacity: { kind: "per-tensor", words }, buffering: "double", ...optional }),
    );
    const nodes: MappingNode[] = [
      { kind: "keep", tensors: ["Inputs", "Weights", "Outputs"], level: "DRAM" },
      { kind: "keep", tensors: ["Inputs"], level: "RF" },
      { kind: "for", variable: "n", by: 1 },
    ];
    const legal = checkLegality({ nodes }, gemm({ m: 1, n: 2, k: 1 }), on);
    const found = legal.ok ? usage(legal.value)[1] : undefined;
    expect([found?.capacity, found?.usable, found?.used, found?.tensors[0]?.usable].map(Number)).to.deep.equal([
      24, 11, 2, 4,
    ]);
  });
});
