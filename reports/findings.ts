import { axisRooms, capacityRooms, type LegalMapping, poolName } from "../mappings/index.js";
import type { Counts } from "../sim/counts.js";
import type { Evaluation } from "../sim/pricing/index.js";
import { explainCycles, explainEnergy } from "./explain-cost.js";
import { count, energy, percent, ratio } from "./numbers.js";

/** One thing that makes an optimum what it is. */
export interface Finding {
  readonly kind: "capacity" | "fan-out" | "cycles" | "energy" | "dataflow";
  /** `GLB`, `PEs x`, `DRAM.Weights.reads`, `rs`. */
  readonly name: string;
  /** Words, instances, cycles, pJ, or the objective's value; null where there is none. */
  readonly value: number | null;
  /** What the value stands against: words or instances that there are, all cycles, all energy, the best value. */
  readonly limit: number | null;
  /** The capacity or fan-out is full, the resource is the slowest, the term the largest, the dataflow the next best. */
  readonly binds: boolean;
  readonly says: string;
}

/** Terms of the energy that are worth naming. */
const MOST_TERMS = 4;

/** What binds a mapping: capacities and fan-outs, how full and what the next larger tile would need; the slowest resource; the largest terms. */
export function bindingOf(legal: LegalMapping, counts: Counts, priced: Evaluation): readonly Finding[] {
  return [
    ...capacities(legal),
    ...fanouts(legal),
    ...cycles(legal, counts, priced),
    ...energies(legal, counts, priced),
  ];
}

function capacities(legal: LegalMapping): readonly Finding[] {
  const { einsum } = legal.layer;
  return capacityRooms(legal).map((room): Finding => {
    const { used, usable, next } = room;
    const step =
      next === null ? "" : `${einsum.tensors[next.tensor]?.name} with more of ${einsum.variables[next.variable]}`;
    const binds = next !== null && next.words > usable;
    const says =
      next === null
        ? "holds all that there is"
        : binds
          ? `full: the next larger tile, ${step}, needs ${count(next.words)}`
          : `room for the next larger tile, ${step}: ${count(next.words)}`;
    return { kind: "capacity", name: poolName(legal, room), value: used, limit: usable, binds, says };
  });
}

function fanouts(legal: LegalMapping): readonly Finding[] {
  return axisRooms(legal).map(({ fanout, axis, used, size, next }): Finding => {
    const binds = next !== null && next > size;
    const says =
      used === size
        ? "full"
        : next === null
          ? "nothing is left to spread"
          : binds
            ? `full: the next factor needs ${count(next)}`
            : `room for the next factor: ${count(next)}`;
    const name = `${legal.architecture.levels[fanout]?.name ?? ""} ${axis}`;
    return { kind: "fan-out", name, value: used, limit: size, binds: binds || used === size, says };
  });
}

function cycles(legal: LegalMapping, counts: Counts, priced: Evaluation): readonly Finding[] {
  return explainCycles(legal, counts, priced).summands.map(({ says, value }): Finding => {
    const [name = "", detail = says] = says.includes(": ") ? says.split(": ") : ["compute", says];
    return { kind: "cycles", name, value, limit: priced.cycles, binds: value === priced.cycles, says: detail };
  });
}

function energies(legal: LegalMapping, counts: Counts, priced: Evaluation): readonly Finding[] {
  const { summands } = explainEnergy(legal, counts, priced, null);
  return summands.slice(0, MOST_TERMS).map(({ says, value }, i): Finding => {
    const [name = "", detail = ""] = says.split(": ");
    return { kind: "energy", name, value, limit: priced.energy, binds: i === 0, says: detail };
  });
}

/** A dataflow beside the optimum. */
export interface DataflowBeside {
  readonly name: string;
  /** Whether the optimum itself obeys it. */
  readonly isObeyed: boolean;
  /** The best value under it; null where it has no mapping here, for the reason given. */
  readonly value: number | null;
  /** How well the value is known: `certified optimum`; or why there is none. */
  readonly says: string;
}

/** The dataflows as findings, the best first; the first that the optimum does not obey is the next best. */
export function dataflowFindings(best: number, dataflows: readonly DataflowBeside[]): readonly Finding[] {
  const sorted = [...dataflows].sort((a, b) => (a.value ?? Infinity) - (b.value ?? Infinity));
  const next = sorted.find(({ isObeyed, value }) => !isObeyed && value !== null);
  return sorted.map((one): Finding => {
    const { name, isObeyed, value, says } = one;
    const worse = value === null ? "" : `${distanceOf(value / best)}, `;
    const text = isObeyed
      ? "the best mapping is one of this dataflow"
      : `${one === next && (value ?? 0) >= best ? "next best: " : ""}${worse}${says}`;
    return { kind: "dataflow", name, value, limit: best, binds: one === next, says: text };
  });
}

/** `12.0 % worse`, `×3.08 as much`, `as good`. */
function distanceOf(ratioToBest: number): string {
  if (Math.abs(ratioToBest - 1) < 1e-9) return "as good";
  if (ratioToBest < 1) return `${percent(1 - ratioToBest)} better`;
  return ratioToBest < 2 ? `${percent(ratioToBest - 1)} worse` : `${ratio(ratioToBest)} as much`;
}

/** Value and limit as people read them: `54,000 of 55,296 words`. */
export function findingCells({ kind, value, limit }: Finding): readonly [string, string] {
  if (value === null) return ["", ""];
  const share = limit === null || limit === 0 ? "" : percent(value / limit);
  switch (kind) {
    case "capacity":
      return [`${count(value)} of ${count(limit ?? 0)} words`, share];
    case "fan-out":
      return [`${count(value)} of ${count(limit ?? 0)}`, share];
    case "cycles":
      return [`${count(value)} cycles`, share];
    case "energy":
      return [energy(value), share];
    case "dataflow":
      return [value.toPrecision(4), limit === null ? "" : `×${(value / limit).toFixed(2)}`];
  }
}
