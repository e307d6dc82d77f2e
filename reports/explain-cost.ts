import type { StorageLevel } from "../arch-specs/index.js";
import type { LegalMapping } from "../mappings/index.js";
import type { Counts, TensorAccesses } from "../sim/counts.js";
import type { Evaluation } from "../sim/pricing/index.js";
import { type ExplainedSummand, type Explanation, plainSummand } from "./explanation.js";
import { networkName } from "./layer-result.js";
import { count, short } from "./numbers.js";

const ACTIONS = ["fills", "reads", "updates", "drains"] as const;
type Action = (typeof ACTIONS)[number];
const ENERGY_OF: Readonly<Record<Action, "write" | "read" | "update">> = {
  ...{ fills: "write", reads: "read", updates: "update", drains: "read" },
};

/** The energy of a run, or of one tensor at one level, as accesses times their energies. */
export function explainEnergy(
  legal: LegalMapping,
  counts: Counts,
  priced: Evaluation,
  of: { readonly level: number; readonly tensor: number } | null,
): Explanation {
  const accesses = counts.levels.flatMap((level) =>
    level.tiles.flatMap(({ tensor }) =>
      of === null || (of.level === level.level && of.tensor === tensor)
        ? ACTIONS.flatMap((action) => accessEnergy(legal, level, tensor, action))
        : [],
    ),
  );
  const rest = of === null ? otherEnergies(legal, priced) : [];
  const names = of === null ? null : namesOf(legal, of.level, of.tensor);
  const summands = [...accesses, ...rest].sort((a, b) => b.value - a.value);
  return {
    count: names === null ? "energy" : `${names.level}.${names.tensor}.energy`,
    says: names === null ? "energy of the whole run" : `energy of all accesses to ${names.tensor} in ${names.level}`,
    unit: "pJ",
    value: of === null ? priced.energy : summands.reduce((sum, { value }) => sum + value, 0),
    combine: "sum",
    summands,
  };
}

function accessEnergy(
  legal: LegalMapping,
  { level, classes }: Counts["levels"][number],
  tensor: number,
  action: Action,
): readonly ExplainedSummand[] {
  const storage = storageIn(legal, level);
  let [words, blocks] = [0, 0];
  for (const { instances, tensors } of classes) {
    const accesses = tensors.find((one) => one.tensor === tensor)?.[action] ?? 0;
    words += instances * accesses;
    blocks += instances * Math.ceil(accesses / storage.block);
  }
  if (words === 0) return [];
  const each = storage.energy[ENERGY_OF[action]];
  const names = namesOf(legal, level, tensor);
  const moved = storage.block === 1 ? `${count(words)} words` : `${count(blocks)} blocks of ${storage.block} words`;
  return [
    plainSummand(
      `${names.level}.${names.tensor}.${action}: ${moved} × ${short(each)} pJ (${ENERGY_OF[action]})`,
      blocks * each,
    ),
  ];
}

function otherEnergies({ architecture }: LegalMapping, priced: Evaluation): readonly ExplainedSummand[] {
  const networks = priced.networks.map(({ level, hops, energy, leakage }) => {
    const hopping = energy - leakage;
    const each = short(hops === 0 ? 0 : hopping / hops);
    return plainSummand(`${networkName(architecture, level)}: ${count(hops)} hops × ${each} pJ`, hopping);
  });
  const { operations, posts, postEnergy, energy, leakage } = priced.compute;
  const operating = energy - leakage - postEnergy;
  const others = [
    plainSummand(`compute: ${count(operations)} operations × ${short(operating / operations)} pJ`, operating),
    plainSummand(
      `post-steps: ${count(posts)} finished words × ${short(posts === 0 ? 0 : postEnergy / posts)} pJ`,
      postEnergy,
    ),
    plainSummand(`leakage: all instances of everything in ${count(priced.cycles)} cycles`, priced.leakage),
  ];
  return [...networks, ...others].filter(({ value }) => value !== 0);
}

/** The cycles of a run: those of the slowest resource, all others overlapping with it. */
export function explainCycles(legal: LegalMapping, counts: Counts, priced: Evaluation): Explanation {
  const compute = legal.architecture.levels.at(-1);
  const rate = compute?.kind === "compute" ? compute.operationsPerCycle : 1;
  const steps = plainSummand(
    `${count(counts.steps)} steps of the temporal loops ÷ ${count(rate)} a cycle`,
    counts.steps / rate,
  );
  const ports = counts.levels.flatMap((level) => portCycles(legal, level));
  const summands = [steps, ...ports].sort((a, b) => b.value - a.value);
  return {
    ...{ count: "cycles", says: "cycles of the slowest resource; all others overlap with it" },
    ...{ unit: "cycles", value: priced.cycles, combine: "largest", summands },
  };
}

function portCycles(legal: LegalMapping, { level, classes }: Counts["levels"][number]): readonly ExplainedSummand[] {
  const { name, bandwidth } = storageIn(legal, level);
  const busiest = (words: (accesses: TensorAccesses) => number): number =>
    Math.max(0, ...classes.map(({ tensors }) => tensors.reduce((sum, accesses) => sum + words(accesses), 0)));
  const out = (t: TensorAccesses): number => t.reads + t.drains;
  const into = (t: TensorAccesses): number => t.fills + t.updates;
  const ports = [
    { port: "read", what: "reads and drains", width: bandwidth.read, words: busiest(out) },
    { port: "write", what: "fills and updates", width: bandwidth.write, words: busiest(into) },
    { port: "shared", what: "accesses", width: bandwidth.shared, words: busiest((t) => out(t) + into(t)) },
  ];
  return ports
    .filter(({ width }) => Number.isFinite(width))
    .map(({ port, what, width, words }) =>
      plainSummand(
        `${name} ${port} port: ${count(words)} ${what} of the busiest instance ÷ ${short(width)} words a cycle`,
        words / width,
      ),
    );
}

function storageIn({ architecture }: LegalMapping, level: number): StorageLevel {
  const storage = architecture.levels[level];
  if (storage?.kind !== "storage") throw new Error(`level ${level} is no storage`);
  return storage;
}

function namesOf(
  { layer, architecture }: LegalMapping,
  level: number,
  tensor: number,
): { level: string; tensor: string } {
  return { level: architecture.levels[level]?.name ?? "", tensor: layer.einsum.tensors[tensor]?.name ?? "" };
}
