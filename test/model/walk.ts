import type { LegalMapping, ResolvedNode } from "../../mappings/index.js";
import { type Counts, classesOf, type TensorAccesses } from "../../sim/counts.js";
import type { Tensor } from "../../workloads/index.js";

/**
 * Counts a tiny mapping by walking every step with explicit sets of points, straight from docs/semantics.md: slow, and
 * written to be obviously right. Everything is done anew at every step; nothing is inferred from the step before
 * but what each instance holds.
 */
export function walk(mapping: LegalMapping): Counts {
  const { einsum } = mapping.layer;
  const loops = mapping.nodes.filter((node) => node.kind !== "keep");
  const steps = stepsOf(loops, einsum.bounds);
  const tally = new Tally(mapping);
  for (const [t, tensor] of einsum.tensors.entries()) {
    const nodes = mapping.nodes.flatMap((node, at) =>
      node.kind === "keep" && node.tensor === t ? [{ level: node.level, loops: loopsAbove(mapping.nodes, at) }] : [],
    );
    nodes.forEach((parent, i) => {
      const child = nodes[i + 1];
      if (child !== undefined) walkTiles(mapping, tensor, t, parent, child, steps, tally);
      else walkOperands(mapping, tensor, t, parent, steps, tally);
    });
  }
  const working = new Set(
    steps.flatMap((step) =>
      instancesOf(loops).flatMap((instance) =>
        rangesOf(loops, einsum.bounds, step, instance) === null ? [] : [instance.join()],
      ),
    ),
  );
  return tally.counts(steps.length, working.size, loops);
}

type Loop = Exclude<ResolvedNode, { kind: "keep" }>;
type Indices = readonly number[];
type Range = readonly [from: number, to: number];
interface Place {
  readonly level: number;
  readonly loops: readonly Loop[];
}

const loopsAbove = (nodes: readonly ResolvedNode[], at: number): readonly Loop[] =>
  nodes.slice(0, at).filter((node) => node.kind !== "keep");

/** Temporal indices of every step, one an entry of `loops` (0 at spatial loops), by the ranges at instance 0. */
function stepsOf(loops: readonly Loop[], bounds: readonly number[]): readonly Indices[] {
  let steps: { indices: number[]; ranges: Range[] }[] = [{ indices: [], ranges: bounds.map((n) => [0, n]) }];
  for (const { kind, variable, by } of loops)
    steps = steps.flatMap(({ indices, ranges }) => {
      const [from, to] = ranges[variable] ?? [0, 1];
      const trips = kind === "for" ? Math.ceil((to - from) / by) : 1;
      return Array.from({ length: trips }, (_, k) => ({
        indices: [...indices, k],
        ranges: ranges.map(
          (range, v): Range => (v === variable ? [from + k * by, Math.min(from + (k + 1) * by, to)] : range),
        ),
      }));
    });
  return steps.map((step) => step.indices);
}

/** Spatial indices of every instance, one an entry of `loops` (0 at temporal loops). */
function instancesOf(loops: readonly Loop[]): readonly Indices[] {
  let instances: Indices[] = [[]];
  for (const { kind, extent, by } of loops) {
    const count = kind === "spatial" ? Math.ceil(extent / by) : 1;
    instances = instances.flatMap((head) => Array.from({ length: count }, (_, k) => [...head, k]));
  }
  return instances;
}

/** The ranges of all variables at an instance and step, or null where it idles. */
function rangesOf(
  loops: readonly Loop[],
  bounds: readonly number[],
  step: Indices,
  instance: Indices,
): readonly Range[] | null {
  const ranges = bounds.map((n): Range => [0, n]);
  for (const [i, { kind, variable, by }] of loops.entries()) {
    const k = (kind === "for" ? step[i] : instance[i]) ?? 0;
    const [from, to] = ranges[variable] ?? [0, 1];
    if (from + k * by >= to) return null;
    ranges[variable] = [from + k * by, Math.min(from + (k + 1) * by, to)];
  }
  return ranges;
}

/** The tile as intervals, one an axis. */
function boxOf(tensor: Tensor, ranges: readonly Range[]): readonly Range[] {
  return tensor.ranks.map(({ terms, offset }) => {
    let [low, high] = [offset, offset];
    for (const { variable, coefficient } of terms) {
      const [from, to] = ranges[variable] ?? [0, 1];
      const ends = [coefficient * from, coefficient * (to - 1)];
      low += Math.min(...ends);
      high += Math.max(...ends);
    }
    return [low, high + 1];
  });
}

function pointsIn(box: readonly Range[]): Set<string> {
  let points: number[][] = [[]];
  for (const [from, to] of box)
    points = points.flatMap((point) => Array.from({ length: to - from }, (_, k) => [...point, from + k]));
  return new Set(points.map((point) => point.join()));
}

