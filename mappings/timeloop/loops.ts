import type { Location } from "../../base/index.js";
import type { Mapping, MappingNode } from "../mapping.js";
import { type Directives, type Factor, type LoopDirective, loopKey } from "./directives.js";
import type { StorageSite } from "./levels.js";
import type { Problem } from "./problem.js";
import type { Reader } from "./reader.js";

/** A mapping in our form, and where each of its nodes was written (−1: the mapping as a whole). */
export interface ReadMapping {
  readonly mapping: Mapping;
  readonly at: (nodeIndex: number) => Location;
}

/** One loop of Timeloop's nest, before its tile is known. */
interface Loop {
  readonly variable: number;
  readonly end: number;
  readonly last: number;
  readonly spatial: { readonly axis: "x" | "y"; readonly fanout: string } | null;
  readonly at: Location;
}
type Item = { readonly keep: readonly string[]; readonly level: string; readonly at: Location } | Loop;

/** Which tensors the storage keeps: those that no directive sends past it; `dummy_storage` keeps what a directive says only. */
export function keptAt(
  directives: Directives,
  storage: string,
  isDummy: boolean,
  tensors: readonly string[],
): readonly string[] {
  const said = directives.keep.get(storage);
  if (said === undefined) return isDummy ? [] : tensors;
  return tensors.filter((name) => said.keep.has(name) || (!isDummy && !said.bypass.has(name)));
}

/** Puts the directives together as one loop tree: per storage its keeps, its temporal loops, then the spatial ones, y outside x. */
export function buildMapping(
  directives: Directives,
  storages: readonly StorageSite[],
  problem: Problem,
  kept: (storage: StorageSite) => readonly string[],
  reader: Reader,
): ReadMapping | null {
  const before = reader.problems.length;
  checkTargets(directives, storages, reader);
  const items: Item[] = [];
  for (const storage of storages) {
    const keep = kept(storage);
    const said = directives.keep.get(storage.name);
    if (storage.isLevel && keep.length > 0) items.push({ keep, level: storage.name, at: said?.at ?? directives.at });
    items.push(...loopsOf(directives.loops.get(loopKey("temporal", storage.name)), [], problem, reader));
    const targets = storage.fanouts.length === 0 ? [{ target: storage.name, level: "" }] : storage.fanouts;
    for (const { target, level } of targets)
      items.push(...loopsOf(directives.loops.get(loopKey("spatial", target)), [level], problem, reader));
  }
  if (reader.problems.length > before) return null;
  const whole = withRests(items, problem, reader);
  checkCoverage(whole, problem, directives.at, reader);
  const hoisted = withSourcesAbove(whole, problem, reader);
  return reader.problems.length > before ? null : asNodes(hoisted, problem, directives.at);
}

function checkTargets(directives: Directives, storages: readonly StorageSite[], reader: Reader): void {
  const names = storages.map(({ name }) => name);
  const spatial = storages.flatMap(({ name, fanouts }) => [name, ...fanouts.map(({ target }) => target)]);
  for (const [key, { kind, at, factors }] of directives.loops) {
    const target = key.slice(kind.length + 1);
    const known = kind === "spatial" ? spatial : names;
    if (!known.includes(target) && factors.some((f) => f.end > 1))
      reader.unknown("unknown-target", at, `target of a ${kind} directive`, target, known);
    const site = storages.find(({ name }) => name === target);
    const own = site === undefined || site.fanouts.length === 0 || site.fanouts.some((f) => f.target === target);
    if (kind === "spatial" && !own && factors.some((f) => f.end > 1))
      reader.report(
        "spatial-target",
        at,
        `the instances below ${target} belong to ${site?.fanouts.map((f) => f.target).join(", ")}`,
      );
  }
  for (const [target, { at }] of directives.keep)
    if (!names.includes(target)) reader.unknown("unknown-target", at, "storage", target, names);
}

/** The loops of one directive, outermost first. */
function loopsOf(
  directive: LoopDirective | undefined,
  fanouts: readonly string[],
  { dimensions }: Problem,
  reader: Reader,
): readonly Loop[] {
  if (directive === undefined) return [];
  const order = [...directive.permutation, ...dimensions.filter((d) => !directive.permutation.includes(d))];
  const fanout = fanouts[0];
  return order
    .map((dimension, position): Loop | null => {
      const factor: Factor | undefined = directive.factors.find((f) => f.dimension === dimension);
      if (factor === undefined || factor.end === 1) return null;
      if (fanout === "")
        reader.report(
          "no-fanout",
          factor.at,
          `${dimension} is spread over instances, but there is only one below this target`,
        );
      const axis = position < directive.split ? "x" : "y";
      const spatial = fanout === undefined ? null : ({ axis, fanout } as const);
      return { variable: dimensions.indexOf(dimension), end: factor.end, last: factor.last, spatial, at: factor.at };
    })
    .filter((loop) => loop !== null)
    .reverse();
}

