import { builtInArchitecture } from "../arch-specs/index.js";
import { checkLegality, type LegalMapping, type MappingNode } from "../mappings/index.js";
import { execute } from "../sim/machine/index.js";
import { builtInWorkload, type Layer, type RunType, reference, seededInputs, withTypes } from "../workloads/index.js";

// How fast the machine executes VGG-16 conv3_1 (925 million operations) on one core: every word of every buffer held and
// moved, every access counted, the output compared with that of plain loops, whose speed stands beside. In seconds of CPU time,
// so that other work on the computer matters less.

const FIELD = "SCALE-Sim takes about 90 µs for a simulated cycle: these are the cycles (steps) of one run";

interface Case {
  readonly what: string;
  readonly architecture: string;
  readonly type: RunType;
  /** Outermost first: `GLB:Inputs` keeps, `q/14` is a temporal loop by 14, `q/1@x` a spatial one. */
  readonly mapping: string;
}

const rows =
  "DRAM:Inputs,Weights,Outputs m/64 p/14 c/4 GLB:Inputs,Outputs r/1@y m/16@y p/1@x q/1 PE:Inputs,Weights,Outputs m/1 c/1 s/1";
const cases: readonly Case[] = [
  { what: "eyeriss, rows stationary, int16", architecture: "eyeriss", type: "int16", mapping: rows },
  { what: "the same, float32", architecture: "eyeriss", type: "float32", mapping: rows },
  {
    what: "eyeriss, inputs go by in small tiles, int16",
    architecture: "eyeriss",
    type: "int16",
    mapping:
      "DRAM:Inputs,Weights,Outputs m/64 p/14 c/4 GLB:Inputs,Outputs r/1@y m/16@y p/1@x PE:Weights q/1 PE:Outputs m/1 PE:Inputs c/1 s/1",
  },
  {
    what: "tpu-v1, 128 x 256 elements at work, int16",
    architecture: "tpu-v1",
    type: "int16",
    mapping:
      "DRAM:Inputs,Weights,Outputs UnifiedBuffer:Inputs,Outputs Accumulators:Outputs r/1 s/1 c/1@y m/1@x PE:Weights p/1 q/1",
  },
];

const layer = builtInWorkload("vgg16")?.layers.find(({ name }) => name === "conv3_1");
if (layer === undefined) throw new Error("conv3_1 is a layer of vgg16");

for (const { what, architecture, type, mapping } of cases) {
  const typed = withTypes(layer, type);
  const inputs = seededInputs(typed.einsum, 1);
  const [expected, plainSeconds] = timed(() => reference(typed.einsum, inputs));
  const [{ counts, output }, seconds] = timed(() => execute(legal(mapping, typed, architecture), inputs));
  const isRight = output.every((word, i) => word === expected[i]);
  const speed = (time: number): string => `${Math.round(counts.macs / time / 1e6)} million operations a CPU-second`;
  console.log(
    `${what}: ${speed(seconds)}, ${isRight ? "output right" : "OUTPUT WRONG"} (plain loops: ${speed(plainSeconds)})`,
  );
  console.log(`  ${counts.steps} steps at ${((seconds / counts.steps) * 1e6).toFixed(2)} µs`);
}
console.log(`(${FIELD}; memory ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB)`);

function timed<T>(work: () => T): readonly [T, number] {
  const start = process.cpuUsage();
  const value = work();
  return [value, process.cpuUsage(start).user / 1e6];
}

function legal(text: string, on: Layer, name: string): LegalMapping {
  const architecture = builtInArchitecture(name);
  if (architecture?.ok !== true) throw new Error(`${name} is built in`);
  const nodes = text.split(" ").map((token): MappingNode => {
    const [, variable = "", by = "", axis] = /^(\w+)\/(\d+)(?:@([xy]))?$/.exec(token) ?? [];
    if (variable === "") {
      const [level = "", tensors = ""] = token.split(":");
      return { kind: "keep", tensors: tensors.split(","), level };
    }
    if (axis === undefined) return { kind: "for", variable, by: Number(by) };
    return { kind: "spatial", variable, by: Number(by), axis: axis === "x" ? "x" : "y", fanout: null };
  });
  const checked = checkLegality({ nodes }, on, architecture.value);
  if (!checked.ok) throw new Error(checked.errors.map((error) => error.message).join("; "));
  return checked.value;
}
