import type { Conventions } from "../../base/index.js";

/**
 * A rule of the order families that leaves mappings out, with a small problem on which the families promise too little once the rule leaves out more:
 * `greedy` says what was changed to see that. (Found by changing each rule so, and trying small problems of few nodes and dear words.)
 */
export interface NarrowRule {
  readonly rule: string;
  /** The changes that the problem tells. */
  readonly greedy: readonly string[];
  readonly layer: string;
  /** Levels but compute, outermost first, as YAML. */
  readonly levels: readonly string[];
  readonly dataflow?: string;
  readonly conventions?: Conventions;
}

/** Three levels that keep one tensor, and a dataflow that forbids loops below two of them. */
const DEEP = {
  layer: "einsum:'O[m] += A[m,k,j]*B[k]',M=2,K=2,J=2",
  levels: [
    "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 1 pJ}}",
    "{storage: L1, capacity: 1 word, keeps: [O], energy: {read: 1 pJ, write: 100 pJ}}",
    "{storage: L2, capacity: 1 word, keeps: [A], energy: {read: 10 pJ, write: 0 pJ}}",
    "{storage: L3, capacity: 2 word, keeps: [A], energy: {read: 0 pJ, write: 10 pJ}}",
    "{storage: L4, capacity: 2 word, keeps: [A], energy: {read: 1 pJ, write: 1 pJ}}",
  ],
  dataflow:
    "dataflow: mine\nL1: {loopsBelow: [k], maxFactors: {j: 2}}\nL2: {loopsBelow: [j], factors: {j: 1}}\nL4: {factors: {k: 1}}\n",
};

/** Three levels that keep one tensor each: two of them see through to the same region. */
const SAY = {
  layer: "einsum:'O[m] += A[m,k,j]*B[k]',M=2,K=4,J=2",
  levels: [
    "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 10 pJ}}",
    "{storage: L1, capacity: 1 word, keeps: [A], energy: {read: 0 pJ, write: 100 pJ}}",
    "{storage: L2, capacity: 1 word, keeps: [B], energy: {read: 1 pJ, write: 0 pJ}}",
    "{storage: L3, capacity: 4 word, keeps: [O], energy: {read: 1 pJ, write: 1 pJ}}",
  ],
};

/** Two levels, and a window that slides over a tail. */
const TURNS = {
  layer: "einsum:'O[p] += A[p+r]*B[r]',P=4,R=4",
  levels: [
    "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 10 pJ}}",
    "{storage: L1, capacity: 1 word, keeps: [A], energy: {read: 1 pJ, write: 10 pJ}}",
    "{storage: L2, capacity: 6 word, keeps: [O], energy: {read: 0 pJ, write: 10 pJ}}",
  ],
};

/** What any order obeys. */
const ANY_ORDER = 'dataflow: mine\nL0: {order: ["*"]}\n';

