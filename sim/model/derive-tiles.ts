import { copiesOf, digitsOf, sharingOf, temporalCopies } from "./copies.js";
import { type Chain, ChainBuilder, type Reason, type Summand } from "./derivation.js";
import { movedAlone, placeOf } from "./folded.js";
import { enteredWords } from "./motion.js";
import { extentsAt, isPerfect, type Link, type Nest, reuseAt } from "./nest.js";
import { countsOf } from "./predict.js";
import { isCoupled, isRelevant, lengthsOf } from "./projection.js";
import { combinations, rowsBelow, siblingsOf } from "./siblings.js";
import { unionOf } from "./spread.js";

type Rows = readonly number[];

/** Words that move into one instance's tile, or that it ever holds, while so many outer temporal loops are at their first iterations. */
type Words = (outer: number) => number;

/** The words that move into the tile of one instance, named by its rows. */
export function movedChain(nest: Nest, link: Link, rows: Rows): Chain {
  return chainOf(nest, link, rows, "requested");
}

/** The words that the instance ever holds. */
export function heldChain(nest: Nest, link: Link, rows: Rows): Chain {
  return chainOf(nest, link, rows, "held");
}

function chainOf(nest: Nest, link: Link, rows: Rows, what: "requested" | "held"): Chain {
  return builderOf(nest, link, rows, what).chain();
}

function builderOf(nest: Nest, link: Link, rows: Rows, what: "requested" | "held"): ChainBuilder {
  const loops = temporalsAbove(nest, link);
  const words = wordsOf(nest, link, rows, what);
  const tile = words(loops.length);
  const builder = new ChainBuilder(tile, "tile");
  let [before, isStill] = [tile, true];
  for (const [outer, loop] of [...loops.entries()].reverse()) {
    const { variable, count } = nest.loops[loop] ?? { variable: -1, count: 1 };
    isStill &&= !isRelevant(link.projection, variable) || count === 1;
    const after = words(outer);
    builder.add([loop], count, after, reasonOf({ isStill, before, after, count, what }, nest, link));
    before = after;
  }
  return builder;
}

interface Change {
  readonly isStill: boolean;
  readonly before: number;
  readonly after: number;
  readonly count: number;
  readonly what: "requested" | "held";
}

function reasonOf({ isStill, before, after, count, what }: Change, nest: Nest, link: Link): Reason {
  if (after === before && (isStill || what === "held")) return "still";
  if (after === count * before) return what === "held" ? "own" : "anew";
  if (!isPlain(nest, link)) return mayOverlap(link) ? "edge" : "short";
  return what === "held" ? "overlap" : "slides";
}

/** Whether no tile is ever short or cut off. */
const isPlain = (nest: Nest, link: Link): boolean =>
  isPerfect(nest, link.child.depth) && !link.projection.clipped.includes(true);

const mayOverlap = ({ projection }: Link): boolean =>
  projection.clipped.includes(true) || projection.groupOf.some((_, variable) => isCoupled(projection, variable));

const temporalsAbove = (nest: Nest, { child }: Link): readonly number[] =>
  nest.loops.slice(0, child.depth).flatMap((loop, i) => (loop.kind === "for" ? [i] : []));

function wordsOf(nest: Nest, link: Link, rows: Rows, what: "requested" | "held"): Words {
  if (isPlain(nest, link)) {
    const lengths = lengthsOf(link.projection, extentsAt(nest, link.child.depth));
    const loops = temporalCopies(nest, link, link.child.depth);
    const reuse = reuseAt(nest.architecture, link.child.level);
    return (outer) => {
      const inner = loops.slice(outer);
      return what === "held"
        ? unionOf(link.projection, lengths, inner)
        : enteredWords(lengths, inner, reuse, "executed");
    };
  }
  const place = placeOf(link, siblingsOf(nest, link), rows);
  return (outer) => movedAlone(nest, link, rows, place, outer)[what];
}

/**
 * What all the instances below one parent read there, or update. Where tiles are all alike, the chain goes on over the spatial
 * loops between the two; else every kind of instance has its own, and what they share is taken away.
 */
