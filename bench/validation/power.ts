import type { Architecture } from "../../arch-specs/index.js";
import { checkLegality } from "../../mappings/index.js";
import { left, markdownPaint, right, table } from "../../reports/index.js";
import { predict } from "../../sim/model/index.js";
import { type Evaluation, price } from "../../sim/pricing/index.js";
import { type ChipRun, chipRuns } from "./layers.js";
import { onPads } from "./pads.js";
import { MILLIWATTS, MILLIWATTS_ALL } from "./published.js";
import { architectureOf } from "./recorded.js";

function evaluate({ name, layer, mapping }: ChipRun, architecture: Architecture): Evaluation {
  const legal = checkLegality(onPads(mapping), layer, architecture);
  if (!legal.ok) throw new Error(`${name}: ${legal.errors.map(({ message }) => message).join("; ")}`);
  return price(predict(legal.value), legal.value);
}

const PARTS = ["GLB", "FilterPad", "IfmapPad", "PsumPad"];
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** pJ on the chip by part: the memories, the network, the multipliers; what leaks is in each. */
function partsOf(priced: Evaluation, architecture: Architecture): readonly number[] {
  const levels = PARTS.map((part) => {
    const index = architecture.levels.findIndex(({ name }) => name === part);
    return priced.levels.find(({ level }) => level === index)?.energy ?? Number.NaN;
  });
  return [...levels, sum(priced.networks.map(({ energy }) => energy)), priced.compute.energy];
}

/** Milliwatts on the chip, by the estimators, of the chip's own mappings, beside those measured. */
export function power(network: "alexnet" | "vgg16"): string {
  const architecture = architectureOf("eyeriss-65nm.yaml");
  const runs = (chipRuns().get(network) ?? []).map((run) => {
    const priced = evaluate(run, architecture);
    return { name: run.name, parts: partsOf(priced, architecture), cycles: priced.cycles };
  });
  const line = (name: string, parts: readonly number[], cycles: number, measured: number): readonly string[] => {
    // pJ a cycle times the clock in GHz are mW.
    const milliwatts = parts.map((pJ) => (pJ / cycles) * 1e-9 * architecture.clockHz);
    const all = sum(milliwatts);
    return [
      name,
      ...milliwatts.map((mW) => mW.toFixed(0)),
      all.toFixed(0),
      String(measured),
      (all / measured).toFixed(2),
    ];
  };
  const rows = runs.map(({ name, parts, cycles }, i) =>
    line(name, parts, cycles, MILLIWATTS[network][i] ?? Number.NaN),
  );
  const total = runs[0]?.parts.map((_, part) => sum(runs.map(({ parts }) => parts[part] ?? 0))) ?? [];
  const last = line("all", total, sum(runs.map(({ cycles }) => cycles)), MILLIWATTS_ALL[network]);
  const titles = ["buffer", "filter pads", "ifmap pads", "psum pads", "hops", "MACs", "all of these", "chip", "share"];
  return table([left("mW"), ...titles.map(right)], [...rows, last], markdownPaint);
}