export const NARROW_RULES: readonly NarrowRule[] = [
  {
    rule: "loops are not lifted where iterations are prescribed (orders.ts: baseAllowed, limits.rigid)",
    greedy: ["baseAllowed: lifted though rigid", "limitsBy: rigid for factors or for maxFactors alone"],
    layer: "einsum:'O[m] += A[m,k,j]*B[k]*D[m,j]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 10 pJ}}",
      "{storage: L1, capacity: 2 word, keeps: [A], energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L2, capacity: 1 word, keeps: [B], energy: {read: 0 pJ, write: 0 pJ}}",
      "{storage: L3, capacity: 2 word, keeps: [A], energy: {read: 100 pJ, write: 0 pJ}}",
    ],
    dataflow: "dataflow: mine\nL1: {loopsBelow: [j,m], factors: {m: 2}}\nL2: {loopsBelow: [k,m]}\n",
  },
  {
    rule: "a loop is not lifted out of others of its group that move a tile further in (orders.ts: leavesItsGroup)",
    greedy: ["leavesItsGroup: never"],
    layer: "einsum:'O[p] += A[p+r]*B[r]*D[r]',P=4,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 3 word, keeps: [B, D], energy: {read: 1 pJ, write: 10 pJ}}",
      "{storage: L2, capacity: 6 word, keeps: [A], energy: {read: 100 pJ, write: 100 pJ}}",
      "{storage: L3, capacity: 1 word, keeps: [A], energy: {read: 1 pJ, write: 100 pJ}}",
    ],
  },
  {
    rule: "a loop is not lifted out of its group over a node whose tile it slides right below (orders.ts: leavesItsGroup)",
    greedy: ["leavesItsGroup: the region's own node is not looked at"],
    layer: "einsum:'O[p] += A[p+r]*B[p]*D[r]',P=3,R=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 100 pJ}}",
      "{storage: L1, capacity: 6 word, keeps: [D], energy: {read: 0 pJ, write: 0 pJ}}",
      "{storage: L2, capacity: 6 word, keeps: [D, B], energy: {read: 0 pJ, write: 0 pJ}, reuse: none}",
      "{storage: L3, capacity: 3 word, keeps: [D, A], energy: {read: 1 pJ, write: 100 pJ}, reuse: none}",
    ],
  },
  {
    rule: "coupled loops have a place between their two spatial loops and one below them (orders.ts: betweenPlace, belowPlace)",
    greedy: ["baseAllowed: no place between", "nest: one iteration between", "nest: one loop an axis"],
    layer: "einsum:'O[p] += A[p+2*r]*B[r]',P=8,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 1 pJ}}",
      "{fanout: F, x: 4, y: 2, multicast: all, reduction: [A], energy: {hop: 1 pJ}}",
      "{storage: L1, capacity: 20 word, keeps: [A, O], energy: {read: 100 pJ, write: 100 pJ}}",
    ],
  },
  {
    rule: "coupled loops have a place below their spatial loops on one axis (orders.ts: belowPlace)",
    greedy: ["nest: one iteration below"],
    layer: "einsum:'O[r] += A[p+r]*B[p]*D[r]',P=4,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 100 pJ}}",
      "{fanout: F1, x: 2, y: 1, multicast: all, reduction: all, energy: {hop: 10 pJ}}",
      "{storage: L1, capacity: 2 word, keeps: [B, O], energy: {read: 100 pJ, write: 0 pJ}}",
      "{storage: L2, capacity: 3 word, keeps: [A, B], energy: {read: 1 pJ, write: 100 pJ}, reuse: none}",
    ],
  },
  {
    rule: "a node sees the tail of a region unless its own tensor's node stands right there (orders.ts: cutChoices)",
    greedy: ["cutChoices: none where its own tensor stands anywhere between"],
    layer: "einsum:'O[m] += A[m,k]*B[k]',M=2,K=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 1 word, keeps: [B], energy: {read: 100 pJ, write: 10 pJ}}",
      "{storage: L2, capacity: 1 word, keeps: [O], energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L3, capacity: 1 word, keeps: [O], energy: {read: 0 pJ, write: 0 pJ}}",
    ],
  },
  {
    rule: "what is stuck is seen by nodes of its own level and tensor, not by all that stand between (orders.ts: isSeenBy)",
    greedy: ["isSeenBy: every node between has to see it", "cutChoices: only right below the region"],
    layer: "einsum:'O[p] += A[p+r]*B[r]',P=4,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 100 pJ}}",
      "{fanout: F1, x: 3, y: 2, multicast: all, reduction: all, energy: {hop: 10 pJ}}",
      "{storage: L1, capacity: 20 word, keeps: [A, B], energy: {read: 10 pJ, write: 10 pJ}}",
      "{fanout: F2, x: 2, y: 1, multicast: all, reduction: all, energy: {hop: 1 pJ}}",
      "{storage: L2, capacity: 4 word, keeps: [B], energy: {read: 0 pJ, write: 1 pJ}}",
    ],
  },
  {
    rule: "tensors that see through to one region have their say in every order (views.ts: viewsOf)",
    greedy: ["viewsOf: the order of the nodes alone"],
    ...SAY,
  },
  {
    rule: "the blocks of a region follow the order of say, tensor by tensor (views.ts: viewBy)",
    greedy: ["blocksOf: only what no tensor cares for stands further in"],
    layer: "einsum:'O[m] += A[m,k,j]*B[k]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 1 word, keeps: [A], energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L2, capacity: 1 word, keeps: [A], energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L3, capacity: 2 word, keeps: [B, O], energy: {read: 10 pJ, write: 0 pJ}}",
    ],
  },
  {
    rule: "loops that would be lifted stay in the tail that a node sees (orders.ts: blocksOf)",
    greedy: ["blocksOf: they are not let back into the tail"],
    layer: "einsum:'O[m] += A[m,k]*B[k,j]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 10 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: [B], energy: {read: 0 pJ, write: 10 pJ}}",
      "{storage: L2, capacity: 1 word, keeps: [A], energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L3, capacity: 1 word, keeps: [O], energy: {read: 1 pJ, write: 0 pJ}}",
      "{storage: L4, capacity: 4 word, keeps: [B], energy: {read: 10 pJ, write: 10 pJ}}",
    ],
  },
  {
    rule: "loops that would be lifted are let back right below a node that sees a tail (orders.ts: blocksOf)",
    greedy: ["blocksOf: they are not let back below the node"],
    layer: "einsum:'O[r] += A[p+r]*B[p]*D[r]',P=4,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 1 pJ}}",
      "{fanout: F1, x: 2, y: 1, multicast: {x: all}, reduction: all, energy: {hop: 0 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: [D, A], energy: {read: 100 pJ, write: 0 pJ}}",
      "{storage: L2, capacity: 4 word, keeps: [D], energy: {read: 10 pJ, write: 0 pJ}, reuse: none}",
    ],
  },
  {
    rule: "where loops are forbidden below a node, it sees every tail (orders.ts: cutChoices, limits.isBarred)",
    greedy: [
      "cutChoices: not where a dataflow forbids loops",
      "firstRegion: loops are forbidden above the level's first node as well",
    ],
    ...DEEP,
  },
  {
    rule: "where a backing store further in stands above them, loops are not an outer level's own (placement.ts: ownRegions)",
    greedy: ["ownRegions: whatever backing stores there are"],
    layer: "gemm:M=2,N=2,K=2",
    levels: [
      "{storage: L0, keeps: [Inputs, Weights], energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L1, capacity: 5 word, keeps: [Outputs], mayKeep: [Inputs], energy: {read: 1 pJ, write: 1 pJ}}",
    ],
    dataflow: "dataflow: mine\nL0: {factors: {m: 1, k: 1}}\n",
  },
  {
    rule: "ranks at which an order is parted may stand on both sides (views.ts: parted)",
    greedy: ["parted: the rank itself on one side only"],
    layer: "einsum:'O[p] += A[p+r]*B[r]',P=4,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 0 pJ, write: 0 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: all, energy: {read: 1 pJ, write: 10 pJ}, reuse: none}",
      "{fanout: F1, x: 2, y: 2, multicast: [], reduction: all, energy: {hop: 1 pJ}}",
    ],
    dataflow: "dataflow: mine\nL1: {order: [p, r]}\n",
  },
  {
    rule: "among loops that an order leaves free, tensors have their say in every order (views.ts: viewsOf)",
    greedy: ["viewsOf: the order of the nodes alone, where an order is prescribed"],
    ...SAY,
    dataflow: ANY_ORDER,
  },
  {
    rule: "among loops that an order leaves free, those of one window take turns (orders.ts: isInTurns)",
    greedy: ["isInTurns: not where an order is prescribed"],
    ...TURNS,
    dataflow: ANY_ORDER,
  },
  {
    rule: "no loop is sunk into a region with a prescribed order (limits.ts: isBarred)",
    greedy: ["isBarred: only where loops are forbidden or iterations are prescribed"],
    layer: "einsum:'O[m] += A[m,k]*B[k]',M=2,K=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 0 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: all, energy: {read: 1 pJ, write: 1 pJ}, reuse: none}",
    ],
    dataflow: "dataflow: mine\nL1: {order: [k]}\n",
  },
  {
    rule: "in a prescribed order a tail begins at any of the ranks that are irrelevant to its tensor (views.ts: ranksOf)",
    greedy: ["ranksOf: among the loops in no order only", "covers: whatever the families charge"],
    layer: "einsum:'O[p] += A[p+2*r]*B[r]',P=4,R=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 100 pJ}}",
      "{storage: L1, capacity: 7 word, keeps: [B, A], energy: {read: 1 pJ, write: 1 pJ}, reuse: none}",
      "{storage: L2, capacity: 5 word, keeps: [O], energy: {read: 1 pJ, write: 100 pJ}, reuse: none}",
    ],
    dataflow: 'dataflow: mine\nL0: {order: [p, r]}\nL1: {order: [r, "*"]}\nL2: {order: [r, p]}\n',
  },
  {
    rule: "in a prescribed order a tail need not pay (even-orders.ts)",
    greedy: ["evenOrdersOf: only families with every cut that can pay"],
    layer: "einsum:'O[m] += A[m,k]*B[k]',M=2,K=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 0 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 3 word, keeps: all, energy: {read: 1 pJ, write: 0 pJ}}",
    ],
    dataflow: "dataflow: mine\nL0: {order: [m, k]}\n",
    conventions: "timeloop",
  },
  {
    rule: "loops between spatial loops count for the level that their fan-out stands below (limits.ts: asCounted)",
    greedy: ["asCounted: they count for nothing", "asCounted: for the region before, or the next"],
    layer: "einsum:'O[p] += A[p+2*r]*B[r]',P=4,R=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 1 pJ}}",
      "{fanout: F1, x: 2, y: 4, multicast: all, reduction: all, energy: {hop: 1 pJ}}",
    ],
    dataflow: "dataflow: mine\nL0: {factors: {p: 2}}\n",
  },
  {
    rule: "loops between spatial loops count for that level, be it another one than the first (limits.ts: asCounted)",
    greedy: ["asCounted: they count for the outermost storage"],
    layer: "einsum:'O[p] += A[p+2*r]*B[r]',P=4,R=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 6 word, keeps: [O], energy: {read: 10 pJ, write: 100 pJ}}",
      "{fanout: F1, x: 2, y: 2, multicast: [], reduction: all, energy: {hop: 1 pJ}}",
      "{storage: L2, capacity: 4 word, keeps: [A], energy: {read: 1 pJ, write: 0 pJ}, reuse: none}",
    ],
    dataflow: "dataflow: mine\nL1: {factors: {r: 2}}\nL2: {maxFactors: {r: 1}}\n",
  },
  {
    rule: "a storage that keeps nothing forbids no loops (limits.ts: firstRegion)",
    greedy: ["firstRegion: loops are forbidden everywhere where the level has no node"],
    layer: "einsum:'O[m] += A[m,k]*B[k]',M=2,K=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 4 word, mayKeep: [A], energy: {read: 100 pJ, write: 100 pJ}}",
    ],
    dataflow: "dataflow: mine\nL1: {loopsBelow: [k]}\n",
  },
  {
    rule: "as many iterations as a dataflow allows at most are allowed (limits.ts: asCounted)",
    greedy: ["obeys: fewer only"],
    layer: "einsum:'O[m] += A[m,k,j]*B[k]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L1, capacity: 1 word, keeps: [O], energy: {read: 0 pJ, write: 10 pJ}}",
      "{storage: L2, capacity: 1 word, keeps: [O], energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L3, capacity: 2 word, keeps: [O], energy: {read: 1 pJ, write: 0 pJ}}",
    ],
    dataflow: "dataflow: mine\nL1: {loopsBelow: [m], maxFactors: {j: 2}}\nL2: {loopsBelow: [k], maxFactors: {m: 1}}\n",
  },
  {
    rule: "a dataflow that asks for iterations of one variable leaves the others free (limits.ts: asCounted)",
    greedy: ["obeys: one iteration of what is not named"],
    layer: "einsum:'O[m] += A[k]*B[j]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 1 word, keeps: [B], energy: {read: 1 pJ, write: 100 pJ}}",
      "{storage: L2, capacity: 4 word, keeps: [B], energy: {read: 1 pJ, write: 0 pJ}}",
      "{storage: L3, capacity: 4 word, keeps: [O], energy: {read: 0 pJ, write: 100 pJ}}",
    ],
    dataflow:
      "dataflow: mine\nL0: {maxFactors: {j: 2}}\nL3: {loopsBelow: [m,j], factors: {k: 1}, maxFactors: {j: 1}}\n",
  },
  {
    rule: "iterations count for the storage right above them, not for the next one out (limits.ts: asCounted)",
    greedy: ["asCounted: the region below the next level's first node counts, too"],
    layer: "einsum:'O[m] += A[m,k,j]*B[k]*D[m,j]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: [O], energy: {read: 10 pJ, write: 0 pJ}}",
      "{storage: L2, capacity: 4 word, keeps: [B], energy: {read: 0 pJ, write: 1 pJ}}",
      "{storage: L3, capacity: 1 word, keeps: [D], energy: {read: 0 pJ, write: 0 pJ}}",
    ],
    dataflow: "dataflow: mine\nL0: {maxFactors: {k: 1}}\nL2: {loopsBelow: [j]}\nL3: {loopsBelow: [j,m]}\n",
  },
  {
    rule: "a storage's iterations end where a further level begins (limits.ts: asCounted)",
    greedy: ["asCounted: all regions below count"],
    layer: "einsum:'O[m] += A[k,j]*B[m,j]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 10 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: [O], energy: {read: 0 pJ, write: 10 pJ}}",
      "{storage: L2, capacity: 4 word, keeps: [O], energy: {read: 0 pJ, write: 100 pJ}}",
      "{storage: L3, capacity: 2 word, keeps: [O], energy: {read: 10 pJ, write: 10 pJ}}",
    ],
    dataflow: "dataflow: mine\nL0: {factors: {m: 1}, maxFactors: {m: 2}}\n",
  },
  {
    rule: "an extent may fill a node's room (chains.ts: Stations)",
    greedy: ["visit: only less than the room; the room of the next node further in"],
    layer: "einsum:'O[p] max= A[p+r]',P=8,R=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 1 pJ}}",
      "{fanout: F, x: 2, y: 2, multicast: {x: all}, reduction: all, energy: {hop: 10 pJ}}",
      "{storage: L1, capacity: 3 word, keeps: [A], energy: {read: 100 pJ, write: 0 pJ}}",
    ],
  },
  {
    rule: "both orders of two spatial loops are tried where one axis shares what the other does not (chains.ts: isAlike)",
    greedy: ["isAlike: always", "isAlike: reductions are not looked at", "nest: x first"],
    layer: "einsum:'O[p+r] += A[p]*B[r]',P=8,R=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 100 pJ}}",
      "{fanout: F, x: 4, y: 2, multicast: all, reduction: {x: all}, energy: {hop: 0 pJ}}",
      "{storage: L1, capacity: 3 word, keeps: [O, A], energy: {read: 10 pJ, write: 1 pJ}}",
    ],
  },
  {
    rule: "loops of one place are interleaved, those of one variable in their order (chains.ts: interleave)",
    greedy: ["interleave: variables in their order as well"],
    layer: "einsum:'O[p] += A[p+r]*B[p]*D[r]',P=3,R=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 10 pJ}}",
      "{fanout: F1, x: 3, y: 1, multicast: {y: all}, reduction: all, energy: {hop: 0 pJ}}",
      "{storage: L1, capacity: 2 word, keeps: [B, A], energy: {read: 100 pJ, write: 100 pJ}}",
      "{storage: L2, capacity: 1 word, keeps: [A], energy: {read: 10 pJ, write: 100 pJ}}",
    ],
  },
  {
    rule: "streaming: a tensor that slides has a run of its own (streams.ts: follow)",
    greedy: ["runChoices: every tensor follows", "allowedUnder: only fully relevant loops stand in a run"],
    layer: "einsum:'O[p] += A[p+r]*B[r]*D[p]',P=4,R=3",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 1 pJ}}",
      "{fanout: F1, x: 3, y: 1, multicast: all, reduction: all, energy: {hop: 0 pJ}}",
      "{storage: L1, capacity: 6 word, keeps: [B], energy: {read: 1 pJ, write: 10 pJ}}",
      "{fanout: F2, x: 2, y: 2, multicast: all, reduction: all, energy: {hop: 0 pJ}}",
      "{storage: L2, capacity: 3 word, keeps: [A, B], energy: {read: 100 pJ, write: 0 pJ}}",
    ],
    conventions: "accelforge",
  },
  {
    rule: "streaming: no tensor follows where iterations are prescribed (streams.ts: follow)",
    greedy: ["runChoices: follows though rigid"],
    layer: "einsum:'O[m] += A[m,k,j]*B[k]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: [O], energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L2, capacity: 2 word, keeps: [B], energy: {read: 0 pJ, write: 0 pJ}}",
      "{storage: L3, capacity: 1 word, keeps: [O], energy: {read: 1 pJ, write: 100 pJ}}",
    ],
    dataflow: "dataflow: mine\nL2: {loopsBelow: [m], factors: {j: 1}, maxFactors: {m: 1}}\n",
    conventions: "accelforge",
  },
  {
    rule: "streaming: a run goes on below nodes of a further level (streams.ts: runChoices)",
    greedy: ["runChoices: one region further in at the earliest", "couldGoOn: spatial loops stop no run"],
    layer: "einsum:'O[p] += A[p+r]*B[p]*D[r]',P=3,R=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 6 word, keeps: [A], energy: {read: 0 pJ, write: 100 pJ}}",
      "{fanout: F1, x: 3, y: 2, multicast: all, reduction: all, energy: {hop: 0 pJ}}",
      "{storage: L2, capacity: 2 word, keeps: [D], energy: {read: 10 pJ, write: 10 pJ}, reuse: none}",
      "{storage: L3, capacity: 3 word, keeps: [B, D], energy: {read: 10 pJ, write: 0 pJ}, reuse: none}",
    ],
    conventions: "accelforge",
  },
  {
    rule: "streaming: a run goes as far as its tensor's next node (streams.ts: lastRegion)",
    greedy: [
      "runChoices, lastRegion: one region less",
      "settled: the last to stop has no loop of the region where it stops",
    ],
    layer: "einsum:'O[r] += A[p+r]*B[p]*D[r]',P=4,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: [B, D], energy: {read: 10 pJ, write: 1 pJ}, reuse: none}",
      "{storage: L2, capacity: 4 word, keeps: [A, O], energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L3, capacity: 3 word, keeps: [D, A], energy: {read: 10 pJ, write: 100 pJ}, reuse: none}",
    ],
    conventions: "accelforge",
  },
  {
    rule: "streaming: no loop is lifted where iterations are prescribed (streams.ts: lift)",
    greedy: ["allowedUnder: lifted though rigid"],
    layer: "einsum:'O[m] += A[m,k,j]*B[k]*D[m,j]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 10 pJ}}",
      "{storage: L1, capacity: 2 word, keeps: [A], energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L2, capacity: 1 word, keeps: [B], energy: {read: 0 pJ, write: 0 pJ}}",
      "{storage: L3, capacity: 2 word, keeps: [A], energy: {read: 100 pJ, write: 0 pJ}}",
    ],
    dataflow: "dataflow: mine\nL1: {loopsBelow: [j,m], factors: {m: 2}}\nL2: {loopsBelow: [k,m]}\n",
    conventions: "accelforge",
  },
  {
    rule: "streaming: partly relevant loops are not lifted (streams.ts: lift)",
    greedy: ["allowedUnder: relevant is enough"],
    layer: "einsum:'O[r] += A[p+r]*B[p]*D[r]',P=4,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 1 pJ}}",
      "{fanout: F1, x: 2, y: 1, multicast: {x: all}, reduction: all, energy: {hop: 0 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: [D, A], energy: {read: 100 pJ, write: 0 pJ}}",
      "{storage: L2, capacity: 4 word, keeps: [D], energy: {read: 10 pJ, write: 0 pJ}, reuse: none}",
    ],
    conventions: "accelforge",
  },
  {
    rule: "streaming: no loop is lifted into a run that it would stop, and runs stop in every order (streams.ts: lift, priorities)",
    greedy: ["allowedUnder: lifted over runs", "priorities: one order"],
    layer: "einsum:'O[p] += A[p+r]*B[r]*D[p]',P=4,R=3",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 3 word, keeps: [A, O], energy: {read: 10 pJ, write: 100 pJ}, reuse: none}",
      "{storage: L2, capacity: 20 word, keeps: [B], energy: {read: 1 pJ, write: 0 pJ}}",
      "{storage: L3, capacity: 1 word, keeps: [A], energy: {read: 100 pJ, write: 0 pJ}, reuse: none}",
    ],
    conventions: "accelforge",
  },
  {
    rule: "streaming: a run that some loop may stop there is a family of its own (streams.ts: couldGoOn)",
    greedy: ["couldGoOn: another region is looked at"],
    ...DEEP,
    conventions: "accelforge",
  },
  {
    rule: "loops of one window take turns across the blocks of a region (runs.kernel.ts: woven)",
    greedy: ["woven: voices stay in their blocks"],
    ...TURNS,
  },
  {
    rule: "loops of one window take turns across blocks around spatial ones (runs.kernel.ts: woven)",
    greedy: ["woven: voices stay in their blocks"],
    layer: "einsum:'O[p] += A[p+2*r]*B[r]',P=8,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 1 pJ}}",
      "{fanout: F, x: 2, y: 4, multicast: all, reduction: [A], energy: {hop: 0 pJ}}",
      "{storage: L1, capacity: 2 word, keeps: [A, B], energy: {read: 100 pJ, write: 100 pJ}}",
    ],
  },
  {
    rule: "where axes do not share alike, spatial loops of a variable alternate between them without temporal ones (splits.kernel.ts: nest)",
    greedy: ["nest: only a temporal loop stands between two on one axis"],
    layer: "einsum:'O[p] += A[p+2*r]*B[r]',P=8,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 100 pJ}}",
      "{fanout: F, x: 4, y: 4, multicast: {x: all}, reduction: {x: all}, energy: {hop: 10 pJ}}",
      "{storage: L1, capacity: 3 word, keeps: [A, O], energy: {read: 100 pJ, write: 10 pJ}, reuse: none}",
    ],
  },
  {
    rule: "nodes of one level are searched in one order only where no loop stands between them, whatever stands above (space.ts: isCounted)",
    greedy: ["isCounted: the region above both is looked at"],
    layer: "einsum:'O[p] += A[p+r]*D[p+r]*B[p,r]',P=4,R=3",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L1, capacity: 12 word, keeps: [B]}",
      "{storage: L2, capacity: {A: 4, D: 6, B: 1, O: 1}, keeps: [A, D], reuse: none}",
    ],
  },
  {
    rule: "groups mirror each other only where no dataflow tells them apart (tables.ts: planOf, space.ts: mirrorOf)",
    greedy: ["planOf, mirrorOf: though a dataflow gives their variables different axes"],
    layer: "einsum:'O[m] += A[m,k,j]*B[k,j]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 1 pJ}}",
      "{fanout: F, x: 2, y: 2, multicast: {x: all}, reduction: {x: all}}",
      "{storage: L1, capacity: 4 word, keeps: [B]}",
    ],
    dataflow: "dataflow: mine\nF: {x: [k], y: [j]}\n",
  },
];
