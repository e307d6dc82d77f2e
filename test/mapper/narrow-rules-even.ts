import type { NarrowRule } from "./narrow-rules.js";

/** Rules of the orders under Timeloop's conventions, told as in narrow-rules.ts. */
export const EVEN_RULES: readonly NarrowRule[] = [
  {
    rule: "even: a node cuts any region above it where irrelevant loops may stand (even-orders.ts: cutChoices)",
    greedy: [
      "cutChoices: the nearest region only, or the nearest two",
      "keyOf: what is charged does not tell families apart",
    ],
    layer: "einsum:'O[m] += A[m,k]*B[k]',M=2,K=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 1 word, keeps: [B], energy: {read: 100 pJ, write: 10 pJ}}",
      "{storage: L2, capacity: 1 word, keeps: [O], energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L3, capacity: 1 word, keeps: [O], energy: {read: 0 pJ, write: 0 pJ}}",
    ],
    conventions: "timeloop",
  },
  {
    rule: "even: a node cuts the region right above its level, or one further out (even-orders.ts: cutChoices)",
    greedy: [
      "cutChoices: not the outermost region, or that alone",
      "familiesOf: what may stand outside a tail always does",
    ],
    layer: "einsum:'O[r] += A[p+r]*B[p]*D[r]',P=4,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: [B, D], energy: {read: 10 pJ, write: 1 pJ}, reuse: none}",
      "{storage: L2, capacity: 4 word, keeps: [A, O], energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L3, capacity: 3 word, keeps: [D, A], energy: {read: 10 pJ, write: 100 pJ}, reuse: none}",
    ],
    conventions: "timeloop",
  },
  {
    rule: "even: loops that a node sees for nothing stand inside all that are relevant to it (even-orders.ts: familiesOf)",
    greedy: ["familiesOf: what no tensor cares for stands outermost"],
    layer: "einsum:'O[m] += A[m,k,j]*B[k]',M=2,K=2,J=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 1 word, keeps: [A], energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L2, capacity: 1 word, keeps: [A], energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L3, capacity: 2 word, keeps: [B, O], energy: {read: 10 pJ, write: 0 pJ}}",
    ],
    conventions: "timeloop",
  },
  {
    rule: "even: tensors that cut one region have their say in every order (even-orders.ts: familiesOf)",
    greedy: [
      "familiesOf: in one order, the first or the last",
      "keyOf: what is charged in the outermost region does not tell",
    ],
    layer: "einsum:'O[p,m] += A[p+r]*B[r]*D[m]',P=4,R=2,M=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 10 pJ}}",
      "{storage: L1, capacity: 4 word, keeps: [D, O], energy: {read: 0 pJ, write: 10 pJ}, reuse: none}",
      "{storage: L2, capacity: 4 word, keeps: [B, D], energy: {read: 10 pJ, write: 0 pJ}, reuse: none}",
      "{storage: L3, capacity: 3 word, keeps: [A, B], energy: {read: 1 pJ, write: 100 pJ}, reuse: none}",
    ],
    conventions: "timeloop",
  },
  {
    rule: "even: families differ by what they charge of the region right above a node (even-orders.ts: keyOf)",
    greedy: ["keyOf: what is charged in the region right above the node does not tell"],
    layer: "einsum:'O[p,q] += A[p+r]*B[q+s]',P=2,R=2,Q=2,S=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 2 word, keeps: [A, O], energy: {read: 0 pJ, write: 10 pJ}}",
      "{storage: L2, capacity: 1 word, keeps: [B], energy: {read: 1 pJ, write: 100 pJ}, reuse: none}",
      "{storage: L3, capacity: 8 word, keeps: [A], energy: {read: 100 pJ, write: 100 pJ}, reuse: none}",
    ],
    conventions: "timeloop",
  },
  {
    rule: "even: each coupled variable may have its loops outside a tail, others inside (even-orders.ts: outsideOf)",
    greedy: ["familiesOf: none outside", "familiesOf: all or none outside", "outsideOf: the last variable only"],
    layer: "conv:M=1,C=1,P=2,Q=2,R=2,S=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 2 word, keeps: [Inputs, Weights], energy: {read: 1 pJ, write: 0 pJ}, reuse: none}",
      "{storage: L2, capacity: 6 word, keeps: [Inputs], energy: {read: 1 pJ, write: 1 pJ}}",
      "{storage: L3, capacity: 8 word, keeps: [Inputs], energy: {read: 0 pJ, write: 10 pJ}}",
    ],
    conventions: "timeloop",
  },
];