export function parentSummands(nest: Nest, link: Link, rows: Rows, count: "reads" | "updates"): readonly Summand[] {
  if (count === "updates" && link.role === "input") return [];
  const hasFirst = count === "reads" && link.role === "output";
  if (isPlain(nest, link)) {
    const moved = spread(nest, link, count, builderOf(nest, link, rows, "requested"));
    if (!hasFirst) return [moved];
    return [moved, { ...spread(nest, link, count, builderOf(nest, link, rows, "held")), sign: -1, role: "first" }];
  }
  const kinds = childrenOf(nest, link, rows);
  const summands = kinds.flatMap(({ rows: own, instances }): readonly Summand[] => [
    { sign: 1, role: "moved", instances, chain: movedChain(nest, link, own) },
    ...(hasFirst ? [{ sign: -1, role: "first", instances, chain: heldChain(nest, link, own) } as const] : []),
  ]);
  const alone = summands.reduce((sum, { sign, instances, chain }) => sum + sign * instances * chain.value, 0);
  const shared = alone - countsOf(nest, link, "executed").atParent(rows)[count];
  const saved: Summand = { sign: -1, role: "shared", instances: 1, chain: new ChainBuilder(shared, "total").chain() };
  return shared === 0 ? summands : [...summands, saved];
}

/** The chain of one instance, taken over all the instances below a parent. */
function spread(nest: Nest, link: Link, count: "reads" | "updates", builder: ChainBuilder): Summand {
  const { apart, sharing } = sharingOf(nest, link, count === "reads" ? "multicast" : "reduction", 0);
  const point = link.projection.offsets.map(() => 1);
  const inside: (typeof sharing)[number][] = [];
  let places = 1;
  for (const digit of [...digitsOf(nest, link)].reverse()) {
    const own = builder.chain().value;
    const loops = [nest.loops.indexOf(digit)];
    if (apart.includes(digit)) {
      builder.add(loops, digit.count, own * digit.count, "apart");
      continue;
    }
    inside.push(digit);
    const more = unionOf(
      link.projection,
      point,
      inside.map((loop) => copiesOf(link, loop)),
    );
    builder.add(loops, digit.count, (own / places) * more, sharedReason(link, digit, more / places, count));
    places = more;
  }
  return { sign: 1, role: "moved", instances: 1, chain: builder.chain() };
}

function sharedReason(
  link: Link,
  digit: { readonly variable: number; readonly count: number },
  times: number,
  count: "reads" | "updates",
): Reason {
  if (times === digit.count && digit.count > 1) return "apart";
  if (times === 1) return count === "reads" ? "multicast" : "reduced";
  return isCoupled(link.projection, digit.variable) ? "overlap" : "apart";
}

/** How many kinds of instances below a parent have a chain of their own. */
export const kindsBelow = (nest: Nest, link: Link, rows: Rows): number =>
  isPlain(nest, link) ? 1 : childrenOf(nest, link, rows).length;

/** The working instances below a parent, those alike together; where places matter, each by itself. */
function childrenOf(
  nest: Nest,
  link: Link,
  parentRows: Rows,
): readonly { readonly rows: Rows; readonly instances: number }[] {
  const siblings = siblingsOf(nest, link);
  const isPlaced = link.projection.clipped.includes(true);
  const kinds = parentRows.map((row, v) => {
    const found = new Map<number, { row: number; instances: number }>();
    for (const below of rowsBelow(siblings, v, row)) {
      const key = isPlaced && isRelevant(link.projection, v) ? below : -1 - (siblings.rows[v]?.classOf[below] ?? -1);
      const known = found.get(key);
      if (known === undefined) found.set(key, { row: below, instances: 1 });
      else known.instances++;
    }
    return [...found.values()];
  });
  return combinations(kinds).map((choice) => ({
    rows: choice.map(({ row }) => row),
    instances: choice.reduce((n, { instances }) => n * instances, 1),
  }));
}