const without = (a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> =>
  new Set([...a].filter((x) => !b.has(x)));
const nameOf = (points: ReadonlySet<string>): string => [...points].sort().join(" ");

/** What an instance of a node holds and remembers. */
interface Held {
  box: readonly Range[];
  points: Set<string>;
  vector: string | null;
  readonly ever: Set<string>;
}
/** Something that crosses the network at one step: which set, and of it, which points count. */
interface Message {
  readonly instance: Indices;
  readonly points: ReadonlySet<string>;
  readonly counted: ReadonlySet<string>;
}

function walkTiles(
  mapping: LegalMapping,
  tensor: Tensor,
  t: number,
  parent: Place,
  child: Place,
  steps: readonly Indices[],
  tally: Tally,
): void {
  const { bounds } = mapping.layer.einsum;
  const level = mapping.architecture.levels[child.level];
  if (level?.kind !== "storage") throw new Error("not storage");
  const instances = instancesOf(child.loops);
  const holds = new Map<string, Held>();
  for (const step of steps) {
    const [down, up]: [Message[], Message[]] = [[], []];
    for (const instance of instances) {
      const ranges = rangesOf(child.loops, bounds, step, instance);
      if (ranges === null) continue;
      const box = boxOf(tensor, ranges);
      const points = pointsIn(box);
      const held = holds.get(instance.join());
      if (held !== undefined && nameOf(held.points) === nameOf(points)) continue;
      let kept = new Set<string>();
      let vector: string | null = null;
      if (held !== undefined && level.reuse !== "none") {
        const move = box.map(([from], axis) => from - (held.box[axis]?.[0] ?? 0)).join();
        const common = new Set([...points].filter((point) => held.points.has(point)));
        if (level.reuse === "overlap") kept = common;
        else if (held.vector === null || held.vector === move) [kept, vector] = [common, move];
      }
      const request = without(points, kept);
      const ever = held?.ever ?? new Set<string>();
      const refilled = new Set([...request].filter((point) => ever.has(point)));
      const counted = tensor.role === "input" ? request : refilled;
      tally.add(child.level, t, instance, child.loops, "fills", sizeOf(mapping, tensor, counted));
      down.push({ instance, points: request, counted });
      if (held !== undefined && tensor.role === "output") {
        const left = without(held.points, kept);
        tally.add(child.level, t, instance, child.loops, "drains", sizeOf(mapping, tensor, left));
        up.push({ instance, points: left, counted: left });
      }
      for (const point of points) ever.add(point);
      holds.set(instance.join(), { box, points, vector, ever });
    }
    transfer(mapping, tensor, t, parent, child, down, "multicast", tally);
    transfer(mapping, tensor, t, parent, child, up, "reduction", tally);
  }
  if (tensor.role === "input") return;
  const last = [...holds].map(([name, { points }]): Message => {
    const instance = name.split(",").map(Number);
    tally.add(child.level, t, instance, child.loops, "drains", sizeOf(mapping, tensor, points));
    return { instance, points, counted: points };
  });
  transfer(mapping, tensor, t, parent, child, last, "reduction", tally);
}

function walkOperands(
  mapping: LegalMapping,
  tensor: Tensor,
  t: number,
  parent: Place,
  steps: readonly Indices[],
  tally: Tally,
): void {
  const { bounds } = mapping.layer.einsum;
  const loops = mapping.nodes.filter((node) => node.kind !== "keep");
  const compute = { level: mapping.architecture.levels.length - 1, loops };
  const touched = new Set<string>();
  for (const step of steps) {
    const messages = instancesOf(loops).flatMap((instance): Message[] => {
      const ranges = rangesOf(loops, bounds, step, instance);
      if (ranges === null) return [];
      const points = pointsIn(boxOf(tensor, ranges));
      return [{ instance, points, counted: points }];
    });
    if (tensor.role === "input") {
      transfer(mapping, tensor, t, parent, compute, messages, "multicast", tally);
      continue;
    }
    for (const [instance, words] of transfer(mapping, tensor, t, parent, compute, messages, "reduction", tally)) {
      const mine = messages.filter((m) => parentOf(m.instance, parent).join() === instance);
      const fresh = new Set(mine.flatMap((m) => [...m.points]).filter((point) => !touched.has(`${instance} ${point}`)));
      for (const point of fresh) touched.add(`${instance} ${point}`);
      const old = words - sizeOf(mapping, tensor, fresh);
      tally.add(parent.level, t, instance.split(",").map(Number), parent.loops, "reads", old);
      for (const fanout of fanoutsBetween(mapping, parent, compute)) tally.hop(fanout, old);
    }
  }
}

const parentOf = (instance: Indices, parent: Place): Indices =>
  instance.slice(0, parent.loops.length).map((k, i) => (parent.loops[i]?.kind === "spatial" ? k : 0));

const fanoutsBetween = (mapping: LegalMapping, parent: Place, child: Place): readonly number[] =>
  mapping.architecture.levels.flatMap((level, i) =>
    level.kind === "fanout" && i > parent.level && i < child.level ? [i] : [],
  );

/** Merges what is the same, and counts it at the parents and on the links. Returns the words by parent. */
function transfer(
  mapping: LegalMapping,
  tensor: Tensor,
  t: number,
  parent: Place,
  child: Place,
  messages: readonly Message[],
  capability: "multicast" | "reduction",
  tally: Tally,
): ReadonlyMap<string, number> {
  const fanouts = fanoutsBetween(mapping, parent, child);
  const merged = (crossed: number): ReadonlyMap<string, number> => {
    const groups = new Map<string, { instance: string; points: Set<string> }>();
    for (const { instance, points, counted } of messages) {
      const position = child.loops.flatMap((loop, i) => {
        if (loop.kind === "for" || !fanouts.includes(loop.fanout)) return [];
        const fanout = mapping.architecture.levels[loop.fanout];
        if (fanout?.kind !== "fanout") throw new Error("not a fan-out");
        const set = fanout[capability][loop.axis];
        const isShared = set === "all" || set.has(tensor.name) || set.has(tensor.alias);
        return fanouts.indexOf(loop.fanout) < crossed || !isShared ? [`${i}:${instance[i]}`] : [];
      });
      const from = parentOf(instance, parent).join();
      const name = `${from}/${position}/${nameOf(points)}`;
      const group = groups.get(name) ?? { instance: from, points: new Set<string>() };
      groups.set(name, group);
      for (const point of counted) group.points.add(point);
    }
    const words = new Map<string, number>();
    for (const { instance, points } of groups.values())
      words.set(instance, (words.get(instance) ?? 0) + sizeOf(mapping, tensor, points));
    return words;
  };
  const words = merged(0);
  for (const [instance, n] of words)
    tally.add(
      parent.level,
      t,
      instance === "" ? [] : instance.split(",").map(Number),
      parent.loops,
      capability === "multicast" ? "reads" : "updates",
      n,
    );
  fanouts.forEach((fanout, i) => {
    for (const n of merged(i + 1).values()) tally.hop(fanout, n);
  });
  return words;
}

function sizeOf(mapping: LegalMapping, tensor: Tensor, points: ReadonlySet<string>): number {
  if (mapping.layer.einsum.padding === "counted") return points.size;
  const isInside = (point: string): boolean =>
    point.split(",").every((x, axis) => Number(x) >= 0 && Number(x) < (tensor.shape[axis] ?? 0));
  return [...points].filter(isInside).length;
}

type Action = "fills" | "reads" | "updates" | "drains";

class Tally {
  private readonly mapping: LegalMapping;
  private readonly words = new Map<string, number>();
  private readonly hops = new Map<number, number>();

  constructor(mapping: LegalMapping) {
    this.mapping = mapping;
  }

  add(level: number, tensor: number, instance: Indices, loops: readonly Loop[], action: Action, words: number): void {
    const position = instance.filter((_, i) => loops[i]?.kind === "spatial").join();
    const key = `${level}/${tensor}/${position}/${action}`;
    this.words.set(key, (this.words.get(key) ?? 0) + words);
  }

  hop(fanout: number, words: number): void {
    this.hops.set(fanout, (this.hops.get(fanout) ?? 0) + words);
  }

  counts(steps: number, computeInstances: number, loops: readonly Loop[]): Counts {
    const { architecture, layer, nodes } = this.mapping;
    const { bounds, tensors } = layer.einsum;
    const levels = architecture.levels.flatMap((level, l) => {
      if (level.kind !== "storage") return [];
      const above = loops.filter((loop) => loop.kind === "spatial" && loop.fanout < l);
      // A spatial loop's range may be cut by temporal loops outside it, never lengthened: instances work in the first step if ever.
      const all = loops.slice(0, loops.findLastIndex((loop) => above.includes(loop)) + 1);
      const first = all.map(() => 0);
      const working = instancesOf(all).filter((instance) => rangesOf(all, bounds, first, instance) !== null);
      const positions = working.map((instance) => instance.filter((_, i) => all[i]?.kind === "spatial").join());
      const kept = tensors.flatMap((_, t) =>
        nodes.some((n) => n.kind === "keep" && n.tensor === t && n.level === l) ? [t] : [],
      );
      const classes = positions.map((position) => ({
        instances: 1,
        tensors: kept.map((tensor): TensorAccesses => {
          const of = (action: Action): number => this.words.get(`${l}/${tensor}/${position}/${action}`) ?? 0;
          return { tensor, fills: of("fills"), reads: of("reads"), updates: of("updates"), drains: of("drains") };
        }),
      }));
      const tiles = kept.map((tensor) => {
        const at = nodes.findIndex((n) => n.kind === "keep" && n.tensor === tensor && n.level === l);
        const extents = [...bounds];
        for (const { variable, by } of loopsAbove(nodes, at)) extents[variable] = by;
        const box = boxOf(
          tensors[tensor] as Tensor,
          extents.map((n) => [0, n]),
        );
        return { tensor, words: box.reduce((n, [from, to]) => n * (to - from), 1) };
      });
      return [
        { level: l, utilizedInstances: working.length, tiles, classes: kept.length === 0 ? [] : classesOf(classes) },
      ];
    });
    const networks = architecture.levels.flatMap((level, l) =>
      level.kind === "fanout" ? [{ level: l, hops: this.hops.get(l) ?? 0 }] : [],
    );
    return { macs: bounds.reduce((n, b) => n * b, 1), steps, computeInstances, levels, networks };
  }
}
