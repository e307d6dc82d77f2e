import { type Architecture, holds, type Level, mayKeep, mustKeep, type StorageLevel } from "../arch-specs/index.js";
import type { Conventions } from "../base/index.js";
import {
  type FanoutRule,
  type LegalMapping,
  type ResolvedDataflow,
  type StorageRule,
  usage,
} from "../mappings/index.js";
import type { Layer } from "../workloads/index.js";

/** A layer, what it is to run on, and under which constraints. */
export interface Asked {
  readonly layer: Layer;
  readonly architecture: Architecture;
  readonly dataflow: ResolvedDataflow | null;
  /** Whose rules tell what fits. */
  readonly conventions: Conventions;
  /** Whether tiles need not divide their extent; they have to unless given. */
  readonly imperfect?: boolean;
}

/** One constraint that could be relaxed. */
export interface Relaxation {
  /** `PE must keep Weights`, or of a size, `a capacity of PE`. */
  readonly says: string;
  /** What to do about it: `let Weights bypass PE (mayKeep)`. */
  readonly advice: string;
  /** The same without the constraint. */
  readonly lifted: (asked: Asked) => Asked;
  /** Where the constraint is a number; null elsewhere. */
  readonly size: Size | null;
}
export interface Size {
  /** What a mapping may use now: words, or instances along an axis. */
  readonly has: number;
  readonly set: (asked: Asked, size: number) => Asked;
  /** What a mapping takes of it. */
  readonly taken: (mapping: LegalMapping) => number;
  /** A size in the user's terms: `6 words (half of it, for double buffering)`. */
  readonly needed: (asked: Asked) => string;
}

/** Every constraint of the architecture and the dataflow, sizes first. */
export function relaxationsOf(asked: Asked): readonly Relaxation[] {
  const { architecture, dataflow } = asked;
  const each = (of: (level: Level, i: number) => readonly Relaxation[]): readonly Relaxation[] =>
    architecture.levels.flatMap(of);
  return [
    ...each((level, i) => (level.kind === "storage" ? capacitiesOf(asked, level, i) : [])),
    ...each((level, i) => (level.kind === "fanout" ? axesOf(i, level.name, level, dataflow) : [])),
    ...each((level, i) => (level.kind === "storage" ? keepsOf(asked, level, i) : [])),
    ...(dataflow === null ? [] : rulesOf(asked, dataflow)),
  ];
}

const withLevel = (asked: Asked, i: number, level: Level): Asked => ({
  ...asked,
  architecture: { ...asked.architecture, levels: asked.architecture.levels.with(i, level) },
});

function storageAt({ architecture }: Asked, i: number): StorageLevel {
  const level = architecture.levels[i];
  if (level?.kind !== "storage") throw new Error(`level ${i} is no storage`);
  return level;
}

/** The shared capacity of a storage, or each tensor's own. */
function capacitiesOf(asked: Asked, level: StorageLevel, i: number): readonly Relaxation[] {
  const { capacity, name, buffering } = level;
  const share = buffering === "double" ? 2 : 1;
  const halved = share === 2 ? " (half of it is used, for double buffering)" : "";
  const pools = capacity.kind === "shared" ? [null] : [...capacity.words.keys()];
  return pools.flatMap((pool): readonly Relaxation[] => {
    const wordsIn = (state: Asked): number => {
      const { capacity: now } = storageAt(state, i);
      return now.kind === "shared" ? now.words : (now.words.get(pool ?? "") ?? 0);
    };
    if (!Number.isFinite(wordsIn(asked))) return [];
    const set = (state: Asked, used: number): Asked => {
      const now = storageAt(state, i);
      const words = used * share;
      const next: StorageLevel["capacity"] =
        now.capacity.kind === "shared" || pool === null
          ? { kind: "shared", words }
          : { kind: "per-tensor", words: new Map([...now.capacity.words, [pool, words]]) };
      return withLevel(state, i, { ...now, capacity: next });
    };
    const of = pool === null ? name : `${name} for ${pool}`;
    const taken = (mapping: LegalMapping): number => {
      const tensors = usage(mapping, asked.conventions).find(({ level: at }) => at === i)?.tensors ?? [];
      const { tensors: all } = mapping.layer.einsum;
      return tensors.reduce((sum, { tensor, words }) => {
        const named = all[tensor];
        const counts = pool === null || (named !== undefined && holds(new Set([pool]), named));
        return counts ? sum + words : sum;
      }, 0);
    };
    const needed = (state: Asked): string => `${wordsIn(state)} words${halved}`;
    return [
      {
        says: `a capacity of ${of}`,
        advice: `enlarge ${of}`,
        lifted: (state) => set(state, Number.POSITIVE_INFINITY),
        size: { has: Math.floor(wordsIn(asked) / share), set, taken, needed },
      },
    ];
  });
}

