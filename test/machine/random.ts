import type { Architecture, Level, TensorSet } from "../../arch-specs/index.js";
import { type Random, seeded } from "../../base/index.js";
import { checkLegality, type LegalMapping, type MappingNode } from "../../mappings/index.js";
import { type Einsum, type EinsumSetting, einsumWithTypes, type Layer, type RunType } from "../../workloads/index.js";
import { architecture, fanout, layer, layerOf, storage } from "./scaffold.js";

interface Shape {
  readonly text: string;
  /** The most that a bound may be, and constants with their range. */
  readonly most: Readonly<Record<string, number>>;
  readonly constants?: Readonly<Record<string, readonly [number, number]>>;
  readonly operation?: EinsumSetting["operation"];
  /** Words along each axis where the tensor is smaller than what the operation touches: the rest is padding. */
  readonly cut?: Readonly<Record<string, number>>;
}

const conv = { N: 2, M: 4, C: 3, P: 5, Q: 4, R: 3, S: 3 };
const shapes: readonly Shape[] = [
  { text: "Z[m,n] += A[m,k] * B[k,n]", most: { M: 7, N: 6, K: 8 } },
  { text: "Z[m,n] += A[m,k] * B[k,n]", most: { M: 40, N: 4, K: 3 } },
  { text: "Z[m,n] += A[m,k] * B[k,n]", most: { M: 3, N: 3, K: 50 } },
  { text: "O[m,q] += I[c,U*q+s] * F[m,c,s]", most: { M: 3, C: 2, Q: 30, S: 3 }, constants: { U: [1, 3] } },
  { text: "O[p] += I[U*p+r] * F[r]", most: { P: 60, R: 4 }, constants: { U: [1, 2] } },
  { text: "O[c,U*p+r] += G[m,p] * F[m,c,r]", most: { C: 2, P: 40, M: 3, R: 3 }, constants: { U: [1, 2] } },
  { text: "O[c,q] max= I[c,q+s]", most: { C: 20, Q: 18, S: 3 } },
  { text: "O[n,m,p,q] += I[n,c,p+r,q+s] * F[m,c,r,s]", most: conv },
  {
    text: "O[n,m,p,q] += I[n,c,U*p+D*r-L,U*q+D*s-L] * F[m,c,r,s]",
    most: { N: 1, M: 3, C: 2, P: 6, Q: 5, R: 3, S: 3 },
    constants: { U: [1, 3], D: [1, 2], L: [0, 2] },
    cut: { I: 2 },
  },
  { text: "O[g,p] += I[g,p+r-L] * F[g,r]", most: { G: 4, P: 9, R: 3 }, constants: { L: [0, 1] }, cut: { I: 1 } },
  { text: "O[c,U*p+r] += G[m,p] * F[m,c,r]", most: { C: 3, P: 6, M: 4, R: 3 }, constants: { U: [1, 2] } },
  {
    text: "O[c,U*p+r-L] += G[m,p] * F[m,c,r]",
    most: { C: 3, P: 6, M: 4, R: 3 },
    constants: { U: [1, 2], L: [0, 1] },
    cut: { O: 1 },
  },
  { text: "O[p] += I[p-r+R] * F[r]", most: { P: 9, R: 5 } },
  { text: "O[m,p] += I[m-p+P,p] * F[m]", most: { M: 7, P: 6 } },
  {
    text: "O[c,p,q] max= I[c,U*p+r-L,U*q+s-L]",
    most: { C: 4, P: 4, Q: 4, R: 3, S: 3 },
    constants: { U: [1, 2], L: [0, 1] },
    cut: { I: 1 },
  },
  {
    text: "O[c,p] max= I[c,p+r-L] * F[r]",
    most: { C: 4, P: 7, R: 3 },
    constants: { L: [0, 1] },
    operation: { combine: "subtract-square" },
    cut: { I: 1 },
  },
  {
    text: "O[c,p] += I[c,p+r-L]",
    most: { C: 6, P: 7, R: 3 },
    constants: { L: [0, 1] },
    operation: { after: { kind: "divide-by-count" } },
    cut: { I: 1 },
  },
  { text: "O[m,n] = A[m,n] + B[n]", most: { M: 9, N: 8 } },
  { text: "O[i,r] += A[i,j,k] * B[j,r] * C[k,r]", most: { I: 4, J: 4, K: 3, R: 5 } },
  { text: "O[] += A[k]", most: { K: 30 } },
  { text: "O[b,i] min= A[b,k] * B[k,i]", most: { B: 3, I: 6, K: 6 }, operation: { combine: "subtract" } },
];

