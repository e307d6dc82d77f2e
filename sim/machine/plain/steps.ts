import type { LegalMapping } from "../../../mappings/index.js";
import { at, iterationOf, type Range } from "../nest.js";

/** Rule 3: every step, as the index of each temporal loop by position (0 elsewhere). The array is reused. */
export function* stepsOf(mapping: LegalMapping): Generator<Int32Array> {
  const indices = new Int32Array(mapping.nodes.length);
  const ranges: Range[] = mapping.layer.einsum.bounds.map((bound) => ({ start: 0, end: bound }));
  function* below(position: number): Generator<Int32Array> {
    const node = mapping.nodes[position];
    if (node === undefined) yield indices;
    else if (node.kind === "keep") yield* below(position + 1);
    else {
      const above = at(ranges, node.variable);
      for (let k = 0; ; k++) {
        const range = iterationOf(above, node.by, k);
        if (range === null || (node.kind === "spatial" && k > 0)) break;
        ranges[node.variable] = range;
        indices[position] = k;
        yield* below(position + 1);
      }
      ranges[node.variable] = above;
      indices[position] = 0;
    }
  }
  yield* below(0);
}