/** Sizes of a fan-out: only a dataflow that asks for so many iterations can need them. */
function axesOf(
  i: number,
  name: string,
  level: { readonly x: number; readonly y: number },
  dataflow: ResolvedDataflow | null,
): readonly Relaxation[] {
  const factors = dataflow?.fanouts.get(i)?.factors ?? new Map<number, number>();
  const most = [...factors.values()].reduce((n, factor) => n * factor, 1);
  return (["x", "y"] as const).flatMap((axis): readonly Relaxation[] => {
    if (most <= level[axis]) return [];
    const set = (state: Asked, size: number): Asked => {
      const now = state.architecture.levels[i];
      return now?.kind === "fanout" ? withLevel(state, i, { ...now, [axis]: size }) : state;
    };
    const taken = ({ nodes }: LegalMapping): number =>
      nodes.reduce(
        (n, node) =>
          node.kind === "spatial" && node.fanout === i && node.axis === axis ? n * Math.ceil(node.extent / node.by) : n,
        1,
      );
    const needed = (state: Asked): string => {
      const now = state.architecture.levels[i];
      return now?.kind === "fanout" ? `${now[axis]}` : "";
    };
    return [
      {
        says: `a size along ${axis} of ${name}`,
        advice: `enlarge ${axis} of ${name}`,
        lifted: (state) => set(state, most),
        size: { has: level[axis], set, taken, needed },
      },
    ];
  });
}

/** What must stay in a storage, and what has to bypass it. */
function keepsOf(asked: Asked, level: StorageLevel, i: number): readonly Relaxation[] {
  const { tensors } = asked.layer.einsum;
  return tensors.flatMap((tensor, t): readonly Relaxation[] => {
    const rule = asked.dataflow?.storages.get(i);
    const isKept = mustKeep(level, tensor) || rule?.must.has(t) === true;
    const free = (state: Asked): Asked => {
      const now = storageAt(state, i);
      const others = tensors.filter((other) => other !== tensor);
      const keeps = new Set(others.filter((other) => mustKeep(now, other)).map(({ name }) => name));
      const may = new Set([...others.filter((other) => mayKeep(now, other)), tensor].map(({ name }) => name));
      const freed = withLevel(state, i, { ...now, keeps, mayKeep: may, bypasses: new Set() });
      return withRule(freed, i, (old) => ({
        ...old,
        must: new Set([...old.must].filter((other) => other !== t)),
        may: new Set([...old.may, t]),
      }));
    };
    // Where a tensor comes from is no constraint: it must live somewhere.
    const isSource = !asked.architecture.levels
      .slice(0, i)
      .some((one) => one.kind === "storage" && mayKeep(one, tensor));
    if (isKept && isSource) return [];
    if (isKept)
      return [
        {
          says: `${level.name} must keep ${tensor.name}`,
          advice: `let ${tensor.name} bypass ${level.name} (mayKeep instead of keeps)`,
          ...{ lifted: free, size: null },
        },
      ];
    if (mayKeep(level, tensor) && (rule === undefined || rule.may.has(t))) return [];
    return [
      {
        says: `${tensor.name} has to bypass ${level.name}`,
        advice: `let ${level.name} keep ${tensor.name} (mayKeep)`,
        ...{ lifted: free, size: null },
      },
    ];
  });
}

