import { expect } from "chai";
import {
  builtInWorkload,
  everyLayerOf,
  flowing,
  type Graph,
  type Known,
  reference,
  runGraph,
  seededGraphInputs,
  seededWeights,
  workloadNames,
} from "../../workloads/index.js";

function graphOf(name: string): Graph {
  const workload = builtInWorkload(name);
  const graph = workload === undefined ? undefined : flowing(workload).graph;
  if (graph === undefined) throw new Error(`${name} does not flow`);
  return graph;
}
/** All tensors of a run by the reference executor. */
function run(name: string): ReadonlyMap<string, Known> {
  const graph = graphOf(name);
  const seen = new Map<string, Known>();
  runGraph(graph, seededGraphInputs(graph, 1), {
    layer: ({ einsum }, inputs) => reference(einsum, inputs),
    instead: seededWeights(graph, 2),
    seen: (tensor, value) => seen.set(tensor, value),
  });
  return seen;
}
const valuesOf = (seen: ReadonlyMap<string, Known>, name: string): number[] => {
  const found = seen.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return [...found.values];
};

describe("networks whose values flow", () => {
  for (const name of workloadNames)
    it(`${name} is a graph of its layers, poolings and steps`, () => {
      const graph = graphOf(name);
      const workload = builtInWorkload(name);
      const layers = graph.nodes.flatMap((node) => (node.kind === "layer" ? [node.layer.name] : []));
      expect(layers).to.include.members(workload?.layers.map((layer) => layer.name) ?? []);
      expect(graph.outputs[0]?.shape).to.deep.equal(workload?.network?.entries.at(-1)?.shape);
    });
  it("run LeNet-5 from digits to shares", () => {
    const seen = run("lenet5");
    const shares = valuesOf(seen, "softmax");
    expect(shares).to.have.length(10);
    expect(shares.reduce((a, b) => a + b, 0)).to.be.closeTo(1, 1e-6);
    expect(new Set(shares).size).to.equal(10);
    const [sums, c1] = [valuesOf(seen, "c1.sums"), valuesOf(seen, "c1")];
    for (const i of [0, 100, 4703]) expect(c1[i]).to.be.closeTo(Math.tanh(sums[i] ?? 0), 1e-6);
  });
  it("give what layers with fused bias and activation give", () => {
    const workload = builtInWorkload("mnist-cnn-32-64");
    if (workload === undefined) throw new Error("mnist-cnn-32-64");
    const seen = run("mnist-cnn-32-64");
    // A convolution with its bias and activation fused gives what product, sum and step do one after the other.
    const fused = everyLayerOf(workload, true).find(({ name }) => name === "conv1");
    if (fused === undefined) throw new Error("no conv1");
    const inputs = ["input", "conv1.Weights", "conv1.Bias"].map((name) => seen.get(name)?.values ?? new Float32Array());
    const graph = graphOf("mnist-cnn-32-64");
    inputs[0] = seededGraphInputs(graph, 1).get("input")?.values ?? new Float32Array();
    const float = { kind: "float", bits: 32 } as const;
    const einsum = {
      ...fused.einsum,
      tensors: fused.einsum.tensors.map((tensor) => ({ ...tensor, type: float })),
      accumulator: float,
    };
    const output = reference(einsum, inputs);
    const expected = valuesOf(seen, "conv1");
    for (let i = 0; i < output.length; i += 97) expect(output[i]).to.be.closeTo(expected[i] ?? Number.NaN, 1e-5);
  });
});
