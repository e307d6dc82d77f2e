import { type Architecture, builtInArchitecture, type Level } from "../arch-specs/index.js";
import { checkLegality, type LegalMapping, parseMapping } from "../mappings/index.js";
import { execute, executeTimed } from "../sim/machine/index.js";
import { builtInWorkload, type Layer, seededInputs } from "../workloads/index.js";

// What the clock costs: layers of VGG-16 on eyeriss, executed without and with it in the same run, as the chip's file has it (unlimited
// bandwidths) and with bandwidths, latencies and a pipeline. In seconds of CPU time, the least of two runs each. The mappings are of the
// kinds that the search finds: rows stationary with large blocks, and such that move tiles every few steps; one of each dataflow; and
// one whose tiles divide no bound.

const RUNS = 2;
const PROMISED = 2;

const cases: readonly (readonly [layer: string, mapping: string])[] = [
  [
    "conv1_1",
    "DRAM:Inputs,Weights,Outputs q/2 GLB:Inputs,Outputs q/1@x r/1@y s/1@y PE:Weights p/4 PE:Inputs m/1 p/1 PE:Outputs c/1",
  ],
  [
    "conv2_2",
    "DRAM:Inputs,Weights,Outputs q/2 s/1 GLB:Inputs q/1 GLB:Outputs c/8 m/16@x r/1@y PE:Weights p/1 PE:Inputs m/1 PE:Outputs c/1",
  ],
  [
    "conv3_1",
    "DRAM:Inputs,Weights,Outputs m/64 p/14 c/4 GLB:Inputs,Outputs r/1@y m/16@y p/1@x q/1 PE:Inputs,Weights,Outputs m/1 c/1 s/1",
  ],
  [
    "conv3_1",
    "DRAM:Inputs,Weights,Outputs m/64 p/14 c/4 GLB:Inputs,Outputs r/1@y m/16@y p/1@x PE:Weights q/1 PE:Outputs m/1 PE:Inputs c/1 s/1",
  ],
  [
    "conv5_1",
    "DRAM:Inputs,Weights,Outputs m/256 GLB:Outputs c/8 r/1 GLB:Inputs m/8 s/1 m/1@x c/1@y PE:Weights q/1 p/1",
  ],
  ["conv5_1", "DRAM:Inputs,Weights,Outputs p/2 GLB:Inputs m/4 GLB:Outputs q/1@x m/1@y p/1@y PE:Outputs c/1 s/1 r/1"],
  ["conv5_1", "DRAM:Inputs,Weights,Outputs p/2 GLB:Inputs,Outputs c/4 s/1 r/1 q/1@x c/1@y p/1@y PE:Inputs m/1"],
  ["conv5_1", "DRAM:Inputs,Weights,Outputs p/1 GLB:Inputs m/8 q/1 GLB:Outputs c/8 s/1 r/1 m/1@x c/1@y"],
  [
    "conv5_1",
    "DRAM:Inputs,Weights,Outputs c/128 GLB:Inputs m/4 GLB:Outputs p/1@x m/1@y r/1@y PE:Outputs c/1 PE:Weights q/7 PE:Inputs q/1 s/1",
  ],
  [
    "conv5_1",
    "DRAM:Inputs,Weights,Outputs m/100 c/10 GLB:Inputs,Outputs p/5 m/20 r/1@y m/7@y q/1@x PE:Weights p/1 PE:Outputs c/4 PE:Inputs m/1 c/1 s/1",
  ],
];

const eyeriss = builtInArchitecture("eyeriss");
if (!eyeriss?.ok) throw new Error("eyeriss is built in");
const clocked: Architecture = { ...eyeriss.value, levels: eyeriss.value.levels.map(withLimits) };

for (const [name, mapping] of cases) {
  const layer = builtInWorkload("vgg16")?.layers.find((one) => one.name === name);
  if (layer === undefined) throw new Error(`${name} is a layer of vgg16`);
  const inputs = seededInputs(layer.einsum, 1);
  const [plain, limited] = [legal(mapping, layer, eyeriss.value), legal(mapping, layer, clocked)];
  let [steps, cycles] = [0, 0];
  const [untimed, timed, timedLimited] = least([
    () => {
      steps = execute(plain, inputs).counts.steps;
    },
    () => executeTimed(plain, inputs),
    () => {
      cycles = executeTimed(limited, inputs).timing.cycles;
    },
  ]);
  const ratio = (seconds = 0): string => `${(seconds / (untimed ?? 1)).toFixed(2)}`;
  console.log(
    `${name}: ${untimed?.toFixed(2)} s untimed; timed ${timed?.toFixed(2)} s (${ratio(timed)}), with limits ${timedLimited?.toFixed(2)} s ` +
      `(${ratio(timedLimited)}; at most ${PROMISED} promised); ${steps} steps, ${Math.round(cycles)} cycles with limits`,
  );
}

function withLimits(level: Level): Level {
  if (level.kind === "compute") return { ...level, latency: 2 };
  if (level.kind === "fanout") return { ...level, bandwidth: 4, latency: 1 };
  const shared = level.name === "DRAM" ? 1 : level.name === "GLB" ? 8 : Number.POSITIVE_INFINITY;
  const inner = level.name === "PE" ? { read: 3, write: 2 } : { read: Infinity, write: Infinity };
  return { ...level, bandwidth: { ...inner, shared }, latency: { read: level.name === "DRAM" ? 40 : 1, write: 1 } };
}

/** CPU seconds of each, the least of some runs that take turns. */
function least(works: readonly (() => unknown)[]): readonly number[] {
  const best = works.map(() => Number.POSITIVE_INFINITY);
  for (let run = 0; run < RUNS; run++)
    works.forEach((work, i) => {
      const start = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(start);
      best[i] = Math.min(best[i] ?? Number.POSITIVE_INFINITY, (user + system) / 1e6);
    });
  return best;
}

/** `GLB:Inputs` keeps, `q/14` is a temporal loop by 14, `q/1@x` a spatial one. */
function legal(text: string, layer: Layer, architecture: Architecture): LegalMapping {
  const nodes = text.split(" ").map((token) => {
    const [, variable = "", by = "", axis] = /^(\w+)\/(\d+)(?:@([xy]))?$/.exec(token) ?? [];
    if (variable === "") return `  - {keep: [${token.split(":")[1]}], in: ${token.split(":")[0]}}`;
    return axis === undefined
      ? `  - {for: ${variable}, by: ${by}}`
      : `  - {spatial: ${variable}, by: ${by}, axis: ${axis}}`;
  });
  const parsed = parseMapping(`mapping:\n${nodes.join("\n")}\n`, "bench");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const checked = checkLegality(parsed.value.mapping, layer, architecture);
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
  return checked.value;
}
