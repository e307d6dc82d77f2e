import { stringify } from "csv-stringify/sync";
import { leakageOf } from "./layer-text.js";
import type { LayerResult } from "./result.js";

const HEADER = [
  "workload",
  "layer",
  "architecture",
  "dataflow",
  "objective",
  "level",
  "tensor",
  "instances",
  "utilized_instances",
  "capacity_words",
  "used_words",
  "tile_words",
  "fills_words",
  "reads_words",
  "updates_words",
  "drains_words",
  "energy_pJ",
  "level_cycles",
  "layer_macs",
  "layer_cycles",
  "layer_energy_pJ",
  "layer_utilization",
  "layer_machine_cycles",
  "layer_leakage_pJ",
  "layer_runs",
  "layer_pass",
  "area_um2",
  "clock_Hz",
] as const;

/** Where machines ran by the clock: what the run looks like from the row's level and tensor. */
const TIMED = ["filling_cycles", "draining_cycles", "stalled_cycles"] as const;

/**
 * Tidy CSV with a header that names units: one row a layer × level × tensor. Networks and compute stand as rows whose tensor is
 * empty, so that the energies of a layer's rows add up to the layer's energy but for leakage, which has a row `leakage` of its level.
 */
export function printCsv(results: readonly LayerResult[]): string {
  const isTimed = results.some(({ timing }) => timing !== undefined);
  return stringify([
    [...HEADER, ...(isTimed ? TIMED : [])],
    ...results.flatMap((result) => rowsOf(result, (level, tensor) => (isTimed ? timed(result, level, tensor) : []))),
  ]);
}

function timed({ timing }: LayerResult, level: string, tensor: string): readonly (string | number)[] {
  const seen = timing?.levels.find((one) => one.level === level && one.tensor === tensor);
  return seen === undefined ? ["", "", ""] : [seen.filling, seen.draining, seen.stalled];
}

type Timed = (level: string, tensor: string) => readonly (string | number)[];

function rowsOf(result: LayerResult, timedOf: Timed): readonly (readonly (string | number)[])[] {
  const { workload, layer, architecture, dataflow = "", objective = "" } = result;
  const first = [workload, layer, architecture, dataflow, objective];
  const { machineCycles = "", leakage_pJ = 0, repeat = 1, pass = "" } = result;
  const last = [
    ...[result.macs, result.cycles, result.energy_pJ, result.utilization],
    ...[machineCycles, leakage_pJ, repeat, pass, result.area_um2, result.clock_Hz ?? ""],
  ];
  const levels = result.levels.flatMap((level) => {
    const about = [level.instances, level.utilizedInstances, level.capacityWords ?? "", level.usedWords];
    const tensors = Object.entries(level.tensors).map(([tensor, t]) => [
      ...[...first, level.name, tensor, ...about, t.tileWords, t.fills, t.reads, t.updates, t.drains, t.energy_pJ],
      ...[level.cycles, ...last, ...timedOf(level.name, tensor)],
    ]);
    const rest = leakageOf(level);
    const leakage = [
      ...[...first, level.name, "leakage", ...about, "", "", "", "", "", rest, level.cycles],
      ...[...last, ...timedOf(level.name, "")],
    ];
    return rest === 0 ? tensors : [...tensors, leakage];
  });
  const plain = (name: string, energy: number, tensor = ""): readonly (string | number)[] => [
    ...[...first, name, tensor, "", "", "", "", "", "", "", "", "", energy, "", ...last, ...timedOf("", "")],
  ];
  const networks = result.networks.map((network) => plain(network.name, network.energy_pJ));
  const { idle } = result;
  const leaking = idle === undefined ? [] : [plain(idle.name, idle.energy_pJ, "leakage")];
  return [...levels, ...networks, plain("compute", result.compute.energy_pJ), ...leaking];
}
