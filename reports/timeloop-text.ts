import type { TimeloopEvaluation } from "../sim/conventions/index.js";
import { count, energy } from "./numbers.js";
import { left, right, table } from "./table.js";

/** What timeloop-model prints for a mapping, of one instance, for people. */
export function timeloopText({ evaluation, levels }: TimeloopEvaluation): string {
  const head = [
    ...["level", "data space"].map(left),
    ...["tile", "instances", "reads", "fills", "updates", "energy"].map(right),
  ];
  const rows = levels.flatMap(({ name, tensors }) =>
    tensors.map((t, i) => [
      i === 0 ? name : "",
      t.name,
      count(t.tileWords),
      count(t.instances),
      count(t.reads),
      count(t.fills),
      count(t.updates),
      energy(t.energy),
    ]),
  );
  const total = `${count(evaluation.cycles)} cycles, ${energy(evaluation.energy)} in all`;
  return `as timeloop-model prints it, words and energy of one instance: ${total}\n${table(head, rows)}\n`;
}
