import { resultSchema as bare } from "../result-schema.js";
import { nodesSchema } from "./mapping.js";
import type { Schema } from "./parts.js";
import { TIMING_MEANINGS } from "./timing.js";

/** What the fields of a result mean, by their path: list items and the values of named keys are passed through. */
const MEANINGS: Readonly<Record<string, string>> = {
  ...TIMING_MEANINGS,
  schema: "the version of this form",
  workload: "the network, or the inline layer",
  layer: "the layer's name",
  architecture: "the architecture's name",
  dataflow: "only from compare: the dataflow that the mapping obeys",
  conventions: "whose counting rules these numbers follow, and the proof of `search` holds under",
  objective: "what the search minimised; absent where nothing was searched",
  repeat: "how often the workload runs this very layer; absent where once. All figures are of one run",
  pass: "part of a training step",
  unit: "the vector unit that ran the layer; absent where the array of compute units did",
  macs: "operations: points of the iteration space; never depends on the mapping",
  cycles: "by the model: the slowest resource's",
  clock_Hz: "of the architecture: seconds = cycles ÷ clock_Hz",
  machineCycles: "by the timed machine or the systolic array, stalls included; absent where neither ran",
  utilization: "macs ÷ (cycles × peak operations a cycle), 0 to 1",
  spatialUtilization: "compute units used ÷ existing, 0 to 1",
  energy_pJ: "pJ: accesses, hops, operations and leakage",
  leakage_pJ: "pJ, part of energy_pJ; absent where nothing leaks",
  edp: "pJ · cycles",
  area_um2: "µm² of all instances of everything whose area is known",
  levels: "the storage levels, outermost first",
  "levels.name": "the level",
  "levels.instances": "instances that exist",
  "levels.utilizedInstances": "instances that work",
  "levels.usedWords": "words of the fullest instance",
  "levels.cycles": "cycles of the slowest instance's accesses; 0 with unlimited bandwidth",
  "levels.energy_pJ": "pJ: accesses and leakage",
  "levels.tensors": "by tensor; bypassed ones are absent. Words of all instances together",
  "levels.tensors.tileWords": "the largest tile of one instance",
  "levels.tensors.fills": "words written from above",
  "levels.tensors.reads": "words read out to below",
  "levels.tensors.updates": "words written from below",
  "levels.tensors.drains": "words read out to above",
  "levels.tensors.energy_pJ": "pJ of these accesses",
  networks: "the fan-outs, outermost first",
  "networks.name": "the storage above and below: GLB→PE",
  "networks.hops": "words that crossed a link",
  "networks.energy_pJ": "pJ: hops and leakage",
  compute: "the compute units, or the vector unit",
  "compute.operations": "operations done",
  "compute.posts":
    "finished words that went through an activation or a division on their way out; absent where none did",
  "compute.energy_pJ": "pJ: operations, post-steps and leakage",
  idle: "what does no work in this layer and leaks meanwhile: the vector unit, or beside a layer on that the compute units; absent where it leaks nothing",
  "idle.name": "the unit",
  "idle.energy_pJ": "pJ of its leakage",
  search: "how good the mapping is known to be; absent where nothing was searched",
  "search.status": "optimal: proven; gap: within `gap` of the optimum; heuristic: nothing proven",
  "search.lowerBound": "no mapping is better than this, in the unit of the objective",
  "search.gap": "(objective − lower bound) ÷ objective",
  "search.mapspace": "the number of loop trees, as a power of ten",
  "search.counted": "what was counted there; absent where nothing was",
  "search.evaluated": "mappings and parts of mappings that were priced",
  "search.seconds": "time taken",
  "witness.model": "what the model says of the machine's counts",
  witness: "whether the other witness agrees on every count",
  validation: "the outputs of the simulated run, compared with the reference's",
  "validation.status": "exact: the same words; within-tolerance: as near as rounding allows",
  "validation.maxAbsError": "the largest difference of two words",
  "validation.compared": "output words compared",
  findings: "only from map --explain: what makes the best mapping the best",
  "findings.kind": "capacity, fan-out, cycles or energy of this mapping, or another dataflow",
  "findings.name": "which: a level, an axis, a resource, a count, a dataflow",
  "findings.value": "words, instances, cycles, pJ, or the objective; null where there is none",
  "findings.limit": "what the value stands against: all words, instances, cycles, energy, or the best objective",
  "findings.binds": "full, the slowest, the largest term, the next best dataflow",
  "findings.says": "in words",
  front:
    "only from map --pareto: which point of its layer's front it is, and where better mappings may lie that were not found",
  contest: "only from map --beat: the best mapping beside one of the user's",
  "contest.best": "the objective's value of the best mapping",
  "contest.yours": "that of the user's",
  "contest.outcome": "whether the user's is behind, level with or ahead of the best",
  "contest.says": "in words: how far, where most, and why it can be ahead",
  "contest.figures": "figure by figure, where the user's loses most first",
  "contest.figures.name": "energy, cycles, LEVEL.TENSOR, a network, compute",
  "contest.figures.unit": "its unit",
  "contest.figures.best": "of the best mapping",
  "contest.figures.yours": "of the user's",
  explanations: "how single numbers come about",
  "explanations.count": "which number: LEVEL.TENSOR.COUNT",
  "explanations.says": "in words",
  "explanations.value": "the number",
  "explanations.unit": "its unit",
  "explanations.combine": "how the summands make it",
  "explanations.summands": "what it is made of",
  "explanations.summands.says": "in words",
  "explanations.summands.sign": "added or taken away",
  "explanations.summands.instances": "of how many instances",
  "explanations.summands.value": "of one of them",
  lowering: "only of layers that run as matrix products over their unfolded input",
  "lowering.kind": "how",
  "lowering.inputWords": "words of the input as it is",
  "lowering.unfoldedWords": "words of the matrix that stands for it",
  systolic: "only of runs on a systolic array: where machineCycles went",
  "systolic.folds": "tiles of the stationary tensor, one after another",
  "systolic.cycles": "cycles of the array",
  "systolic.cycles.load": "in which stationary words were pushed in",
  "systolic.cycles.stream": "in which a word was sent into the first row",
  "systolic.cycles.drain": "in which the last words were on their way out",
  "systolic.waiting": "cycles in which the array stood still",
  "systolic.waiting.start": "until the first tile was there",
  "systolic.waiting.tiles": "for later tiles",
  "systolic.waiting.buffer": "for the ports of the buffer",
  "systolic.waiting.finish": "until the last output was in the outer storage",
  "systolic.mappingEfficiency": "elements at work, the mean over the folds ÷ existing ones",
  "systolic.utilization": "macs ÷ (machineCycles × elements)",
  timeloop: "only of designs read from Timeloop's files: what timeloop-model prints, words of one instance",
  "timeloop.reads": "words read, of one instance",
  "timeloop.fills": "words written from above, of one instance",
  "timeloop.updates": "words written from below, of one instance",
};

function described(schema: unknown, path: string): unknown {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return schema;
  const meaning = MEANINGS[path];
  const entries = Object.entries(schema).map(([key, value]): readonly [string, unknown] => {
    if (key === "properties" && typeof value === "object" && value !== null)
      return [
        key,
        Object.fromEntries(Object.entries(value).map(([name, one]) => [name, described(one, below(path, name))])),
      ];
    return [key, key === "items" || key === "additionalProperties" ? withoutMeaning(value, path) : value];
  });
  const all = Object.fromEntries(entries);
  return meaning === undefined || "description" in all ? all : { ...all, description: meaning };
}

const below = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** The items of a list are described within, not once more themselves. */
function withoutMeaning(schema: unknown, path: string): unknown {
  const inner = described(schema, path);
  if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
  const { description: _, ...rest } = inner as Record<string, unknown>;
  return rest;
}

function withNodes(schema: Schema): Schema {
  const { items, ...rest } = schema as { readonly items: { readonly properties: Schema } & Schema } & Schema;
  return { ...rest, items: { ...items, properties: { ...items.properties, mapping: nodesSchema } } };
}

/** Results, as `--format json` prints them: described, with the loop tree in full. */
export const describedResultSchema: Schema = withNodes(described(bare, "") as Schema);