/** A small random problem on a random architecture, the same for the same seed. */
export function randomProblem(seed: number): LegalMapping {
  const random = seeded(seed);
  const on = randomLayer(random);
  const tensors = on.einsum.tensors.map(({ name }) => name);
  const machine = randomArchitecture(random, tensors);
  const checked = checkLegality({ nodes: randomNodes(random, on.einsum, machine) }, on, machine);
  if (!checked.ok) throw new Error(`seed ${seed}: ${JSON.stringify(checked.errors)}`);
  return checked.value;
}

function randomLayer(random: Random): Layer {
  const { text, most, constants = {}, operation, cut = {} } = random.pick(shapes);
  const bounds = Object.fromEntries(Object.entries(most).map(([name, n]) => [name, random.integer(1, n)]));
  const values = Object.fromEntries(
    Object.entries(constants).map(([name, [low, high]]) => [name, random.integer(low, high)]),
  );
  // As much padding below as above has to leave something of the tensor.
  if (values["L"] !== undefined)
    values["L"] = Math.min(values["L"], Math.floor(Math.min(...["P", "R", "S"].map((n) => bounds[n] ?? 1)) / 2));
  const setting = operation === undefined ? {} : { operation };
  const found = layer(text, bounds, { ...setting, constants: new Map(Object.entries(values)) }).einsum;
  const type: RunType = random.pick(["int16", "int8", "float32", "float64"]);
  const typed = einsumWithTypes(found, type);
  const L = values["L"] ?? 0;
  return layerOf({
    ...typed,
    padding: random.pick(["counted", "free"]),
    tensors: typed.tensors.map((tensor) => ({
      ...tensor,
      shape: tensor.shape.map((extent, axis) => {
        const isMoving = (tensor.ranks[axis]?.terms.length ?? 0) > 1;
        return isMoving ? Math.max(1, extent - random.integer(0, Math.max(0, (cut[tensor.name] ?? 0) - L))) : extent;
      }),
    })),
  });
}

function randomArchitecture(random: Random, tensors: readonly string[]): Architecture {
  const levels: Level[] = [];
  const some = (): TensorSet =>
    random.integer(0, 2) > 0 ? "all" : new Set(tensors.filter(() => random.integer(0, 1) === 1));
  const count = random.integer(1, 4);
  for (let i = 0; i < count; i++) {
    levels.push(storage(`L${i}`, random.pick(["slide", "slide", "overlap", "none"])));
    for (let f = random.pick([0, 0, 1, 1, 2]); f > 0; f--) {
      const sharing = { multicast: { x: some(), y: some() }, reduction: { x: some(), y: some() } };
      levels.push(fanout(`F${levels.length}`, random.integer(1, 4), random.integer(1, 3), sharing));
    }
  }
  return architecture(...levels);
}

/** Keep nodes of a level with loops between them; spatial loops on the fan-outs, loops between these. */
function randomNodes(random: Random, einsum: Einsum, machine: Architecture): readonly MappingNode[] {
  const left = [...einsum.bounds];
  const nodes: MappingNode[] = [];
  const chooseBy = (extent: number): number => {
    const divisors = Array.from({ length: extent }, (_, i) => i + 1).filter((n) => extent % n === 0);
    return random.pick([1, random.pick(divisors), random.pick(divisors), random.integer(1, extent)]);
  };
  const loops = (most: number): void => {
    for (let n = random.integer(0, most); n > 0; n--) {
      const v = random.integer(0, left.length - 1);
      const by = chooseBy(left[v] ?? 1);
      nodes.push({ kind: "for", variable: einsum.variables[v] ?? "", by });
      left[v] = by;
    }
  };
  machine.levels.forEach((level, l) => {
    if (level.kind === "storage") {
      const kept = einsum.tensors.filter(() => l === 0 || random.integer(0, 3) > 0);
      for (const { name } of shuffled(random, kept)) {
        nodes.push({ kind: "keep", tensors: [name], level: level.name });
        if (l > 0) loops(1);
      }
      loops(2);
    } else if (level.kind === "fanout") {
      const room = { x: level.x, y: level.y };
      for (let n = random.integer(0, 3); n > 0; n--) {
        const axis = random.pick(["x", "y"] as const);
        const v = random.integer(0, left.length - 1);
        const extent = left[v] ?? 1;
        const fitting = Array.from({ length: extent }, (_, i) => i + 1).filter(
          (by) => Math.ceil(extent / by) <= room[axis],
        );
        const by = random.pick(fitting);
        nodes.push({ kind: "spatial", variable: einsum.variables[v] ?? "", by, axis, fanout: level.name });
        room[axis] = Math.floor(room[axis] / Math.ceil(extent / by));
        left[v] = by;
        if (random.integer(0, 4) === 0) loops(1);
      }
    }
  });
  for (const v of shuffled(random, [...left.keys()]))
    if ((left[v] ?? 1) > 1) nodes.push({ kind: "for", variable: einsum.variables[v] ?? "", by: 1 });
  return nodes;
}

function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.integer(0, rest.length - 1), 1)[0] as T);
}
