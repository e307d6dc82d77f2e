import { builtInArchitecture } from "../arch-specs/index.js";
import { foldMapping } from "../mappings/index.js";
import { cyclesOf, executeSystolic, systolicPlan } from "../sim/machine/index.js";
import { builtInWorkload, lowerToProduct, reference, seededInputs } from "../workloads/index.js";

// How fast systolic arrays are stepped: AlexNet conv3 as a matrix product on 32 x 32 elements, every word moved, every access
// counted, the output compared with the convolution's. In seconds of CPU time, so that other work on the computer matters less.
// Usage: node dist/bench/systolic.js

const FIELD = "SCALE-Sim takes 13 to 27 s for this layer";

const layer = builtInWorkload("alexnet")?.layers.find(({ name }) => name === "conv3");
const lowered = layer === undefined ? undefined : lowerToProduct(layer);
if (layer === undefined || lowered === undefined) throw new Error("conv3 is a convolution of alexnet");
const inputs = seededInputs(layer.einsum, 1);
const expected = reference(layer.einsum, inputs);

for (const dataflow of ["ws", "os", "is"]) {
  const size = new Map([
    ["rows", "32"],
    ["cols", "32"],
  ]);
  const architecture = builtInArchitecture(`systolic-${dataflow}`, size);
  const mapping = architecture?.ok === true ? foldMapping(lowered.layer, architecture.value) : undefined;
  const plan = mapping?.ok === true ? systolicPlan(mapping.value) : undefined;
  if (mapping?.ok !== true || plan === undefined) throw new Error(`conv3 has folds on systolic-${dataflow}`);
  const [operands, unfolding] = timed(() => lowered.operands(inputs));
  const [{ run, output }, seconds] = timed(() => executeSystolic(mapping.value, plan, operands));
  const isRight = lowered.restore(output).every((word, i) => word === expected[i]);
  const cycles = cyclesOf(run);
  console.log(
    `${dataflow}: ${cycles} cycles in ${seconds.toFixed(2)} s, ${((seconds / cycles / 1024) * 1e9).toFixed(2)} ns an element and cycle; ` +
      `unfolding ${unfolding.toFixed(2)} s; output ${isRight ? "right" : "WRONG"}`,
  );
}
console.log(`(${FIELD})`);

function timed<T>(work: () => T): readonly [T, number] {
  const start = process.cpuUsage();
  const value = work();
  return [value, process.cpuUsage(start).user / 1e6];
}
