import type { Architecture, FanoutLevel, Level, StorageLevel } from "../../arch-specs/index.js";
import type { Affine, Einsum, Layer, Tensor } from "../../workloads/index.js";

type Term = readonly [variable: string, coefficient: number];

function tensor(
  variables: readonly string[],
  bounds: readonly number[],
  name: string,
  role: Tensor["role"],
  ranks: readonly (readonly Term[])[],
): Tensor {
  const affine = ranks.map(
    (terms): Affine => ({
      terms: terms.map(([v, coefficient]) => ({ variable: variables.indexOf(v), coefficient })),
      offset: 0,
    }),
  );
  const shape = affine.map((rank) =>
    rank.terms.reduce((n, t) => n + t.coefficient * ((bounds[t.variable] ?? 1) - 1), 1),
  );
  return { name, alias: name, role, ranks: affine, shape, type: { kind: "int", bits: 8 } };
}

const layer = (name: string, variables: readonly string[], bounds: readonly number[], tensors: Tensor[]): Layer => {
  const einsum: Einsum = {
    variables,
    bounds,
    tensors,
    operation: { combine: "multiply", reduce: "add", start: "identity", after: null },
    padding: "counted",
    accumulator: { kind: "int", bits: 32 },
  };
  return { name, einsum, kind: "einsum", repeat: 1 };
};

/** Outputs[m,n] += Inputs[k,n] * Weights[m,k] */
export function gemm(bounds: { m: number; n: number; k: number }): Layer {
  const variables = ["m", "n", "k"];
  const sizes = [bounds.m, bounds.n, bounds.k];
  return layer("gemm", variables, sizes, [
    tensor(variables, sizes, "Inputs", "input", [[["k", 1]], [["n", 1]]]),
    tensor(variables, sizes, "Weights", "input", [[["m", 1]], [["k", 1]]]),
    tensor(variables, sizes, "Outputs", "output", [[["m", 1]], [["n", 1]]]),
  ]);
}

/** Outputs[p] += Inputs[U·p + r] * Weights[r] */
export function conv1d(bounds: { p: number; r: number }, stride = 1): Layer {
  const variables = ["p", "r"];
  const sizes = [bounds.p, bounds.r];
  return layer("conv1d", variables, sizes, [
    tensor(variables, sizes, "Inputs", "input", [
      [
        ["p", stride],
        ["r", 1],
      ],
    ]),
    tensor(variables, sizes, "Weights", "input", [[["r", 1]]]),
    tensor(variables, sizes, "Outputs", "output", [[["p", 1]]]),
  ]);
}

/** Outputs[n,m,p,q] += Inputs[n,c,U·p + r,U·q + s] * Weights[m,c,r,s] */
export function conv(
  bounds: { n?: number; m: number; c: number; p: number; q: number; r: number; s: number },
  stride = 1,
): Layer {
  const variables = ["n", "m", "c", "p", "q", "r", "s"];
  const sizes = [bounds.n ?? 1, bounds.m, bounds.c, bounds.p, bounds.q, bounds.r, bounds.s];
  const slide = (out: string, filter: string): Term[] => [
    [out, stride],
    [filter, 1],
  ];
  return layer("conv", variables, sizes, [
    tensor(variables, sizes, "Inputs", "input", [[["n", 1]], [["c", 1]], slide("p", "r"), slide("q", "s")]),
    tensor(variables, sizes, "Weights", "input", [[["m", 1]], [["c", 1]], [["r", 1]], [["s", 1]]]),
    tensor(variables, sizes, "Outputs", "output", [[["n", 1]], [["m", 1]], [["p", 1]], [["q", 1]]]),
  ]);
}

export const storage = (
  name: string,
  words: number = Number.POSITIVE_INFINITY,
  more: Partial<StorageLevel> = {},
): Level => ({
  kind: "storage",
  name,
  capacity: { kind: "shared", words },
  wordBits: 16,
  block: 1,
  reuse: "slide",
  keeps: "all",
  mayKeep: new Set(),
  bandwidth: {
    read: Number.POSITIVE_INFINITY,
    write: Number.POSITIVE_INFINITY,
    shared: Number.POSITIVE_INFINITY,
  },
  energy: { read: 1, write: 1, update: 1, leak: 0 },
  buffering: "single",
  area: 0,
  ...more,
});

export const fanout = (name: string, x: number, y: number, more: Partial<FanoutLevel> = {}): Level => ({
  kind: "fanout",
  name,
  x,
  y,
  multicast: { x: "all", y: "all" },
  reduction: { x: "all", y: "all" },
  links: { x: new Set(), y: new Set() },
  hopEnergy: 0,
  leak: 0,
  area: 0,
  ...more,
});

export const architecture = (...levels: readonly Level[]): Architecture => ({
  name: "test",
  source: "made up for this test",
  clockHz: 1e8,
  levels: [...levels, { kind: "compute", name: "MAC", operationsPerCycle: 1, energy: 1, leak: 0, latency: 1, area: 0 }],
});

/** Every tensor may be kept, none must. */
export const optional: Partial<StorageLevel> = { keeps: new Set(), mayKeep: "all" };

/** DRAM → GLB (weights optional) → PEs → PE, as the design's example. */
export const textbook = (glb = 8192, pe = 256): Architecture =>
  architecture(
    storage("DRAM"),
    storage("GLB", glb, { keeps: new Set(["Inputs", "Outputs"]), mayKeep: new Set(["Weights"]) }),
    fanout("PEs", 14, 12),
    storage("PE", pe),
  );
