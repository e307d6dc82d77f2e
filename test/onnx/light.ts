import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { builtInArchitecture } from "../../arch-specs/index.js";
import { acceleratorOn } from "../../cli/accelerator.js";
import {
  buildGraph,
  compareTensors,
  type Known,
  readModel,
  runGraph,
  seededGraphInputs,
  seededWeights,
} from "../../workloads/index.js";
import { root } from "../cli/program.js";
import { runOnRuntime, withOutputs, withWeights } from "./runtime.js";

const folder = join(root, "../shared/onnx/light");
/** Of the largest word of a tensor: float32 sums of thousands of products, in another order, through up to 60 layers. */
const OF_PEAK = 2e-5;

/** What is to come of a network whose files lie beside the repository. */
export interface LightNetwork {
  readonly name: string;
  readonly layers: number;
  readonly macs: number;
  /** Tensors that are compared: all that depend on the input, masks of dropped words apart. */
  readonly tensors: number;
}

/** Runs a network with seeded weights on the simulated machine, and compares every tensor in it with onnxruntime's. */
export function agreesWithRuntime({ name, layers, macs, tensors }: LightNetwork): void {
  const file = join(folder, `light_${name}.onnx`);
  if (!existsSync(file)) return;
  it(`${name}, ${tensors} tensors`, async () => {
    const model = readModel(readFileSync(file), file);
    const built = model.ok ? buildGraph(model.value, { file }) : model;
    const architecture = builtInArchitecture("textbook");
    if (!model.ok || !built.ok || !architecture?.ok) expect.fail("the network cannot be read");
    const graph = built.value;
    const machine = acceleratorOn(architecture.value);
    const [weights, seen] = [new Map<string, Known>(), new Map<string, Known>()];
    const random = seededWeights(graph, 7);
    const instead = (tensor: string, value: Known): Known => {
      const other = random(tensor, value);
      if (other !== value) weights.set(tensor, other);
      return other;
    };
    const inputs = seededGraphInputs(graph, 3);
    runGraph(graph, inputs, { layer: machine.run, instead, seen: (tensor, value) => seen.set(tensor, value) });
    expect({ layers: machine.layers, macs: machine.macs }).to.deep.equal({ layers, macs });
    const made = (model.value.graph?.node ?? []).map(({ output }) => output[0] ?? "");
    const names = made.filter((tensor) => seen.has(tensor) && !weights.has(tensor));
    expect(names).to.have.lengthOf(tensors);
    const expected = await runOnRuntime(withOutputs(withWeights(model.value, weights), names), inputs, names);
    for (const tensor of names) expectAlike(tensor, seen.get(tensor), expected.get(tensor));
  }).timeout(600_000);
}

function expectAlike(name: string, actual: Known | undefined, expected: Known | undefined): void {
  if (actual === undefined || expected === undefined) expect.fail(`no tensor ${name}`);
  let peak = 0;
  for (const word of expected.values) peak = Math.max(peak, Math.abs(word));
  expect(compareTensors(actual, expected, { relative: 0, absolute: OF_PEAK * peak }).reason, name).to.equal("");
}
