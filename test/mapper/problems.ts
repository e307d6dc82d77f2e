import { type Architecture, type Level, parseArchitecture } from "../../arch-specs/index.js";
import { type Random, seeded } from "../../base/index.js";
import { type Objective, parseObjective } from "../../mapper/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { type Layer, parseInlineLayer, withBias } from "../../workloads/index.js";

/** Layers small enough for brute force: sliding windows, strides, dilation, scatter, pooling, three inputs, shared batches. */
const LAYERS = [
  "conv:N=1,M=2,C=2,P=2,Q=1,R=2,S=1",
  "conv:N=1,M=2,C=1,P=4,Q=1,R=3,S=1",
  "conv:N=1,M=2,C=2,P=3,Q=1,R=3,S=1",
  "gemm:M=4,N=2,K=4",
  "gemm:M=6,N=2,K=2",
  "conv:N=2,M=2,C=1,P=2,Q=2,R=2,S=1",
  "conv:N=1,M=1,C=2,P=4,Q=1,R=2,S=1,U=2",
  "conv:N=1,M=2,C=2,P=2,Q=2,R=1,S=1",
  "conv:N=1,M=1,C=1,P=4,Q=2,R=2,S=2",
  "conv:N=1,M=2,C=1,P=4,Q=1,R=4,S=1,D=2",
  "einsum:'O[p+r,m] += A[p,c]*B[m,r,c]',P=3,R=2,M=2,C=2",
  "einsum:'O[m,n] += A[m,k,b]*B[k,n,b]',M=2,N=2,K=2,B=2",
  "einsum:'O[p] max= I[2*p+r]',P=4,R=3",
  "einsum:'O[m,p] += A[m,k]*B[k,p]*D[p]',M=2,K=4,P=2",
  "einsum:'O[m] += A[m,k]*B[k]',M=4,K=6",
];

/** Bounds that few tiles divide, small enough for brute force over all tiles. */
const PRIME = [
  "gemm:M=3,N=2,K=2",
  "gemm:M=3,N=1,K=5",
  "gemm:M=2,N=3,K=3",
  "conv:N=1,M=1,C=1,P=3,Q=1,R=2,S=1",
  "conv:N=1,M=1,C=1,P=5,Q=1,R=3,S=1",
  "conv:N=1,M=2,C=1,P=3,Q=1,R=2,S=1",
  "conv:N=1,M=1,C=2,P=3,Q=1,R=2,S=1,U=2",
  "conv:N=1,M=1,C=1,P=3,Q=2,R=2,S=1",
  "einsum:'O[m] += A[m,k]*B[k]',M=3,K=5",
  "einsum:'O[p+r] += A[p]*B[r]',P=3,R=2",
  "einsum:'O[p] max= I[2*p+r]',P=5,R=3",
  "einsum:'O[m,p] += A[m,k]*B[k,p]*D[p]',M=2,K=3,P=2",
];

/** Matrix products and convolutions whose accumulators start at a bias. */
const BIASED: readonly (readonly [string, readonly string[]])[] = [
  ["gemm:M=4,N=2,K=4", ["n"]],
  ["gemm:M=2,N=3,K=2", ["m"]],
  ["conv:N=1,M=2,C=2,P=2,Q=1,R=2,S=1", ["m"]],
  ["conv:N=1,M=2,C=1,P=4,Q=1,R=3,S=1", ["m"]],
  ["einsum:'O[m] += A[m,k]*B[k]',M=4,K=6", ["m"]],
];

export interface Problem {
  readonly title: string;
  readonly layer: Layer;
  readonly architecture: Architecture;
  readonly objective: Objective;
}

/** A random small problem: two to three storage levels, capacities that bite, bypass, a mesh, every reuse policy and objective. */
export function problemFrom(seed: number): Problem {
  const random = seeded(seed);
  return problemOf(random.pick(LAYERS), random, `seed ${seed}`);
}

