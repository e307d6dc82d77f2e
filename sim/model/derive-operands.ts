import { copiesOf, digitsOf, sharingOf } from "./copies.js";
import { type Chain, ChainBuilder, type Reason, type Summand } from "./derivation.js";
import type { Loop } from "./loops.js";
import { isPerfect, type Link, type Nest } from "./nest.js";
import { type GroupWords, movedByGroup, touchedByGroup } from "./operands.js";
import { isRelevant } from "./projection.js";
import { rowsBelow, type Sharing, siblingsOf } from "./siblings.js";
import { unionOf } from "./spread.js";
import { beginningOf } from "./starts.js";

type Rows = readonly number[];

/** What the operations below one storage ask for there, or deliver: one word at every step, equal ones shared where the network can. */
export function operandSummands(nest: Nest, link: Link, rows: Rows, count: "reads" | "updates"): readonly Summand[] {
  if (count === "updates" && link.role === "input") return [];
  const capability = link.role === "input" ? "multicast" : "reduction";
  const isTold = link.projection.clipped.includes(true) || beginningOf(nest, link).length > 0;
  const isPlain = isPerfect(nest, nest.loops.length) && !isTold;
  const moved = isPlain ? movedByLoop(nest, link, capability) : movedByGroups(nest, link, rows, capability);
  const operands: Summand = { sign: 1, role: "operands", instances: 1, chain: moved };
  if (count === "updates" || link.role === "input") return [operands];
  const touched = isPlain ? touchedByLoop(nest, link) : touchedByGroups(nest, link, rows);
  return [operands, { sign: -1, role: "touched", instances: 1, chain: touched }];
}

function movedByLoop(nest: Nest, link: Link, capability: Sharing["capability"]): Chain {
  const { apart } = sharingOf(nest, link, capability, 0);
  const point = link.projection.offsets.map(() => 1);
  const builder = new ChainBuilder(1, "word");
  const sharing: Loop[] = [];
  let places = 1;
  for (const [loop, index] of inside(nest, link)) {
    const own = builder.chain().value;
    if (loop.kind === "for") builder.add([index], loop.count, own * loop.count, "asks");
    else if (apart.includes(loop)) builder.add([index], loop.count, own * loop.count, "apart");
    else {
      sharing.push(loop);
      const more = unionOf(
        link.projection,
        point,
        sharing.map((one) => copiesOf(link, one)),
      );
      const value = (own / places) * more;
      const shares = capability === "multicast" ? "multicast" : "reduced";
      builder.add([index], loop.count, value, wordReason(value / own, loop.count, shares, "apart"));
      places = more;
    }
  }
  return builder.chain();
}

const wordReason = (factor: number, count: number, none: Reason, all: Reason): Reason =>
  factor === count ? all : factor === 1 ? none : "overlap";

function touchedByLoop(nest: Nest, link: Link): Chain {
  const point = link.projection.offsets.map(() => 1);
  const builder = new ChainBuilder(1, "word");
  const taken: Loop[] = [];
  for (const [loop, index] of inside(nest, link)) {
    const own = builder.chain().value;
    taken.push(loop);
    const value = unionOf(
      link.projection,
      point,
      taken.map((one) => copiesOf(link, one)),
    );
    builder.add([index], loop.count, value, wordReason(value / own, loop.count, "still", "own"));
  }
  return builder.chain();
}

/** The loops that the operations of one parent run through, from the inside out: all temporal ones, the spatial ones below it. */
function inside(nest: Nest, link: Link): readonly (readonly [Loop, number])[] {
  const below = new Set<Loop>(digitsOf(nest, link));
  return [...nest.loops.entries()]
    .filter(([, loop]) => loop.kind === "for" || below.has(loop))
    .map(([i, loop]) => [loop, i] as const)
    .reverse();
}

function movedByGroups(nest: Nest, link: Link, rows: Rows, capability: Sharing["capability"]): Chain {
  const siblings = siblingsOf(nest, link);
  const below = rows.map((row, v) => rowsBelow(siblings, v, row));
  return product(nest, link, movedByGroup(nest, link, siblings, below, { capability, crossed: 0 }), "asks");
}

function touchedByGroups(nest: Nest, link: Link, rows: Rows): Chain {
  const siblings = siblingsOf(nest, link);
  const below = rows.map((row, v) => rowsBelow(siblings, v, row));
  return product(nest, link, touchedByGroup(nest, link, siblings, below), "own");
}

/** Coupled variables count together: one step for all the loops of each group. */
function product(nest: Nest, link: Link, factors: readonly GroupWords[], reason: Reason): Chain {
  const builder = new ChainBuilder(1, "word");
  const loops = inside(nest, link);
  for (const { variables, words } of factors) {
    const own = loops.filter(([loop]) => variables.includes(loop.variable)).map(([, index]) => index);
    const value = builder.chain().value * words;
    const isStill = variables.every((v) => !isRelevant(link.projection, v));
    builder.add(own.reverse(), words, value, isStill && words === 1 ? "still" : reason);
  }
  return builder.chain();
}
