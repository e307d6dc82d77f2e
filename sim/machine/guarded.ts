import type { LegalMapping } from "../../mappings/index.js";
import type { ComputeLayout, Run } from "./compute.js";
import type { KernelPlan } from "./kernel.js";
import { at } from "./nest.js";
import type { Program } from "./program.js";
import { operandsOf } from "./tensors.js";

/** Runs operations one by one, leaving out those with an operand outside its tensor: for maxima and minima of more than copies. */
export function guardedRun(
  mapping: LegalMapping,
  { ports }: ComputeLayout,
  { words, arithmetic, memory }: Program,
  plan: KernelPlan,
): Run {
  const operands = operandsOf(mapping.layer.einsum);
  const bytes = words.BYTES_PER_ELEMENT;
  const addresses = new Int32Array(memory.buffer);
  return ({ first, count }, { lengths }, distances, points) => {
    for (let i = first; i < first + count; i++) {
      const starts = plan.tables.map((table, o) => (at(addresses, table / 4 + i) + at(distances, o)) / bytes);
      const corners = operands.map((t) => {
        const { offsets } = at(ports, t).instances;
        const point = at(points, t);
        return point.map((x, axis) => x + at(offsets, i * point.length + axis));
      });
      const along = (loop: number, places: readonly number[], at_: readonly (readonly number[])[]): void => {
        if (loop < lengths.length) {
          for (let k = 0; k < at(lengths, loop); k++)
            along(
              loop + 1,
              places.map((place, o) => place + (k * at(at(plan.loops, loop).strides, o)) / bytes),
              at_.map((point, o) => {
                const steps = at(at(ports, at(operands, o)).steps, loop);
                return point.map((x, axis) => x + k * at(steps, axis));
              }),
            );
          return;
        }
        const isInside = at_.every((point, o) => {
          const { shape } = at(ports, at(operands, o)).laid;
          return point.every((x, axis) => x >= 0 && x < at(shape, axis));
        });
        if (!isInside) return;
        const output = at(places, places.length - 1);
        const value = arithmetic.combine(places.slice(0, -1).map((place) => at(words, place)));
        words[output] = arithmetic.accumulate(at(words, output), value);
      };
      along(0, starts, corners);
    }
  };
}
