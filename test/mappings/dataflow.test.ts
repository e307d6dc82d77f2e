import { expect } from "chai";
import type { Architecture } from "../../arch-specs/index.js";
import {
  type BuiltInDataflow,
  builtInDataflow,
  checkLegality,
  type Dataflow,
  type LegalMapping,
  obeys,
  parseDataflow,
  parseMapping,
  printDataflow,
  resolveDataflow,
} from "../../mappings/index.js";
import type { Layer } from "../../workloads/index.js";
import { architecture, conv, fanout, gemm, optional, storage, textbook } from "./fixtures.js";

const layer = conv({ n: 2, m: 8, c: 4, p: 6, q: 6, r: 3, s: 3 });
const open = architecture(
  storage("DRAM"),
  storage("GLB", 1e6, optional),
  fanout("PEs", 16, 16),
  storage("PE", 1e4, optional),
);

const dataflow = (text: string): Dataflow => {
  const parsed = parseDataflow(text, "d.yaml");
  return parsed.ok ? parsed.value : expect.fail(parsed.errors.map((e) => e.message).join("\n"));
};
const builtIn = (name: BuiltInDataflow, on: Architecture = open, of: Layer = layer): Dataflow => {
  const found = builtInDataflow(name, on, of.einsum);
  return found.ok ? found.value : expect.fail(found.errors.map((e) => e.message).join("\n"));
};
function legal(nodes: string, of: Layer = layer, on: Architecture = open): LegalMapping {
  const parsed = parseMapping(nodes, "m.yaml");
  if (!parsed.ok) return expect.fail(parsed.errors.map((e) => e.message).join("\n"));
  const checked = checkLegality(parsed.value.mapping, of, on);
  return checked.ok ? checked.value : expect.fail(checked.errors.map((e) => e.message).join("\n"));
}
const broken = (mapping: LegalMapping, flow: Dataflow): readonly string[] =>
  obeys(mapping, flow).map((problem) => problem.message);

const weightStationary = legal(`
- {keep: [Inputs, Weights, Outputs], in: DRAM}
- {for: r, by: 1}
- {for: s, by: 1}
- {spatial: m, by: 1, axis: x}
- {spatial: c, by: 1, axis: y}
- {keep: [Weights], in: PE}
- {for: n, by: 1}
- {for: p, by: 1}
- {for: q, by: 1}
`);
const rowStationary = legal(`
- {keep: [Inputs, Weights, Outputs], in: DRAM}
- {keep: [Inputs, Outputs], in: GLB}
- {for: n, by: 1}
- {spatial: p, by: 1, axis: x}
- {spatial: r, by: 1, axis: y}
- {spatial: c, by: 1, axis: y}
- {keep: [Inputs, Weights, Outputs], in: PE}
- {for: q, by: 1}
- {for: m, by: 1}
- {for: s, by: 1}
`);

describe("built-in dataflows", () => {
  it("hold what they are named after", () => {
    expect(broken(weightStationary, builtIn("ws"))).to.be.empty;
    expect(broken(rowStationary, builtIn("rs"))).to.be.empty;
    expect(broken(rowStationary, builtIn("any"))).to.be.empty;
  });

  it("say what breaks them", () => {
    expect(broken(weightStationary, builtIn("os"))).to.deep.equal([
      "os: PE may not keep Weights",
      "os: PE must keep Outputs",
      "os: no loop over n may stand below PE",
      "os: no loop over p may stand below PE",
      "os: no loop over q may stand below PE",
      "os: c may not be spread along y of PEs",
    ]);
    expect(broken(rowStationary, builtIn("nlr"))).to.include.members([
      "nlr: PE may not keep Inputs",
      "nlr: p may not be spread along x of PEs",
    ]);
    expect(broken(weightStationary, builtIn("rs"))).to.include("rs: m may not be spread along x of PEs");
  });

  it("find variables by what they do", () => {
    const rules = (name: BuiltInDataflow, of: Layer) => {
      const found = builtIn(name, open, of).rules;
      return [found.get("@PE")?.keeps, found.get("@PE")?.loopsBelow, found.get("@PEs")?.x, found.get("@PEs")?.y];
    };
    expect(rules("ws", layer)).to.deep.equal([["Weights"], ["n", "p", "q"], ["m", "c"], ["m", "c"]]);
    expect(rules("os", layer)).to.deep.equal([
      ["Outputs"],
      ["c", "r", "s"],
      ["n", "m", "p", "q"],
      ["n", "m", "p", "q"],
    ]);
    expect(rules("is", layer)).to.deep.equal([["Inputs"], ["m", "r", "s"], ["c", "p", "q"], ["c", "p", "q"]]);
    expect(rules("rs", layer)).to.deep.equal([
      ["Inputs", "Weights", "Outputs"],
      ["q", "s", "m", "c"],
      ["p"],
      ["r", "m", "c"],
    ]);
    expect(rules("nlr", layer)).to.deep.equal([[], null, ["m", "c"], ["m", "c"]]);
    const product = gemm({ m: 4, n: 4, k: 4 });
    expect(rules("ws", product)).to.deep.equal([["Weights"], ["n"], ["m", "k"], ["m", "k"]]);
    expect(rules("is", product)).to.deep.equal([["Inputs"], ["m"], ["k", "n"], ["k", "n"]]);
    expect(rules("rs", product)).to.deep.equal([["Inputs", "Weights", "Outputs"], ["n", "m", "k"], ["n"], ["m", "k"]]);
  });

  it("say which constraint an architecture cannot hold to", () => {
    const failure = (name: BuiltInDataflow, on: Architecture): readonly string[] => {
      const found = builtInDataflow(name, on, layer.einsum);
      return found.ok ? [] : found.errors.map((e) => e.message);
    };
    expect(failure("ws", textbook())).to.deep.equal([
      "PE of test must keep Inputs, the dataflow sends it past",
      "PE of test must keep Outputs, the dataflow sends it past",
    ]);
    expect(failure("rs", textbook())).to.be.empty;
    const bare = architecture(storage("DRAM"), storage("GLB", 9, optional), fanout("PEs", 4, 4));
    expect(failure("ws", bare)).to.deep.equal(["test has no storage next to compute (PE) to keep Weights in"]);
    expect(failure("nlr", bare)).to.be.empty;
    const noOutputs = architecture(
      storage("DRAM"),
      fanout("PEs", 2, 2),
      storage("RF", 9, { ...optional, mayKeep: new Set(["Weights"]) }),
    );
    expect(failure("os", noOutputs)).to.deep.equal(["RF of test may not keep Outputs, the dataflow wants it kept"]);
  });

  it("take several scratchpads next to compute for one PE", () => {
    const pads = architecture(
      storage("DRAM"),
      fanout("columns", 14, 1),
      fanout("rows", 1, 12),
      storage("ifmap_spad", 99, { keeps: new Set(), mayKeep: new Set(["Inputs"]) }),
      storage("weights_spad", 999, { keeps: new Set(), mayKeep: new Set(["Weights"]) }),
      storage("psum_spad", 99, { keeps: new Set(), mayKeep: new Set(["Outputs"]) }),
    );
    const found = resolveDataflow(builtIn("ws", pads), pads, layer.einsum);
    expect(
      found.ok && [...found.value.storages].map(([level, rule]) => [level, [...rule.must], [...rule.may]]),
    ).to.deep.equal([
      [3, [], []],
      [4, [1], []],
      [5, [], []],
    ]);
    expect(found.ok && [...found.value.fanouts.keys()]).to.deep.equal([1, 2]);
  });
});

