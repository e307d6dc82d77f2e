import type { Architecture } from "../../arch-specs/index.js";
import type { Random } from "../../base/index.js";
import {
  checkLegality,
  type LegalMapping,
  type ResolvedNode,
  randomLegalMapping,
  toMapping,
} from "../../mappings/index.js";
import type { Layer } from "../../workloads/index.js";

/** What a descent goes down in: any value of a mapping, the less the better. */
export type Worth = (mapping: LegalMapping) => number;

/** The best mapping of a descent; null where none was found. */
export interface Landed {
  readonly mapping: LegalMapping;
  readonly value: number;
}

/** A loop of a tree by its iterations: factors can be moved, whatever the order. */
type Item =
  | { readonly kind: "keep"; readonly tensor: number; readonly level: number }
  | { readonly kind: "for"; readonly variable: number; readonly count: number }
  | {
      readonly kind: "spatial";
      readonly variable: number;
      readonly count: number;
      readonly axis: "x" | "y";
      readonly fanout: number;
    };
type LoopItem = Exclude<Item, { readonly kind: "keep" }>;

/** The temperature, of logarithms, at which a descent begins and ends. */
const HOT = 0.5;
const COLD = 0.002;

/**
 * Goes down from a mapping (null: a random one) by simulated annealing over perfect loop trees as docs/semantics.md defines them, and knows nothing of how the
 * mapper cuts the mapspace up: a prime factor of a loop goes to another place, nodes of any kind change places, keep nodes come and go, loops
 * change between time and space. `steps`: trees that are looked at.
 */
export function descend(
  layer: Layer,
  architecture: Architecture,
  worthOf: Worth,
  random: Random,
  steps: number,
  from: LegalMapping | null = null,
): Landed | null {
  const start = from ?? randomLegalMapping(layer, architecture, random, { imperfect: false });
  if (start === null) return null;
  const change = movesIn(layer, architecture, random);
  const chance = (): number => (random.integer(0, 1_000_000) + 0.5) / 1_000_001;
  let [at, value] = [itemsOf(start), worthOf(start)];
  let best: Landed = { mapping: start, value };
  for (let step = 0; step < steps; step++) {
    const heat = (from === null ? HOT : HOT / 10) * (COLD / HOT) ** (step / steps);
    let next = change(at);
    while (random.integer(1, 3) === 1) next = change(next);
    const tree = treeOf(next, layer.einsum.bounds);
    const checked = checkLegality(toMapping({ ...start, nodes: tree }), layer, architecture, {});
    if (!checked.ok) continue;
    const own = worthOf(checked.value);
    if (own > value && Math.log(own / value) > -heat * Math.log(chance())) continue;
    [at, value] = [next, own];
    if (own < best.value) best = { mapping: checked.value, value: own };
  }
  return best;
}

const itemsOf = ({ nodes }: LegalMapping): readonly Item[] =>
  nodes.map((node): Item => {
    if (node.kind === "keep") return node;
    const { variable, extent, by } = node;
    const count = Math.round(extent / by);
    return node.kind === "for"
      ? { kind: "for", variable, count }
      : { kind: "spatial", variable, count, axis: node.axis, fanout: node.fanout };
  });

function treeOf(items: readonly Item[], bounds: readonly number[]): readonly ResolvedNode[] {
  const extents = [...bounds];
  return items.flatMap((item): readonly ResolvedNode[] => {
    if (item.kind === "keep") return [item];
    if (item.count === 1) return [];
    const { count, ...loop } = item;
    const extent = extents[loop.variable] ?? 1;
    extents[loop.variable] = extent / count;
    return [{ ...loop, extent, by: extent / count }];
  });
}

/** One random change of a tree, legal or not. */
function movesIn(
  { einsum }: Layer,
  { levels }: Architecture,
  random: Random,
): (items: readonly Item[]) => readonly Item[] {
  const storages = levels.flatMap(({ kind }, level) => (kind === "storage" ? [level] : []));
  const axes = levels.flatMap((level, fanout) =>
    level.kind === "fanout"
      ? (["x", "y"] as const).filter((axis) => level[axis] > 1).map((axis) => ({ axis, fanout }))
      : [],
  );
  const anywhere = (items: readonly Item[]): number => random.integer(0, items.length);
  const placed = (variable: number, count: number): LoopItem =>
    axes.length === 0 || random.integer(1, 2) === 1
      ? { kind: "for", variable, count }
      : { kind: "spatial", variable, count, ...random.pick(axes) };

  /** A prime factor of one loop, to another loop of the variable or to a new one. */
  const factor = (items: readonly Item[]): readonly Item[] => {
    const loops = items.flatMap((item, i) => (item.kind !== "keep" && item.count > 1 ? [i] : []));
    if (loops.length === 0) return items;
    const at = random.pick(loops);
    const loop = items[at] as LoopItem;
    const prime = random.pick(primesOf(loop.count));
    const others = loops.filter((i) => i !== at && (items[i] as LoopItem).variable === loop.variable);
    const less = withItem(items, at, { ...loop, count: loop.count / prime });
    if (others.length > 0 && random.integer(1, 2) === 1) {
      const to = random.pick(others);
      const other = items[to] as LoopItem;
      return withItem(less, to, { ...other, count: other.count * prime }).filter(isLeft);
    }
    return inserted(less, anywhere(less), placed(loop.variable, prime)).filter(isLeft);
  };
  const moved = (items: readonly Item[]): readonly Item[] => {
    const at = random.integer(0, items.length - 1);
    const rest = items.filter((_, i) => i !== at);
    const to =
      random.integer(1, 2) === 1 ? anywhere(rest) : Math.max(0, Math.min(rest.length, at + random.pick([-1, 1])));
    return inserted(rest, to, items[at] as Item);
  };
  const keeps = (items: readonly Item[]): readonly Item[] => {
    const [tensor, level] = [random.integer(0, einsum.tensors.length - 1), random.pick(storages)];
    const rest = items.filter((item) => item.kind !== "keep" || item.tensor !== tensor || item.level !== level);
    return rest.length < items.length ? rest : inserted(items, anywhere(items), { kind: "keep", tensor, level });
  };
  const turned = (items: readonly Item[]): readonly Item[] => {
    const loops = items.flatMap((item, i) => (item.kind === "keep" ? [] : [i]));
    if (loops.length === 0) return items;
    const at = random.pick(loops);
    const { variable, count } = items[at] as LoopItem;
    return withItem(items, at, placed(variable, count));
  };
  return (items) => random.pick([factor, factor, factor, factor, moved, moved, moved, keeps, turned])(items);
}

const isLeft = (item: Item): boolean => item.kind === "keep" || item.count > 1;
const withItem = (items: readonly Item[], at: number, item: Item): readonly Item[] =>
  items.map((other, i) => (i === at ? item : other));
const inserted = (items: readonly Item[], at: number, item: Item): readonly Item[] => [
  ...items.slice(0, at),
  item,
  ...items.slice(at),
];

function primesOf(n: number): readonly number[] {
  const primes: number[] = [];
  for (let rest = n, p = 2; rest > 1; p++) for (; rest % p === 0; rest /= p) primes.push(p);
  return primes;
}