/** Variables that stand everywhere alike, outputs in whose axes variables meet, and windows of three variables. */
const MEETING = [
  "einsum:'O[m] += A[m,k,j]*B[k,j]',M=2,K=2,J=2",
  "einsum:'O[m] += A[m,k,j]*B[k,j]',M=2,K=4,J=4",
  "einsum:'O[p,q] += A[p+r,q+s]*B[r,s]',P=2,Q=2,R=2,S=2",
  "einsum:'O[p+r] += A[p]*B[r]',P=4,R=4",
  "einsum:'O[p+r] += A[p]*B[r]*D[p]',P=6,R=2",
  "einsum:'O[p+r,m] += A[p]*B[r,m]',P=4,R=2,M=2",
  "einsum:'O[2*p+r] += A[p]*B[r]',P=4,R=4",
  "einsum:'O[p] += A[p+r+s]*B[r,s]',P=4,R=2,S=2",
  "einsum:'O[p] += A[2*p+r+s]*B[r,s]',P=4,R=2,S=4",
  "einsum:'O[p+r+s] += A[p,r]*B[s]',P=2,R=2,S=4",
  "einsum:'O[p] += A[p+r]*B[r]*D[r]',P=4,R=4",
  "einsum:'O[p] += A[p+r]*B[p+s]',P=4,R=2,S=2",
];

/** The same where variables meet in odd ways. */
export function meetingProblemFrom(seed: number): Problem {
  const random = seeded(seed);
  return problemOf(random.pick(MEETING), random, `meeting, seed ${seed}`);
}

/** The same of a layer whose bounds few tiles divide. */
export function primeProblemFrom(seed: number): Problem {
  const random = seeded(seed);
  return problemOf(random.pick(PRIME), random, `prime seed ${seed}`);
}

/** The same of a layer with a bias. */
export function biasedProblemFrom(seed: number): Problem {
  const random = seeded(seed);
  const [spec, channels] = random.pick(BIASED);
  const problem = problemOf(spec, random, `seed ${seed}`);
  const einsum = withBias(problem.layer.einsum, channels);
  if (einsum === undefined) throw new Error(`no bias for ${spec}`);
  return { ...problem, title: `${problem.title}, biased`, layer: { ...problem.layer, einsum } };
}

/** The same where every level leaks, and a vector unit that takes no part. */
export function leakyProblemFrom(seed: number): Problem {
  const random = seeded(seed);
  const problem = problemOf(random.pick(LAYERS), random, `seed ${seed}`);
  const levels = problem.architecture.levels.map((level): Level => {
    const leak = random.integer(0, 4);
    return level.kind === "storage" ? { ...level, energy: { ...level.energy, leak } } : { ...level, leak };
  });
  const unit = { name: "V", level: 0, lanes: random.integer(1, 4), energy: { operation: 1, activation: 1 }, area: 0 };
  const vector = { ...unit, leak: random.integer(1, 9) };
  return { ...problem, title: `${problem.title}, leaking`, architecture: { ...problem.architecture, levels, vector } };
}

/** Layers with few mappings. */
const TINY = [
  "gemm:M=6,N=1,K=2",
  "conv:N=1,M=1,C=2,P=4,Q=1,R=2,S=1,U=2",
  "conv:N=1,M=1,C=1,P=4,Q=1,R=3,S=1",
  "conv:N=1,M=2,C=1,P=4,Q=1,R=2,S=1",
  "einsum:'O[p] max= I[2*p+r]',P=4,R=3",
  "einsum:'O[m] += A[m,k]*B[k]',M=4,K=6",
];

/** A small problem where going faster costs: links are dear, words are shared by few, and ports are narrow. */
export function hurriedProblemFrom(seed: number): Problem {
  const random = seeded(seed);
  const storage = (name: string): string =>
    [
      `  - storage: ${name}\n    capacity: ${random.integer(4, 40)} word\n    ${random.pick(["keeps: all", "mayKeep: all"])}`,
      `    energy: {read: ${random.integer(1, 4)} pJ, write: ${random.integer(1, 4)} pJ}`,
      `    bandwidth: {shared: ${random.integer(1, 3)} word/cycle}\n`,
    ].join("\n");
  const text = [
    "name: hurried\nsource: a test\nclock: 1 GHz\nlevels:\n",
    `  - storage: L0\n    keeps: all\n    energy: {read: 9 pJ, write: 9 pJ}\n    bandwidth: {shared: ${random.integer(2, 6)} word/cycle}\n`,
    random.pick(["", storage("L1")]),
    `  - fanout: F\n    x: ${random.integer(1, 4)}\n    y: ${random.integer(1, 3)}\n    multicast: ${random.pick(["[]", "[Inputs]"])}\n    energy: {hop: ${random.integer(2, 9)} pJ}\n`,
    storage("L2"),
    "  - compute: MAC\n    energy: 1 pJ\n",
  ].join("");
  return problemOf(random.pick(TINY), random, `hurried, seed ${seed}`, text);
}

