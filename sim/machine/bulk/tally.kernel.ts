import { at } from "../nest.js";
import type { Groups } from "./grouping.kernel.js";
import { eachPoint, wordsInside } from "./regions.kernel.js";
import type { Cohort, Node } from "./stages.js";

/**
 * The words of sets of same messages, each set once, added up at the parents that serve them. Where several cohorts sent one set,
 * the words that at least one of them moves.
 */
export function tally(node: Node, groups: Groups, isFree: boolean, parents: Float64Array | null): number {
  const { cohorts, cohortOf } = node;
  let total = 0;
  const count = (parent: number, words: number): void => {
    total += words;
    if (parents !== null) parents[parent] = parents[parent]! + words;
  };
  if (isFree)
    groups.senders.forEach((sender, g) => {
      if (groups.areMixed[g]) return;
      count(at(groups.senderParents, g), insideOf(node, at(cohorts, at(cohortOf, sender)), sender));
    });
  else
    for (let g = 0; g < groups.parents.length; g++) {
      const { moved } = cohorts[groups.cohorts[g]!]!;
      count(groups.parents[g]!, moved.words * groups.times[g]!);
    }
  for (const { parent, members } of groups.mixed) count(parent, unionOf(node, members, isFree));
  return total;
}

/** The words of each set by itself, in the order of `senders`. */
export function wordsOfSets(node: Node, groups: Groups, isFree: boolean): Float64Array {
  let mixed = 0;
  return Float64Array.from(groups.senders, (sender, g) => {
    if (groups.areMixed[g]) return unionOf(node, at(groups.mixed, mixed++).members, isFree);
    const cohort = at(node.cohorts, at(node.cohortOf, sender));
    return isFree ? insideOf(node, cohort, sender) : cohort.moved.words;
  });
}

const insideOf = ({ laid, offsets }: Node, { moved, held }: Cohort, instance: number): number =>
  wordsInside(moved.pieces, held.low, laid.shape, offsets, instance * laid.ranks.length);

/** Words that at least one of the instances moves. */
function unionOf(node: Node, members: readonly number[], isFree: boolean): number {
  const cohort = (member: number): Cohort => at(node.cohorts, at(node.cohortOf, member));
  const rank = node.laid.ranks.length;
  const whole = members.find((member) => cohort(member).moved.isAll);
  if (whole !== undefined) return isFree ? insideOf(node, cohort(whole), whole) : cohort(whole).moved.words;
  const words = new Set<string>();
  for (const member of members)
    for (const piece of cohort(member).moved.pieces)
      eachPoint(piece, (point) => {
        const corner = cohort(member).held.low;
        const absolute = point.map((x, axis) => x + at(corner, axis) + at(node.offsets, member * rank + axis));
        if (isFree && absolute.some((x, axis) => x < 0 || x >= at(node.laid.shape, axis))) return;
        words.add(absolute.join());
      });
  return words.size;
}
