import { expect } from "chai";
import { format } from "../../base/index.js";
import { exportTimeloop, type LegalMapping } from "../../mappings/index.js";
import { evaluateAsTimeloop } from "../../sim/conventions/index.js";
import { legalFrom } from "./timeloop-files.js";

/** Timeloop's files of a mapping, read back, evaluate to what the mapping does. */
export function sameAfterwards(mapping: LegalMapping, name: string): void {
  const result = exportTimeloop(mapping);
  if (!result.ok) throw new Error(`${name}: ${result.errors.map(format).join("\n")}`);
  const again = legalFrom(result.value.files);
  for (const linkTransfers of [false, true])
    expect(figuresOf(again, linkTransfers), name).to.deep.equal(figuresOf(mapping, linkTransfers));
}

/** Per tensor, level by level: what is printed; names of levels may differ, where one was split per tensor. */
function figuresOf(mapping: LegalMapping, linkTransfers: boolean): unknown {
  const { evaluation, levels } = evaluateAsTimeloop(mapping, { linkTransfers });
  const tensors = mapping.layer.einsum.tensors.map(({ name }) => ({
    name,
    levels: levels.flatMap((level) =>
      level.tensors
        .filter((t) => t.name === name)
        .map((t) => [t.tileWords, t.instances, t.reads, t.fills, t.updates, Math.round(t.energy * 1e6)]),
    ),
  }));
  return { cycles: evaluation.cycles, energy: Math.round(evaluation.energy * 1000), tensors };
}
