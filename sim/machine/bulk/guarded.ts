import type { Program } from "../code/program.js";
import { at, type Nest } from "../nest.js";
import { operandsOf } from "../tensors.js";
import type { Runner } from "./compute.kernel.js";
import type { ComputeLayout } from "./ports.js";

/** Runs operations one by one, leaving out those with an operand outside its tensor: for maxima and minima of more than copies. */
export function guardedRun(
  nest: Nest,
  { ports }: ComputeLayout,
  { words, arithmetic, memory }: Program,
  tables: readonly number[],
): Runner {
  const operands = operandsOf(nest.einsum).map((t) => at(ports, t));
  const all = [...operands, at(ports, ports.length - 1)];
  const addresses = new Int32Array(memory.buffer);
  const run: Runner["run"] = ({ first, count }, segment, distances, computes) => {
    const { lengths } = segment;
    const corners = operands.map(({ laid: { t } }) => computes.pointOf(t, segment));
    const along = (loop: number, places: readonly number[], points: readonly (readonly number[])[]): void => {
      if (loop < lengths.length) {
        for (let k = 0; k < at(lengths, loop); k++)
          along(
            loop + 1,
            places.map((place, o) => place + k * at(at(all, o).byteSteps, loop)),
            points.map((point, o) => point.map((x, axis) => x + k * at(at(at(operands, o).steps, loop), axis))),
          );
        return;
      }
      const isInside = points.every((point, o) =>
        point.every((x, axis) => x >= 0 && x < at(at(operands, o).laid.shape, axis)),
      );
      if (!isInside) return;
      const [output = 0, ...values] = places.map((place) => place / words.BYTES_PER_ELEMENT).reverse();
      const value = arithmetic.combine(values.reverse().map((place) => at(words, place)));
      words[output] = arithmetic.accumulate(at(words, output), value);
    };
    for (let i = first; i < first + count; i++)
      along(
        0,
        tables.map((table, o) => at(addresses, table / 4 + i) + at(distances, o)),
        operands.map(({ instances: { offsets } }, o) => {
          const corner = at(corners, o);
          return corner.map((x, axis) => x + at(offsets, i * corner.length + axis));
        }),
      );
  };
  return { run, prepare: null };
}
