import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import { parseObjective, search, valueUnder } from "../../mapper/index.js";
import { everyLegalMapping } from "../../mappings/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
import { costOf, type Problem } from "./problems.js";

/**
 * Rules that leave mappings out, each with a small problem that is answered wrongly once the rule leaves out more: `greedy` says
 * what was changed in it to see that. The right answer is the least of all legal mappings.
 */
interface Rule {
  readonly rule: string;
  /** The change that the problem tells. */
  readonly greedy: readonly string[];
  readonly layer: string;
  readonly objective: string;
  readonly levels: string;
}

/** Three levels, two of which leave an order among their nodes; loops over k may stand above nodes of either. */
const TWO_BUFFERS = `
  - storage: L0
    keeps: all
    energy: {read: 12 pJ, write: 22 pJ}
    bandwidth: {shared: 3 word/cycle}
  - storage: L1
    capacity: 6 word
    keeps: all
    energy: {read: 5 pJ, write: 5 pJ}
  - storage: L2
    capacity: 12 word
    keeps: [Outputs]
    mayKeep: [Inputs]
    energy: {read: 2 pJ, write: 2 pJ}`;

/** A window over a mesh that shares inputs only: its loops are coupled, and stand in time as well as on the mesh. */
const MESH = `
  - storage: L0
    keeps: all
    energy: {read: 9 pJ, write: 9 pJ}
    bandwidth: {shared: 2 word/cycle}
  - fanout: F
    x: 2
    y: 3
    multicast: [Inputs]
    energy: {hop: 6 pJ}
  - storage: L2
    capacity: 38 word
    keeps: all
    energy: {read: 4 pJ, write: 2 pJ}
    bandwidth: {shared: 1 word/cycle}`;