describe("user-written dataflows", () => {
  const text = `dataflow: my-ws
PE: {keeps: [Weights], loopsBelow: [n, p, q], order: [p, "*", n], factors: {q: 6}, maxFactors: {p: 6}}
PEs: {x: [m], y: [c, r], factors: {m: 8}}
`;
  it("are read, printed and obeyed", () => {
    const flow = dataflow(text);
    const again = dataflow(printDataflow(flow));
    const constraints = (f: Dataflow) => [...f.rules].map(([level, { at: _, ...rule }]) => [level, rule]);
    expect(constraints(again)).to.deep.equal(constraints(flow));
    expect(broken(weightStationary, flow)).to.deep.equal([
      "my-ws: the loops of PE are not in the order of the dataflow",
    ]);
    expect(broken(rowStationary, flow)).to.deep.equal([
      "my-ws: PE may not keep Inputs",
      "my-ws: PE may not keep Outputs",
      "my-ws: no loop over m may stand below PE",
      "my-ws: no loop over s may stand below PE",
      "my-ws: p may not be spread along x of PEs",
      "my-ws: the factor of m in PEs must be 8, it is 1",
    ]);
  });

  it("order loops with and without a star", () => {
    const own = (order: string) => broken(weightStationary, dataflow(`{dataflow: d, PE: {order: ${order}}}`)).length;
    expect(own("[n, p, q]")).to.equal(0);
    expect(own("[p, q]")).to.equal(0);
    expect(own("[n]")).to.equal(1);
    expect(own('[n, "*"]')).to.equal(0);
    expect(own('["*", p]')).to.equal(1);
  });

  it("leave choices where mayKeep says so", () => {
    const flow = dataflow("{dataflow: d, GLB: {mayKeep: [Weights]}, PE: {keeps: [Weights], mayKeep: all}}");
    expect(broken(weightStationary, flow)).to.be.empty;
    expect(broken(rowStationary, flow)).to.deep.equal(["d: GLB may not keep Inputs", "d: GLB may not keep Outputs"]);
  });

  it("report what cannot be", () => {
    const parsed = parseDataflow("dataflow: d\nPE: {keep: [A], factors: {m: 0}, x: {}}\nPEs: 3\n", "d.yaml");
    expect(parsed.ok ? [] : parsed.errors.map((e) => `${e.at.line} ${e.code}`)).to.deep.equal([
      "2 dataflow/unknown-key",
      "2 dataflow/not-a-count",
      "2 dataflow/not-a-list",
      "3 dataflow/not-a-map",
    ]);
    const flow = dataflow(
      "{dataflow: d, GLP: {keeps: []}, PE: {keeps: [Wights], x: [m], order: [p, p]}, PEs: {x: [zz], keeps: []}}",
    );
    const resolved = resolveDataflow(flow, open, layer.einsum);
    expect(resolved.ok ? [] : resolved.errors.map((e) => `${e.code} ${e.hint ?? ""}`)).to.deep.equal([
      'dataflow/unknown-level did you mean "GLB"?',
      "dataflow/wrong-constraint ",
      'dataflow/unknown-tensor did you mean "Weights"?',
      "dataflow/repeated ",
      "dataflow/wrong-constraint ",
      "dataflow/unknown-variable expected one of: n, m, c, p, q, r, s",
    ]);
  });
});