/** Layers in which variables can change places. */
const SYMMETRIC = [
  "gemm:M=4,N=4,K=2",
  "gemm:M=2,N=2,K=4",
  "conv:N=1,M=2,C=2,P=2,Q=2,R=2,S=2",
  "conv:N=1,M=1,C=1,P=4,Q=4,R=3,S=3",
  "conv:N=2,M=2,C=1,P=4,Q=1,R=2,S=1",
  "einsum:'O[m,n] += A[m,k,b]*B[k,n,b]',M=2,N=2,K=2,B=2",
];

/** A small problem with many equal mappings: every access costs the same, and variables and axes are alike. */
export function tiedProblemFrom(seed: number): Problem {
  const random = seeded(seed);
  const keeps = (): string => random.pick(["keeps: all", "mayKeep: all", "mayKeep: all"]);
  const storage = (name: string): string =>
    `  - storage: ${name}\n    capacity: ${random.integer(4, 40)} word\n    ${keeps()}\n    energy: {read: 1 pJ, write: 1 pJ}\n`;
  const size = random.integer(1, 2);
  const text = [
    "name: tied\nsource: a test\nclock: 1 GHz\nlevels:\n",
    "  - storage: L0\n    keeps: all\n    energy: {read: 1 pJ, write: 1 pJ}\n",
    random.pick(["", storage("L1")]),
    `  - fanout: F\n    x: ${size}\n    y: ${size}\n`,
    storage("L2"),
    "  - compute: MAC\n    energy: 1 pJ\n",
  ].join("");
  return problemOf(random.pick(SYMMETRIC), random, `tied, seed ${seed}`, text);
}

function problemOf(spec: string, random: Random, name_: string, text: string = architectureText(random)): Problem {
  const parsed = parseInlineLayer(spec);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  const architecture = parseArchitecture(text, "random.yaml");
  if (!architecture.ok) throw new Error(`${architecture.errors[0]?.message}\n${text}`);
  const name = random.pick(["energy", "edp", "delay", "energy^2*delay"]);
  const objective = parseObjective(name);
  const [layer] = parsed.value.layers;
  if (objective === null || layer === undefined) throw new Error("a problem without an objective or a layer");
  return { title: `${name_}: ${spec}, ${name}`, layer, architecture: architecture.value, objective };
}

function architectureText(random: Random): string {
  const levels = [
    "  - storage: L0\n    keeps: all",
    `    energy: {read: ${random.integer(5, 60)} pJ, write: ${random.integer(5, 60)} pJ}`,
    `    ${random.pick(["block: 1 word", `bandwidth: {shared: ${random.integer(1, 4)} word/cycle}`])}`,
  ];
  const shape = random.pick(["L1", "F L1", "L1 F", "L1 L2", "L1 F L2"]);
  for (const part of shape.split(" ")) levels.push(part === "F" ? fanout(random) : storage(random, part));
  return `name: random\nsource: a test\nclock: 1 GHz\nlevels:\n${levels.join("\n")}\n  - compute: MAC\n    energy: 1 pJ\n`;
}

const fanout = (random: Random): string =>
  [
    "  - fanout: F",
    `    x: ${random.integer(1, 3)}`,
    `    y: ${random.integer(1, 3)}`,
    `    multicast: ${random.pick(["all", "all", "[Inputs]", "{x: [Inputs], y: [Weights]}"])}`,
    `    reduction: ${random.pick(["all", "all", "{x: all}"])}`,
    `    energy: {hop: ${random.pick([0, 0, 1, 2])} pJ}`,
  ].join("\n");

const storage = (random: Random, name: string): string =>
  [
    `  - storage: ${name}`,
    `    capacity: ${random.integer(3, 24)} word`,
    `    ${random.pick(["keeps: all", "mayKeep: all", "keeps: [Outputs]\n    mayKeep: [Inputs]", "keeps: [Weights]"])}`,
    `    reuse: ${random.pick(["slide", "slide", "slide", "overlap", "none"])}`,
    `    block: ${random.pick([1, 1, 1, 2])} word`,
    `    energy: {read: ${random.integer(1, 9)} pJ, write: ${random.integer(1, 9)} pJ}`,
    ...(random.integer(0, 3) > 0
      ? []
      : [`    bandwidth: {read: ${random.integer(1, 3)} word/cycle, write: 1 word/cycle}`]),
  ].join("\n");

export const costOf = (mapping: LegalMapping): { readonly energy: number; readonly cycles: number } =>
  price(predict(mapping), mapping);