const isLoop = (item: Item): item is Loop => "variable" in item;

/** Gives each factor 0 what the other factors of its dimension leave of the bound. */
function withRests(items: readonly Item[], problem: Problem, reader: Reader): readonly Item[] {
  return items.map((item) => {
    if (!isLoop(item) || item.end !== 0) return item;
    const others = items.filter((other) => isLoop(other) && other !== item && other.variable === item.variable);
    const dimension = problem.dimensions[item.variable] ?? "";
    if (others.some((other) => isLoop(other) && other.end === 0)) {
      reader.report("two-rests", item.at, `two factors of ${dimension} are 0, which means the rest`);
      return item;
    }
    const product = others.reduce((n, other) => (isLoop(other) ? n * other.end : n), 1);
    const bound = problem.layer.einsum.bounds[item.variable] ?? 1;
    if (bound % product !== 0)
      reader.report("no-rest", item.at, `the other factors of ${dimension}, ${product}, do not divide ${bound}`);
    return { ...item, end: Math.max(1, Math.floor(bound / product)), last: Math.max(1, Math.floor(bound / product)) };
  });
}

/** Timeloop's rule: (…((l₃−1)·e₂ + l₂−1)·e₁ + l₁ … must be the bound, e and l the iterations of full and last visits. */
function checkCoverage(items: readonly Item[], problem: Problem, at: Location, reader: Reader): void {
  problem.dimensions.forEach((dimension, variable) => {
    const loops = items.filter((item): item is Loop => isLoop(item) && item.variable === variable);
    const covered = loops.reduce((n, loop) => n * loop.end + loop.last - 1, 0) + 1;
    const bound = problem.layer.einsum.bounds[variable] ?? 1;
    if (covered === bound) return;
    const factors = loops.map((l) => (l.end === l.last ? `${l.end}` : `${l.end},${l.last}`)).join(" × ") || "1";
    const where = loops.at(-1)?.at ?? at;
    reader.report(
      "not-covered",
      where,
      `the factors of ${dimension}, ${factors}, cover ${covered}; its bound is ${bound}`,
    );
  });
}

/**
 * Our first node of a tensor stands above all loops. Where Timeloop's outermost storages pass a tensor by, the storage that
 * has it must hold the whole of it (else nobody does), and then it may as well stand above them.
 */
function withSourcesAbove(items: readonly Item[], { layer }: Problem, reader: Reader): readonly Item[] {
  const result: Item[] = [];
  const sourced = new Set<string>();
  const moved = new Set<number>();
  const relevant = (tensor: string): ReadonlySet<number> => {
    const found = layer.einsum.tensors.find(({ name }) => name === tensor);
    return new Set(found?.ranks.flatMap(({ terms }) => terms.map((t) => t.variable)) ?? []);
  };
  for (const item of items) {
    const looped = result.filter(isLoop);
    if (isLoop(item)) {
      if (item.end > 1) result.push(item);
      continue;
    }
    const late = looped.length === 0 ? [] : item.keep.filter((name) => !sourced.has(name));
    for (const name of late) {
      const touched = looped.some((l) => l.spatial !== null || relevant(name).has(l.variable));
      if (touched)
        reader.report(
          "no-source",
          item.at,
          `${item.level} is the outermost storage of ${name}, but holds only a tile of it`,
        );
    }
    for (const name of item.keep) sourced.add(name);
    const rest = item.keep.filter((name) => !late.includes(name));
    if (late.length > 0) {
      const first = result.findIndex(isLoop);
      result.splice(first, 0, { ...item, keep: late });
      moved.add(first);
    }
    if (rest.length > 0) result.push({ ...item, keep: rest });
  }
  return result;
}

function asNodes(items: readonly Item[], { layer }: Problem, whole: Location): ReadMapping {
  const { variables } = layer.einsum;
  const places: Location[] = [];
  const inner = items.map((item, i) =>
    isLoop(item)
      ? items.slice(i + 1).reduce((n, l) => (isLoop(l) && l.variable === item.variable ? n * l.end : n), 1)
      : 1,
  );
  const nodes = items.map((item, i): MappingNode => {
    places.push(item.at);
    if (!isLoop(item)) return { kind: "keep", tensors: item.keep, level: item.level };
    const variable = variables[item.variable] ?? "";
    const by = inner[i] ?? 1;
    return item.spatial === null ? { kind: "for", variable, by } : { kind: "spatial", variable, by, ...item.spatial };
  });
  return { mapping: { nodes }, at: (nodeIndex) => places[nodeIndex] ?? whole };
}
