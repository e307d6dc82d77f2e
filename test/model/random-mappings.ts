import type { Architecture, Level, PerAxis, ReusePolicy } from "../../arch-specs/index.js";
import type { Random } from "../../base/index.js";
import { checkLegality, type LegalMapping, type MappingNode } from "../../mappings/index.js";
import type { Layer } from "../../workloads/index.js";
import { architecture, einsum, fanout, optional, storage } from "./fixtures.js";

/** What the random mappings should stay clear of. */
export interface Limits {
  readonly isPerfect?: boolean;
  readonly padding?: "counted" | "free";
}

/** A small random layer, architecture and mapping of every kind that the model tells apart. */
export function randomMapping(random: Random, limits: Limits = {}): LegalMapping {
  const layer = randomLayer(random, limits);
  const arch = randomArchitecture(random);
  const legal = checkLegality({ nodes: randomNodes(random, layer, arch, limits) }, layer, arch);
  if (!legal.ok) throw new Error(legal.errors.map((e) => e.message).join("; "));
  return legal.value;
}

function randomLayer(random: Random, limits: Limits): Layer {
  const size = (high: number): number => random.integer(1, high);
  const [u, d] = [random.integer(1, 3), random.integer(1, 2)];
  const z = random.integer(0, 2);
  const padding = limits.padding ?? (random.integer(0, 3) === 0 ? "free" : "counted");
  const kinds: (() => Layer)[] = [
    () => einsum("O[m,n] += A[m,k] * B[k,n]", { m: size(6), n: size(5), k: size(6) }),
    () =>
      einsum(
        `O[m,p] += I[c,${u}p+${d}r-${z}] * W[m,c,r]`,
        { m: size(3), c: size(4), p: size(7), r: size(4) },
        { padding, shapes: { I: [4, 6] } },
      ),
    () =>
      einsum(
        `O[p,q] += I[${u}p+${d}r-${z},q+s-1] * W[r,s]`,
        { p: size(5), q: size(4), r: size(3), s: size(3) },
        { padding, shapes: { I: [5, 4] } },
      ),
    () =>
      einsum(
        `dI[c,${u}p+r-${z}] += dO[m,p] * W[m,c,r]`,
        { c: size(2), m: size(3), p: size(6), r: size(4) },
        { padding, shapes: { dI: [2, 7] } },
      ),
    () => einsum(`O[p] += I[5-p+${d}r] * W[r]`, { p: size(7), r: size(6) }, { padding, shapes: { I: [6] } }),
    () => einsum("O[p+r,p-r] += I[p,c] * W[r]", { p: size(5), r: size(4), c: size(3) }),
    () => einsum(`O[${u}p+q] += I[p] * W[q,c]`, { p: size(6), q: size(5), c: size(3) }, { padding }),
  ];
  return random.pick(kinds)();
}

function randomArchitecture(random: Random): Architecture {
  const reuse = (): ReusePolicy => random.pick(["slide", "slide", "overlap", "none"]);
  const some = (): PerAxis => ({
    x: random.pick(["all", new Set<string>()]),
    y: random.pick(["all", new Set<string>()]),
  });
  const mesh = (i: number): Level =>
    fanout(`net${i}`, random.integer(1, 4), random.integer(1, 3), { multicast: some(), reduction: some() });
  const levels: Level[] = [storage("L0", Number.POSITIVE_INFINITY, optional)];
  const storages = random.integer(1, 3);
  for (let i = 1; i <= storages; i++) {
    if (random.integer(0, 3) > 0) levels.push(mesh(i));
    if (i < storages) levels.push(storage(`L${i}`, Number.POSITIVE_INFINITY, { ...optional, reuse: reuse() }));
  }
  return architecture(...levels);
}

function randomNodes(random: Random, layer: Layer, arch: Architecture, limits: Limits): readonly MappingNode[] {
  const { variables, bounds, tensors } = layer.einsum;
  const extents = [...bounds];
  const nodes: MappingNode[] = [{ kind: "keep", tensors: tensors.map((t) => t.name), level: "L0" }];
  const tile = (v: number): number => {
    const extent = extents[v] ?? 1;
    const sizes = Array.from({ length: extent }, (_, i) => i + 1);
    return random.pick(limits.isPerfect === true ? sizes.filter((n) => extent % n === 0) : sizes);
  };
  const temporal = (): void => {
    const v = random.integer(0, variables.length - 1);
    if ((extents[v] ?? 1) === 1) return;
    const by = tile(v);
    extents[v] = by;
    nodes.push({ kind: "for", variable: variables[v] ?? "", by });
  };
  for (const level of arch.levels.slice(1)) {
    for (let i = random.integer(0, 3); i > 0; i--) temporal();
    if (level.kind === "fanout") {
      const free = { x: level.x, y: level.y };
      for (let i = random.integer(0, 4); i > 0; i--) {
        const v = random.integer(0, variables.length - 1);
        const [axis, by] = [random.pick(["x", "y"] as const), tile(v)];
        const count = Math.ceil((extents[v] ?? 1) / by);
        if (count > free[axis]) continue;
        free[axis] = Math.floor(free[axis] / count);
        extents[v] = by;
        nodes.push({ kind: "spatial", variable: variables[v] ?? "", by, axis, fanout: level.name });
        if (random.integer(0, 4) === 0) temporal();
      }
    } else if (level.kind === "storage")
      for (const tensor of tensors) {
        if (random.integer(0, 3) > 0) nodes.push({ kind: "keep", tensors: [tensor.name], level: level.name });
        if (random.integer(0, 2) === 0) temporal();
      }
  }
  const rest = variables.map((variable, v) => ({ variable, v })).filter(({ v }) => (extents[v] ?? 1) > 1);
  while (rest.length > 0) {
    const [{ variable } = { variable: "" }] = rest.splice(random.integer(0, rest.length - 1), 1);
    nodes.push({ kind: "for", variable, by: 1 });
  }
  return nodes;
}
