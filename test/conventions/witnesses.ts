import { expect } from "chai";
import type { LegalMapping } from "../../mappings/index.js";
import { evaluateAsTimeloop } from "../../sim/conventions/index.js";
import { execute } from "../../sim/machine/index.js";
import { predict } from "../../sim/model/index.js";
import { type Evaluation, price } from "../../sim/pricing/index.js";
import { seededInputs } from "../../workloads/index.js";

/**
 * Three parties on one design: the machine, which executes it, the model, which must agree with the machine on everything,
 * and timeloop-model. Where the last differs, docs/conventions.md shows both numbers.
 */
export function differences(name: string, legal: LegalMapping): readonly string[] {
  const machine = price(execute(legal, seededInputs(legal.layer.einsum, 1)).counts, legal);
  expect(price(predict(legal), legal), `${name}: model and machine`).to.deep.equal(machine);
  const theirs = evaluateAsTimeloop(legal, { linkTransfers: false });
  const rows = theirs.levels.flatMap((level) =>
    level.tensors.flatMap((t) =>
      (["reads", "fills", "updates"] as const).flatMap((action) => {
        const executed = executedOf(machine, level.level, t.tensor)[action];
        const printed = t[action] * t.instances;
        // Timeloop prints a rounded average over the instances.
        if (Math.abs(executed - printed) <= t.instances / 2) return [];
        return [`| ${name} | ${action} of ${t.name} at ${level.name} | ${printed} | ${executed} |`];
      }),
    ),
  );
  if (theirs.evaluation.cycles === machine.cycles) return rows;
  return [...rows, `| ${name} | cycles | ${theirs.evaluation.cycles} | ${machine.cycles} |`];
}

function executedOf(
  { levels }: Evaluation,
  level: number,
  tensor: number,
): Evaluation["levels"][number]["tensors"][number] {
  const found = levels.find((l) => l.level === level)?.tensors.find((t) => t.tensor === tensor);
  if (found === undefined) throw new Error(`no tensor ${tensor} at level ${level}`);
  return found;
}
