import type { Affine } from "../../../workloads/index.js";
import type { Nest } from "../nest.js";

/** The loops on one variable above a place, outermost first. */
interface Chain {
  readonly variable: number;
  readonly bound: number;
  readonly positions: readonly number[];
  readonly bys: readonly number[];
  readonly areTemporal: readonly boolean[];
}

/** Rules 1 to 3 for a whole cohort: where its box is at a step, before the instances' offsets. */
export class Locator {
  readonly ranks: readonly Affine[];
  /** Variables of the tensor: their temporal loops give the box its place. */
  readonly moving: readonly Chain[];
  /** Variables that do not divide evenly: extents change and instances may idle. */
  readonly uneven: readonly Chain[];
  readonly starts: Float64Array;
  /** Of each variable at the place; of even ones always the same. */
  readonly extents: Float64Array;
  /** The box that was located last; it is overwritten. */
  readonly found: { readonly low: number[]; readonly size: number[] };

  constructor(nest: Nest, position: number, ranks: readonly Affine[]) {
    const { bounds } = nest.einsum;
    const chains = bounds.map((bound, variable): Chain => {
      const own = nest.loops.filter(({ loop, position: p }) => loop.variable === variable && p < position);
      return {
        variable,
        bound,
        positions: own.map((placed) => placed.position),
        bys: own.map(({ loop }) => loop.by),
        areTemporal: own.map(({ loop }) => loop.kind === "for"),
      };
    });
    const relevant = new Set(ranks.flatMap(({ terms }) => terms.map(({ variable }) => variable)));
    this.ranks = ranks;
    this.moving = chains.filter(({ variable }) => relevant.has(variable));
    this.uneven = chains.filter(({ variable }) => !nest.areEven[variable]);
    this.found = { low: ranks.map(() => 0), size: ranks.map(() => 1) };
    this.starts = new Float64Array(bounds.length);
    this.extents = Float64Array.from(chains, ({ bound, bys }) => Math.min(bound, bys.at(-1) ?? bound));
  }

  /** Finds the box of the instances that have the sample's indices, at the temporal indices of a step; false where they idle. */
  locate(sample: Int32Array, step: Int32Array): boolean {
    const { starts, extents } = this;
    for (const { variable, bound, positions, bys, areTemporal } of this.uneven) {
      let extent = bound;
      for (let i = 0; i < positions.length; i++) {
        const [p, by] = [positions[i]!, bys[i]!];
        const k = areTemporal[i] ? step[p]! : sample[p]!;
        extent = Math.min(by, extent - k * by);
        if (extent <= 0) return false;
      }
      extents[variable] = extent;
    }
    for (const { variable, positions, bys, areTemporal } of this.moving) {
      let start = 0;
      for (let i = 0; i < positions.length; i++) if (areTemporal[i]) start += step[positions[i]!]! * bys[i]!;
      starts[variable] = start;
    }
    const { low, size } = this.found;
    for (let axis = 0; axis < low.length; axis++) {
      const { terms, offset } = this.ranks[axis]!;
      let least = offset;
      let extent = 1;
      for (const { variable, coefficient } of terms) {
        const [start, length] = [starts[variable]!, extents[variable]!];
        least += coefficient * (coefficient > 0 ? start : start + length - 1);
        extent += Math.abs(coefficient) * (length - 1);
      }
      low[axis] = least;
      size[axis] = extent;
    }
    return true;
  }
}

/**
 * By position: whether a step in which the temporal loop there is the outermost that moves on can change the boxes, or who works, at a
 * place. It can where a loop from there down to the place is on a variable that the box, or idling, depends on.
 */
export function affectsOf(nest: Nest, position: number, ranks: readonly Affine[]): readonly boolean[] {
  const relevant = new Set(ranks.flatMap(({ terms }) => terms.map(({ variable }) => variable)));
  const matters = nest.mapping.nodes.map(
    (node, p) =>
      p < position &&
      node.kind === "for" &&
      node.extent > node.by &&
      (relevant.has(node.variable) || !nest.areEven[node.variable]),
  );
  return nest.mapping.nodes.map((_, p) => matters.slice(p).some((does) => does));
}
