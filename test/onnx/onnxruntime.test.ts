import { expect } from "chai";
import fc from "fast-check";
import { buildGraph, compareTensors, type LayerRunner, reference } from "../../workloads/index.js";
import { nodeKinds } from "./arbitrary-nodes.js";
import { modelOf, type NodeCase } from "./models.js";
import { runOnRuntime } from "./runtime.js";

/** Roundings of float32 sums in another order; words are about 1, so an absolute error of 10⁻⁵ is many of them. */
const TOLERANCE = { relative: 1e-4, absolute: 2e-5 };
const RUNS = 60;

const byReference: LayerRunner = (layer, inputs) => reference(layer.einsum, inputs);

describe("the reference executor and the steps", () => {
  for (const [kind, nodes] of Object.entries(nodeKinds))
    it(`give what onnxruntime gives: ${kind}`, () =>
      fc.assert(fc.asyncProperty(nodes, agreesWithRuntime), { numRuns: RUNS, seed: 1 })).timeout(120_000);
});

async function agreesWithRuntime(node: NodeCase): Promise<void> {
  const model = modelOf(node);
  const inputs = new Map(node.inputs.filter(([name]) => name !== ""));
  const built = buildGraph(model, { file: node.operator, inputs, run: byReference });
  if (!built.ok) expect.fail(built.errors.map(({ message }) => message).join("; "));
  const expected = await runOnRuntime(model, inputs, node.outputs);
  for (const [i, name] of node.outputs.entries()) {
    const actual = built.value.constants.get(built.value.outputs[i]?.name ?? "");
    const wanted = expected.get(name);
    if (actual === undefined || wanted === undefined) expect.fail(`no output ${name}`);
    expect(compareTensors(actual, wanted, TOLERANCE).reason, name).to.equal("");
  }
}
