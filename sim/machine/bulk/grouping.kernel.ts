/**
 * Which requests and drains are merged (docs/semantics.md, rules 8 to 12), found by comparing the boxes that instances send. The
 * answer depends on the boxes relative to each other only, so it is kept and used again as long as they stay so.
 */

import type { Region } from "./regions.kernel.js";
import type { Instances, Network } from "./stages.js";

/** The same boxes asked for, or sent, by all instances of a cohort, each moved by its own offset. */
export interface Message {
  readonly cohort: { readonly index: number; readonly first: number; readonly count: number };
  readonly corner: readonly number[];
  /** The box around the words, relative to the corner. */
  readonly box: Region;
  /** Words of the box that are not among them: null, or a box such that the rest is not a box itself. */
  readonly hole: Region | null;
}

/** Sets of same messages. */
export interface Groups {
  /** How many there are. */
  readonly sets: number;
  /** Sets whose messages come from one cohort (or count as if they did), added up: `times` sets at this parent. */
  readonly parents: Int32Array;
  readonly cohorts: Int32Array;
  readonly times: Int32Array;
  /** Sets with messages from several cohorts: the parent, and one instance of each cohort. */
  readonly mixed: readonly { readonly parent: number; readonly members: readonly number[] }[];
  /** For every set an instance that sent it, and its parent. */
  readonly senders: Int32Array;
  readonly senderParents: Int32Array;
  /** Of each of these, whether other cohorts sent it as well. */
  readonly areMixed: readonly boolean[];
}

/** Sets as they are read or written at the parents, and as they cross each fan-out on the way, outermost first. */
export interface Merging {
  readonly accesses: Groups;
  readonly hops: readonly Groups[];
}

/** Compares the messages of one step. */
export function merged(instances: Instances, network: Network, messages: readonly Message[]): Merging {
  const members = Int32Array.from(
    messages.flatMap(({ cohort: { first, count } }) => Array.from({ length: count }, (_, i) => first + i)),
  );
  const cohorts = Int32Array.from(messages.flatMap(({ cohort }) => Array<number>(cohort.count).fill(cohort.index)));
  const rank = instances.laid.ranks.length;
  let sets = refined(new Int32Array(members.length), instances.parents, members);
  const lows = (axis: number): Int32Array => {
    const column = new Int32Array(members.length);
    let i = 0;
    for (const { cohort, corner, box } of messages) {
      const low = corner[axis]! + box.low[axis]!;
      for (let m = 0; m < cohort.count; m++, i++) column[i] = low + instances.offsets[members[i]! * rank + axis]!;
    }
    return column;
  };
  const each = (numberOf: (message: Message) => number): Int32Array =>
    Int32Array.from(messages.flatMap((message) => Array<number>(message.cohort.count).fill(numberOf(message))));
  for (let axis = 0; axis < rank; axis++) {
    sets = refined(sets, lows(axis));
    if (messages.length === 1) continue;
    sets = refined(
      sets,
      each(({ box }) => box.size[axis] ?? 0),
    );
    sets = refined(
      sets,
      each(({ hole }) => hole?.size[axis] ?? 0),
    );
    sets = refined(
      sets,
      each(({ box, hole }) => (hole === null ? 0 : (hole.low[axis] ?? 0) - (box.low[axis] ?? 0))),
    );
  }
  const groups = network.crossings.map((_, j) =>
    groupsOf(positioned(network, sets, j + 1, members), members, cohorts, instances),
  );
  return { accesses: groupsOf(positioned(network, sets, 0, members), members, cohorts, instances), hops: groups };
}

/** Sets split by positions: on the first `separate` fan-outs by all, further inside by those of axes that do not share. */
function positioned(network: Network, sets: Int32Array, separate: number, members: Int32Array): Int32Array {
  let split = sets;
  network.crossings.forEach(({ shares }, i) => {
    for (const axis of ["x", "y"] as const) {
      const positions = network.positions[i]?.[axis];
      if (positions !== undefined && (i < separate || !shares[axis])) split = refined(split, positions, members);
    }
  });
  return split;
}