function withRule(asked: Asked, level: number, change: (rule: StorageRule) => StorageRule): Asked {
  const rule = asked.dataflow?.storages.get(level);
  if (asked.dataflow === null || rule === undefined) return asked;
  const storages = new Map([...asked.dataflow.storages, [level, change(rule)]]);
  return { ...asked, dataflow: { ...asked.dataflow, storages } };
}

function withFanoutRule(asked: Asked, level: number, change: (rule: FanoutRule) => FanoutRule): Asked {
  const rule = asked.dataflow?.fanouts.get(level);
  if (asked.dataflow === null || rule === undefined) return asked;
  const fanouts = new Map([...asked.dataflow.fanouts, [level, change(rule)]]);
  return { ...asked, dataflow: { ...asked.dataflow, fanouts } };
}

/** What the dataflow asks of loops; what it asks of keeps stands with the architecture's. */
function rulesOf(asked: Asked, { name, storages, fanouts }: ResolvedDataflow): readonly Relaxation[] {
  const { variables } = asked.layer.einsum;
  const levelName = (level: number): string => asked.architecture.levels[level]?.name ?? "";
  const plain = (says: string, advice: string, lifted: Relaxation["lifted"]): Relaxation => ({
    says: `${name} ${says}`,
    advice: `${advice} in ${name}`,
    ...{ lifted, size: null },
  });
  const without = (map: ReadonlyMap<number, number>, v: number): ReadonlyMap<number, number> =>
    new Map([...map].filter(([other]) => other !== v));
  const ofStorages = [...storages].flatMap(([level, rule]) => [
    ...(rule.loopsBelow === null
      ? []
      : [
          plain(
            `allows only ${[...rule.loopsBelow].map((v) => variables[v]).join(", ")} below ${levelName(level)}`,
            `drop loopsBelow of ${levelName(level)}`,
            (state) => withRule(state, level, (old) => ({ ...old, loopsBelow: null })),
          ),
        ]),
    ...[...rule.factors].map(([v, n]) =>
      plain(
        `asks for ${n} iterations of ${variables[v]} in ${levelName(level)}`,
        `drop the factor of ${variables[v]} in ${levelName(level)}`,
        (state) => withRule(state, level, (old) => ({ ...old, factors: without(old.factors, v) })),
      ),
    ),
    ...[...rule.maxFactors].map(([v, n]) =>
      plain(
        `allows ${n} iterations of ${variables[v]} at most in ${levelName(level)}`,
        `drop the limit of ${variables[v]} in ${levelName(level)}`,
        (state) => withRule(state, level, (old) => ({ ...old, maxFactors: without(old.maxFactors, v) })),
      ),
    ),
  ]);
  const ofFanouts = [...fanouts].flatMap(([level, rule]) => [
    ...(["x", "y"] as const).flatMap((axis) =>
      rule[axis] === null
        ? []
        : [
            plain(
              `spreads only ${[...rule[axis]].map((v) => variables[v]).join(", ") || "nothing"} along ${axis} of ${levelName(level)}`,
              `drop ${axis} of ${levelName(level)}`,
              (state) => withFanoutRule(state, level, (old) => ({ ...old, [axis]: null })),
            ),
          ],
    ),
    ...[...rule.factors].map(([v, n]) =>
      plain(
        `asks for ${n} iterations of ${variables[v]} on ${levelName(level)}`,
        `drop the factor of ${variables[v]} on ${levelName(level)}`,
        (state) => withFanoutRule(state, level, (old) => ({ ...old, factors: without(old.factors, v) })),
      ),
    ),
    ...[...rule.maxFactors].map(([v, n]) =>
      plain(
        `allows ${n} iterations of ${variables[v]} at most on ${levelName(level)}`,
        `drop the limit of ${variables[v]} on ${levelName(level)}`,
        (state) => withFanoutRule(state, level, (old) => ({ ...old, maxFactors: without(old.maxFactors, v) })),
      ),
    ),
  ]);
  return [...ofStorages, ...ofFanouts];
}