const RULES: readonly Rule[] = [
  {
    rule: "loops irrelevant to a node are sunk below it, but not out of the tail of a region further out (orders.ts)",
    greedy: [
      "cutChoices: no cut where nodes of an outer level stand between",
      "blocksOf: loops are not let back between the tail and the node",
      "paysOff: a cut does not pay where the loop stands in the first block of the tail",
    ],
    layer: "einsum:'O[m] += A[m,k]*B[k]',M=4,K=6",
    objective: "energy^2*delay",
    levels: TWO_BUFFERS,
  },
  {
    rule: "coupled loops are not sunk through spatial loops of their own group (orders.ts: holdsCoupled)",
    greedy: ["cutChoices: never `stuck`"],
    layer: "conv:N=1,M=2,C=1,P=4,Q=1,R=2,S=1",
    objective: "edp",
    levels: MESH,
  },
  {
    rule: "what is stuck above spatial loops is free for every node right below them (orders.ts: isSeenBy)",
    greedy: ["cutChoices: only the first node below the spatial loops sees it"],
    layer: "einsum:'O[p] += A[p+r]*B[r]*D[r]',P=4,R=2",
    objective: "edp",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 9 pJ, write: 9 pJ}
  - fanout: F
    x: 2
    y: 2
    energy: {hop: 2 pJ}
  - storage: L1
    capacity: 5 word
    keeps: [B, D]
    energy: {read: 1 pJ, write: 3 pJ}`,
  },
  {
    rule: "loops stand inside others that are below spatial loops of their own variable (orders.ts: positionOf)",
    greedy: ["positionOf: what stands below its own spatial loops is inside all other loops of the region"],
    layer: "einsum:'O[p] += A[2*p+r]*B[r]',P=4,R=4",
    objective: "energy",
    levels: `
  - storage: L0
    keeps: [A, B]
    energy: {read: 20 pJ, write: 1 pJ}
  - storage: L1
    keeps: [O]
    energy: {read: 0 pJ, write: 0 pJ}
  - fanout: F
    x: 2
    y: 2
  - storage: L2
    capacity: 1 word
    keeps: [B]
    energy: {read: 0 pJ, write: 1 pJ}`,
  },
  {
    rule: "loops fully relevant to a node are lifted above it, but not those that slide its tile (orders.ts: baseAllowed)",
    greedy: ["baseAllowed: partially relevant loops are lifted as well"],
    layer: "conv:N=1,M=1,C=1,P=2,Q=2,R=2,S=2",
    objective: "energy^2*delay",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 50 pJ, write: 11 pJ}
  - storage: L1
    capacity: 10 word
    keeps: [Inputs]
    mayKeep: [Outputs]
    energy: {read: 6 pJ, write: 8 pJ}
  - fanout: F
    x: 1
    y: 2
    multicast: [Inputs]`,
  },
  {
    rule: "loops are not lifted out of a slide that spans a node to which they are irrelevant (orders.ts: isUnderRun)",
    greedy: ["baseAllowed: lifted also where isUnderRun says no"],
    layer: "conv:N=1,M=1,C=2,P=4,Q=1,R=2,S=1",
    objective: "energy^2*delay",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 12 pJ, write: 51 pJ}
  - storage: L1
    capacity: 6 word
    keeps: all
    energy: {read: 7 pJ, write: 2 pJ}
  - storage: L2
    capacity: 2 word
    keeps: [Inputs]
    mayKeep: [Outputs]
    energy: {read: 1 pJ, write: 3 pJ}`,
  },
  {
    rule: "where a buffer keeps every overlap, loops irrelevant to it may be free wherever they stand (family.ts: freeFrom)",
    greedy: ["freeFrom: such loops are charged as under other policies"],
    layer: "conv:N=1,M=2,C=1,P=4,Q=1,R=2,S=1",
    objective: "energy",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 7 pJ, write: 18 pJ}
    bandwidth: {shared: 2 word/cycle}
  - storage: L1
    capacity: 6 word
    keeps: all
    reuse: overlap
    energy: {read: 9 pJ, write: 4 pJ}
  - storage: L2
    capacity: 11 word
    keeps: [Inputs]
    mayKeep: [Outputs]
    energy: {read: 6 pJ, write: 8 pJ}`,
  },
  {
    rule: "a split dominates another one only if it interrupts no other group's slide further in (open.kernel.ts: undominated)",
    greedy: ["comparable: where rows interrupt slides is not compared"],
    layer: "conv:N=1,M=1,C=1,P=2,Q=2,R=2,S=2",
    objective: "edp",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 38 pJ, write: 30 pJ}
  - fanout: F
    x: 1
    y: 1
    energy: {hop: 3 pJ}
  - storage: L1
    capacity: 7 word
    mayKeep: all
    energy: {read: 4 pJ, write: 2 pJ}`,
  },
  {
    rule: "modes are mirrored only between groups with the same rows (space.ts: isMirrored)",
    greedy: ["isMirrored: any two groups may change places"],
    layer: "conv:N=1,M=2,C=1,P=4,Q=1,R=2,S=1",
    objective: "edp",
    levels: MESH,
  },
  {
    rule: "nodes of one level are searched in one order only where no loop may stand between them (space.ts: isCounted)",
    greedy: ["isCounted: true for every two nodes of a level in descending order"],
    layer: "gemm:M=6,N=1,K=2",
    objective: "energy^2*delay",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 9 pJ, write: 9 pJ}
    bandwidth: {shared: 6 word/cycle}
  - storage: L1
    capacity: 4 word
    keeps: all
    energy: {read: 1 pJ, write: 3 pJ}
    bandwidth: {shared: 1 word/cycle}
  - fanout: F
    x: 1
    y: 3
    multicast: []
    energy: {hop: 3 pJ}
  - storage: L2
    capacity: 7 word
    mayKeep: all
    energy: {read: 3 pJ, write: 2 pJ}
    bandwidth: {shared: 3 word/cycle}`,
  },
  {
    rule: "coupled loops on both axes of a fan-out stand in either order, which tells which axis has the coarse steps (splits.kernel.ts: nest)",
    greedy: ["nest: x outside y only"],
    layer: "conv:M=1,C=1,P=4,Q=1,R=4,S=1,U=2",
    objective: "edp",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 17 pJ, write: 13 pJ}
    bandwidth: {shared: 3 word/cycle}
  - fanout: F
    x: 3
    y: 4
    multicast: {y: all}
  - storage: L1
    capacity: 5 word
    mayKeep: all
    energy: {read: 30 pJ, write: 0 pJ}`,
  },
  {
    rule: "coupled loops stand on one axis several times, with temporal ones between that move a tile back to where it was (splits.kernel.ts: nest)",
    greedy: ["nest: one loop an axis"],
    layer: "einsum:'O[p] += A[p+2*r]*B[r]',P=8,R=2",
    objective: "edp",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 100 pJ, write: 1 pJ}
  - fanout: F
    x: 4
    multicast: all
  - storage: L1
    capacity: 2 word
    keeps: [A, O]
    energy: {read: 1 pJ, write: 1 pJ}`,
  },
  {
    rule: "loops of one window take turns in and outside of a tail that a node sees (runs.kernel.ts: woven, build.ts: weaves)",
    greedy: ["woven: voices stay in their blocks", "weaves: orders block by block only"],
    layer: "einsum:'O[m] += A[p+r,m]*B[r]',P=4,R=2,M=2",
    objective: "energy",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 100 pJ, write: 10 pJ}
  - storage: L1
    capacity: 3 word
    keeps: [A, B]
  - storage: L2
    capacity: 3 word
    keeps: [B]
    energy: {write: 10 pJ}
  - storage: L3
    capacity: 3 word
    keeps: [B]
    energy: {read: 100 pJ, write: 10 pJ}`,
  },
  {
    rule: "splits dominate others only where the value of a choice is its cost, not where a buffer keeps every overlap (space.ts: isExact)",
    greedy: ["family: isExact is true of all families"],
    layer: "conv:N=1,M=2,C=2,P=4,Q=1,R=2,S=1",
    objective: "energy",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 13 pJ, write: 8 pJ}
  - storage: L1
    capacity: {Inputs: 5, Weights: 6, Outputs: 6}
    mayKeep: all
    reuse: overlap
    energy: {read: 1 pJ, write: 1 pJ}`,
  },
  {
    rule: "each coupled group may be the one that slides a tile (family.ts: modesOf)",
    greedy: ["modesOf: the first mode only"],
    layer: "einsum:'O[p,q] += A[p+r,q+s]*B[r,s]',P=2,R=2,Q=2,S=2",
    objective: "energy*delay^2",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 17 pJ, write: 13 pJ}
    bandwidth: {shared: 3 word/cycle}
  - storage: L1
    capacity: 12 word
    keeps: all
    energy: {read: 0 pJ, write: 30 pJ}
  - storage: L2
    capacity: {A: 1, B: 1, O: 4}
    keeps: [A]
    mayKeep: [B]
    energy: {read: 30 pJ, write: 1 pJ}`,
  },
  {
    rule: "splits that together use no axis of a fan-out beyond its size are packed, a full axis included (packing.ts)",
    greedy: ["pack: uses of the whole size do not fit", "grownBy: no variable takes up a whole axis"],
    layer: "gemm:M=4,N=2,K=4",
    objective: "delay",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 8 pJ, write: 25 pJ}
    bandwidth: {shared: 3 word/cycle}
  - storage: L1
    capacity: 6 word
    keeps: [Weights]
    reuse: overlap
    energy: {read: 2 pJ, write: 3 pJ}
  - fanout: F
    x: 3
    y: 2
    multicast: {x: [Inputs], y: [Weights]}
    energy: {hop: 1 pJ}`,
  },
  {
    rule: "splits are dropped whose tiles alone pass a capacity, not those that fill it (group-table.kernel.ts)",
    greedy: ["fits: tiles that fill the capacity to the last word do not fit"],
    layer: "conv:N=1,M=2,C=2,P=2,Q=1,R=2,S=1",
    objective: "energy^2*delay",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 26 pJ, write: 5 pJ}
  - storage: L1
    capacity: 4 word
    keeps: all
    energy: {read: 7 pJ, write: 6 pJ}`,
  },
  {
    rule: "a product covers what a difference takes away only if it does so where its tile slides as far as it can (branch.kernel.ts: coversOf)",
    greedy: ["coversOf: words that enter a node count as whole tiles"],
    layer: "einsum:'O[m,n] += A[m+n]*B[n]',M=4,N=2",
    objective: "energy",
    levels: `
  - storage: L0
    keeps: all
    energy: {read: 58 pJ, write: 35 pJ}
  - storage: L1
    capacity: {A: 2, B: 9, O: 2}
    mayKeep: all
    block: 4 word
    energy: {read: 3 pJ, write: 3 pJ, update: 5 pJ, leak: 3 pJ}
    bandwidth: {shared: 2 word/cycle}
  - storage: L2
    capacity: {A: 3, B: 8, O: 5}
    mayKeep: [B]
    energy: {read: 1 pJ, write: 2 pJ, leak: 1 pJ}
    bandwidth: {shared: 3 word/cycle}`,
  },
];

function problemOf({ rule, layer: spec, objective: name, levels }: Rule): Problem {
  const text = `name: rule\nsource: a test\nclock: 1 GHz\nlevels:${levels}\n  - compute: MAC\n    energy: 1 pJ\n`;
  const [parsed, architecture, objective] = [
    parseInlineLayer(spec),
    parseArchitecture(text, "rule.yaml"),
    parseObjective(name),
  ];
  const layer = parsed.ok ? parsed.value.layers[0] : undefined;
  if (layer === undefined || !architecture.ok || objective === null) throw new Error(`${rule}: not a problem`);
  return { title: rule, layer, architecture: architecture.value, objective };
}

describe("rules that leave mappings out", () => {
  for (const rule of RULES)
    it(rule.rule, () => {
      const { layer, architecture, objective } = problemOf(rule);
      let least = Number.POSITIVE_INFINITY;
      for (const mapping of everyLegalMapping(layer, architecture)) {
        const { energy, cycles } = costOf(mapping);
        least = Math.min(least, valueUnder(objective, energy, cycles));
      }
      const found = search(layer, architecture, {
        ...{ objective, dataflow: null, costOf, gap: 0 },
        cancelled: () => false,
        progress: () => undefined,
      });
      expect(found.status).to.equal("optimal");
      expect(found.cost?.value ?? 0, rule.greedy.join("; ")).to.be.closeTo(least, 1e-9 * least);
    });
});
