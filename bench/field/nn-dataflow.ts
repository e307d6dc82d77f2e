import { checkLegality, type LegalMapping, parseMapping } from "../../mappings/index.js";
import { short } from "../../reports/index.js";
import { predict } from "../../sim/model/index.js";
import { type Evaluation, price } from "../../sim/pricing/index.js";
import { type Layer, parseWorkload } from "../../workloads/index.js";
import { against, architectureIn, builtIn, type Job, proofOf, readBench, run, unwrapped } from "../search.js";
import { NN_DATAFLOW, type Reported } from "./peers.js";
import type { Section } from "./run.js";

/** Words of a register file of 512 bytes. */
const REGISTERS = 256;
/** More than any of its schedules fills. */
const PLENTY = 4096;

/** AlexNet with two groups, batch 16, pooling included. */
export const alexnet = (): readonly Layer[] =>
  unwrapped(parseWorkload(readBench("field/alexnet-b16.yaml"), "alexnet-b16.yaml")).layers;

/** Its hardware at its prices, with register files of so many words; an operation of pooling accesses them three times, others four times. */
const hardwareFor = (layer: Layer, words: number): Job["architecture"] =>
  architectureIn(
    "field/isca16-nn_dataflow.yaml",
    new Map([
      ["rf", `${words}`],
      ["operation", layer.kind === "max-pool" ? "4 pJ" : "5 pJ"],
    ]),
  );

/** What it schedules, as a loop tree of ours, and what that costs by its prices. */
export interface Schedule {
  readonly legal: LegalMapping;
  readonly evaluation: Evaluation;
  /** Of a register file: words that the loop tree keeps there at a time. */
  readonly registers: number;
}

/** nn_dataflow's best schedule of a layer, on register files that hold what it keeps there. */
export function scheduleOf(layer: Layer): Schedule {
  const file = `field/nn_dataflow/${layer.name}.yaml`;
  const { mapping, at } = unwrapped(parseMapping(readBench(file), file));
  const legal = unwrapped(checkLegality(mapping, layer, hardwareFor(layer, PLENTY), { at }));
  const evaluation = price(predict(legal), legal);
  return { legal, evaluation, registers: evaluation.levels.at(-1)?.usedWords ?? 0 };
}

/** What our counts of a schedule are by its names: words that leave the buffer for DRAM are not among the buffer's. */
export function reportOf({ evaluation }: Schedule): Reported {
  const [dram = 0, buffer = 0] = evaluation.levels.map(({ tensors }) =>
    tensors.reduce((sum, { reads, updates }) => sum + reads + updates, 0),
  );
  const network = evaluation.networks.reduce((sum, { hops }) => sum + hops, 0);
  return { energy: evaluation.energy, dram, buffer, network, cycles: evaluation.cycles };
}

/** The best schedule of nn_dataflow beside ours: on hardware that it runs on, at its prices, and on that of the ISCA 2016 paper, at ours. */
export function nnDataflow(limit: number, tell: (line: string) => void): Section {
  const isca16 = builtIn("eyeriss-isca16");
  const sums = [0, 0, 0, 0];
  const rows = alexnet().map((layer) => {
    const { energy: theirs = Number.NaN } = NN_DATAFLOW.get(layer.name) ?? {};
    const schedule = scheduleOf(layer);
    const registers = Math.max(REGISTERS, schedule.registers);
    const [like, own] = [hardwareFor(layer, registers), isca16].map((architecture) => {
      const how = { objective: "energy", conventions: "loopwright", dataflow: null } as const;
      const found = run({ name: layer.name, layer, architecture, ...how }, limit);
      tell(
        `nn_dataflow ${layer.name} on ${architecture.name}: ${short(found.value)} in ${found.cpuSeconds.toFixed(1)} s`,
      );
      return found;
    });
    if (like === undefined || own === undefined) throw new Error("two searches a layer");
    for (const [i, value] of [theirs, schedule.evaluation.energy, like.value, own.value].entries())
      sums[i] = (sums[i] ?? 0) + value;
    return [
      ...[layer.name, short(theirs), short(schedule.evaluation.energy), `${schedule.registers}`],
      ...[like, own].flatMap((found) => [
        ...[short(found.value), against(found.value, theirs), proofOf(found), found.cpuSeconds.toFixed(1)],
      ]),
      own.mapspace,
    ];
  });
  const [theirs = 0, again = 0, ...ours] = sums;
  const totals = ours.flatMap((value) => [short(value), against(value, theirs), "", ""]);
  const side = ["to nn_dataflow", "proof", "CPU s"];
  return {
    heading: [
      ...["layer", "nn_dataflow, MAC energies", "its schedule, counted by us", "words it keeps in a register file"],
      ...["ours, register files of that size, its prices", ...side, "ours, 256 words, our counts", ...side, "mapspace"],
    ],
    rows: [...rows, ["total", short(theirs), short(again), "", ...totals, ""]],
  };
}
