import { expect } from "chai";
import fc from "fast-check";
import { builtInArchitecture } from "../../arch-specs/index.js";
import { acceleratorOn } from "../../cli/accelerator.js";
import { buildGraph, compareTensors, type LayerRunner, reference } from "../../workloads/index.js";
import { nodeKinds } from "./arbitrary-nodes.js";
import { modelOf, type NodeCase } from "./models.js";
import { runOnRuntime } from "./runtime.js";

/** Roundings of float32 sums in another order; words are about 1, so an absolute error of 10⁻⁵ is many of them. */
const TOLERANCE = { relative: 1e-4, absolute: 2e-5 };
const RUNS = 60;
const MACHINE_RUNS = 12;
/** Kinds that are layers. */
const HEAVY = ["Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "Gemm", "MatMul", "Einsum", "GRU", "LSTM"];

const byReference: LayerRunner = (layer, inputs) => reference(layer.einsum, inputs);

describe("the reference executor and the steps", () => {
  for (const [kind, nodes] of Object.entries(nodeKinds))
    it(`give what onnxruntime gives: ${kind}`, () =>
      fc.assert(
        fc.asyncProperty(nodes, (node) => agreesWithRuntime(node, byReference)),
        { numRuns: RUNS, seed: 1 },
      )).timeout(120_000);
});

describe("the machine", () => {
  const textbook = builtInArchitecture("textbook");
  for (const kind of HEAVY)
    it(`gives what onnxruntime gives: ${kind}`, () => {
      if (!textbook?.ok) expect.fail("no textbook architecture");
      const { value } = textbook;
      return fc.assert(
        fc.asyncProperty(kindNamed(kind), (node) => agreesWithRuntime(node, acceleratorOn(value).run)),
        { numRuns: MACHINE_RUNS, seed: 5 },
      );
    }).timeout(120_000);
});

function kindNamed(name: string): fc.Arbitrary<NodeCase> {
  const kind = nodeKinds[name];
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return kind;
}

async function agreesWithRuntime(node: NodeCase, run: LayerRunner): Promise<void> {
  const model = modelOf(node);
  const inputs = new Map(node.inputs.filter(([name]) => name !== ""));
  const built = buildGraph(model, { file: node.operator, inputs, run });
  if (!built.ok) expect.fail(built.errors.map(({ message }) => message).join("; "));
  const expected = await runOnRuntime(model, inputs, node.outputs);
  for (const [i, name] of node.outputs.entries()) {
    const actual = built.value.constants.get(built.value.outputs[i]?.name ?? "");
    const wanted = expected.get(name);
    if (actual === undefined || wanted === undefined) expect.fail(`no output ${name}`);
    expect(compareTensors(actual, wanted, TOLERANCE).reason, name).to.equal("");
  }
}
