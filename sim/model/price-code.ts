import { type Architecture, chipLeakage, type StorageLevel } from "../../arch-specs/index.js";
import { times } from "./code-text.js";
import type { Layout } from "./layout.js";

/** Lines that price the counts in `o`: cycles and energy, by rules 13 and 14. */
export function priceLines(architecture: Architecture, layout: Layout): readonly string[] {
  const compute = architecture.levels.at(-1);
  if (compute?.kind !== "compute") throw new Error("the last level is not compute");
  const lines = [`let cycles = o[${layout.steps}] / ${compute.operationsPerCycle}, energy = 0;`];
  architecture.levels.forEach((level, i) => {
    if (level.kind === "fanout") {
      const hops = layout.networks.find((network) => network.level === i)?.hops;
      if (level.hopEnergy !== 0) lines.push(`energy += o[${hops}] * ${level.hopEnergy};`);
      return;
    }
    if (level.kind === "storage") lines.push(...levelLines(i, level, layout));
  });
  const macs = times([`o[${layout.steps}]`, `o[${layout.computeInstances}]`]);
  lines.push(`energy += ${macs} * ${compute.energy};`);
  const leakage = chipLeakage(architecture);
  if (leakage !== 0) lines.push(`energy += cycles * ${leakage};`);
  return [...lines, `o[${layout.cycles}] = cycles;`, `o[${layout.energy}] = energy;`];
}

function levelLines(index: number, { bandwidth, energy, block }: StorageLevel, layout: Layout): readonly string[] {
  const level = layout.levels.find((l) => l.level === index);
  if (level === undefined || level.tensors.length === 0) return [];
  const paid = (slot: number): string => (block === 1 ? `o[${slot}]` : `Math.ceil(o[${slot}] / ${block})`);
  const costs = level.tensors.map(
    (t) =>
      `${paid(t.fills)} * ${energy.write} + (${paid(t.reads)} + ${paid(t.drains)}) * ${energy.read} + ${paid(t.updates)} * ${energy.update}`,
  );
  const out = level.tensors.flatMap((t) => [`o[${t.reads}]`, `o[${t.drains}]`]).join(" + ");
  const into = level.tensors.flatMap((t) => [`o[${t.fills}]`, `o[${t.updates}]`]).join(" + ");
  const demands = [
    [out, bandwidth.read],
    [into, bandwidth.write],
    [`${out} + ${into}`, bandwidth.shared],
  ] as const;
  const bounds = demands.flatMap(([words, rate]) =>
    Number.isFinite(rate) ? [`cycles = Math.max(cycles, (${words}) / ${rate});`] : [],
  );
  return [`energy += o[${level.utilizedInstances}] * (${costs.join(" + ")});`, ...bounds];
}
