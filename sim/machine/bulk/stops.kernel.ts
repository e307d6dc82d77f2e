/** Where words are counted between two nodes: at the parents, and at every fan-out on the way; and which of these places has most. */
import type { Groups, Mergings } from "./grouping.kernel.js";
import type { Instances, Network } from "./stages.js";

const known: WeakMap<Network, Map<number, Int32Array>> = new WeakMap();

/**
 * By instance, the number of the place at which its words come past: its parent (0), or the mesh of the fan-out with this
 * number, counted from 1, outermost first.
 */
export function placesAt(instances: Instances, network: Network, fanout: number): Int32Array {
  if (fanout <= 1) return instances.parents;
  const byFanout = known.get(network) ?? new Map<number, Int32Array>();
  known.set(network, byFanout);
  const before = byFanout.get(fanout);
  if (before !== undefined) return before;
  const numbers = new Map<string, number>();
  const places = instances.parents.map((parent, i) => {
    const outside = network.positions.slice(0, fanout - 1).flatMap(({ x, y }) => [x[i], y[i]]);
    const key = [parent, ...outside].join();
    const number_ = numbers.get(key) ?? numbers.size;
    numbers.set(key, number_);
    return number_;
  });
  byFanout.set(fanout, places);
  return places;
}

/** The sets of same messages that are counted there. */
export function groupsAt({ accesses, hops }: ReturnType<Mergings["of"]>, fanout: number): Groups {
  return fanout <= 1 ? accesses : hops[fanout - 2]!;
}

/** The sets' words at the place that has most. */
export function busiest(places: Int32Array, { senders }: Groups, wordsOf: (g: number) => number): number {
  const sums = new Map<number, number>();
  let words = 0;
  for (let g = 0; g < senders.length; g++) {
    const place = places[senders[g]!]!;
    const sum = (sums.get(place) ?? 0) + wordsOf(g);
    sums.set(place, sum);
    words = Math.max(words, sum);
  }
  return words;
}

export function most(words: Float64Array): number {
  let found = 0;
  for (let i = 0; i < words.length; i++) if (words[i]! > found) found = words[i]!;
  return found;
}