/** Numbers sets anew, so that two items share one only where they did and their values are equal. */
function refined(sets: Int32Array, values: Int32Array, members: Int32Array | null = null): Int32Array {
  let least = 0;
  let greatest = 0;
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (least === greatest) return sets;
  const span = greatest - least + 1;
  const numbers = new Map<number, number>();
  return sets.map((set, i) => {
    const value = values[members === null ? i : members[i]!]!;
    const key = set * span + value - least;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  });
}

function groupsOf(sets: Int32Array, members: Int32Array, cohorts: Int32Array, instances: Instances): Groups {
  const found: {
    readonly parent: number;
    readonly cohort: number;
    readonly members: number[];
    readonly cohorts: Set<number>;
  }[] = [];
  const numbers = new Map<number, number>();
  sets.forEach((set, i) => {
    const [member, cohort] = [members[i]!, cohorts[i]!];
    const number_ = numbers.get(set);
    const known = number_ === undefined ? undefined : found[number_];
    if (known === undefined) {
      numbers.set(set, found.length);
      found.push({
        parent: instances.parents[member]!,
        cohort,
        members: [member],
        cohorts: new Set([cohort]),
      });
    } else if (!known.cohorts.has(cohort)) {
      known.cohorts.add(cohort);
      known.members.push(member);
    }
  });
  const times = new Map<string, { readonly parent: number; readonly cohort: number; times: number }>();
  for (const { parent, cohort, members: distinct } of found) {
    if (distinct.length > 1) continue;
    const key = `${parent} ${cohort}`;
    const known = times.get(key);
    if (known === undefined) times.set(key, { parent, cohort, times: 1 });
    else known.times++;
  }
  const added = [...times.values()];
  return {
    sets: found.length,
    parents: Int32Array.from(added, ({ parent }) => parent),
    cohorts: Int32Array.from(added, ({ cohort }) => cohort),
    times: Int32Array.from(added, (a) => a.times),
    mixed: found.filter((group) => group.members.length > 1),
    senders: Int32Array.from(found, (group) => group.members[0]!),
    senderParents: Int32Array.from(found, ({ parent }) => parent),
    areMixed: found.map((group) => group.members.length > 1),
  };
}

/** Keeps mergings by what they depend on: the cohorts that send, and their boxes relative to the first. */
export class Mergings {
  readonly instances: Instances;
  readonly network: Network;
  readonly alone: (Merging | undefined)[] = [];
  readonly together: Map<string, Merging> = new Map();
  constructor(instances: Instances, network: Network) {
    this.instances = instances;
    this.network = network;
  }

  /** The messages of one cohort: whatever the box, they are the same where the offsets are. */
  ofOne(cohort: Message["cohort"]): Merging {
    const known = this.alone[cohort.index];
    if (known !== undefined) return known;
    const nowhere = this.instances.laid.ranks.map(() => 0);
    const box = { low: nowhere, size: nowhere };
    const found = merged(this.instances, this.network, [{ cohort, corner: nowhere, box, hole: null }]);
    this.alone[cohort.index] = found;
    return found;
  }

  of(messages: readonly Message[]): Merging {
    const [first] = messages;
    if (first !== undefined && messages.length === 1) return this.ofOne(first.cohort);
    const key = keyOf(messages);
    const known = this.together.get(key);
    if (known !== undefined) return known;
    const found = merged(this.instances, this.network, messages);
    if (this.together.size >= MOST_KEPT) this.together.clear();
    this.together.set(key, found);
    return found;
  }
}
const MOST_KEPT = 4096;

/** Says all that the sets of the messages depend on, relative to the first corner. */
function keyOf(messages: readonly Message[]): string {
  const origin = messages[0]?.corner ?? [];
  let key = "";
  for (const { cohort, corner, box, hole } of messages) {
    key += `${cohort.index}:`;
    for (let axis = 0; axis < origin.length; axis++) {
      const from = corner[axis]! - origin[axis]!;
      key += `${from + box.low[axis]!},${box.size[axis]},`;
      if (hole !== null) key += `${from + hole.low[axis]!},${hole.size[axis]},`;
    }
    key += hole === null ? ";" : "h;";
  }
  return key;
}
