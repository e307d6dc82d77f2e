/** The iterations of the block's loops that each cohort of compute instances works in, cut into boxes in which all or none of a cohort work. */

import { at, type Nest } from "../nest.js";
import type { Block } from "./block.js";

/** A box of loop indices, and who works in it. */
export interface Segment {
  /** Of each loop of the block. */
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
  /** Number of steps: the product of the lengths. */
  readonly steps: number;
  /** Numbers of the cohorts. */
  readonly cohorts: readonly number[];
}

/** One variable's loops, outermost first. */
interface Chain {
  readonly bound: number;
  readonly loops: readonly {
    readonly position: number;
    readonly by: number;
    readonly isTemporal: boolean;
    /** Its number in the block; −1 outside. */
    readonly inBlock: number;
  }[];
}

export class Trips {
  readonly even: readonly number[];
  readonly uneven: readonly Chain[];
  readonly loops: number;
  readonly known: Map<string, readonly Segment[]> = new Map();

  constructor(nest: Nest, block: Block) {
    this.loops = block.loops.length;
    this.even = block.loops.map(({ iterations }) => iterations);
    this.uneven = nest.einsum.bounds.flatMap((bound, variable) => {
      if (nest.areEven[variable]) return [];
      const own = nest.loops.filter(({ loop }) => loop.variable === variable);
      return [
        {
          bound,
          loops: own.map(({ loop, position }) => ({
            position,
            by: loop.by,
            isTemporal: loop.kind === "for",
            inBlock: block.loops.findIndex((inner) => inner.position === position),
          })),
        },
      ];
    });
  }

  /** The segments of a step of the loops outside the block. `samples`: the indices of an instance of each cohort. */
  segmentsOf(samples: readonly Int32Array[], step: Int32Array): readonly Segment[] {
    let key = "";
    const trips: (readonly number[] | null)[] = [];
    if (this.uneven.length > 0)
      for (const sample of samples) {
        const own = this.tripsOf(sample, step);
        trips.push(own);
        key += own === null ? "-;" : `${own.join()};`;
      }
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const found = cut(this.uneven.length > 0 ? trips : samples.map(() => this.even), this.loops);
    this.known.set(key, found);
    return found;
  }

  /** How many iterations of each of the block's loops an instance works in; null: it idles. */
  tripsOf(sample: Int32Array, step: Int32Array): readonly number[] | null {
    const trips = [...this.even];
    for (const { bound, loops } of this.uneven) {
      let extent = bound;
      for (const [depth, { position, by, isTemporal, inBlock }] of loops.entries()) {
        if (inBlock >= 0) {
          const needed = this.needed(loops.slice(depth + 1), sample);
          if (Math.min(by, extent) <= needed) return null;
          trips[inBlock] = Math.ceil((extent - needed) / by);
          extent = Math.min(by, extent);
        } else {
          extent = Math.min(by, extent - at(isTemporal ? step : sample, position) * by);
          if (extent <= 0) return null;
        }
      }
    }
    return trips;
  }

  /** The extent above these loops that an instance must exceed in order to work, at iteration 0 of the temporal ones. */
  needed(loops: Chain["loops"], sample: Int32Array): number {
    return loops.reduceRight(
      (need, { position, by, isTemporal }) => need + (isTemporal ? 0 : at(sample, position) * by),
      0,
    );
  }
}

/** Cuts every loop where the iterations of some cohort end. */
function cut(trips: readonly (readonly number[] | null)[], loops: number): readonly Segment[] {
  let segments: { readonly starts: readonly number[]; readonly lengths: readonly number[] }[] = [
    { starts: [], lengths: [] },
  ];
  for (let loop = 0; loop < loops; loop++) {
    const ends = [...new Set(trips.flatMap((own) => (own === null ? [] : [at(own, loop)])))].sort((a, b) => a - b);
    segments = segments.flatMap(({ starts, lengths }) =>
      ends.map((end, i) => {
        const start = i === 0 ? 0 : at(ends, i - 1);
        return { starts: [...starts, start], lengths: [...lengths, end - start] };
      }),
    );
  }
  return segments.flatMap(({ starts, lengths }) => {
    const cohorts = trips.flatMap((own, cohort) =>
      own?.every((n, loop) => n >= at(starts, loop) + at(lengths, loop)) ? [cohort] : [],
    );
    const steps = lengths.reduce((n, length) => n * length, 1);
    return cohorts.length === 0 ? [] : [{ starts, lengths, steps, cohorts }];
  });
}
