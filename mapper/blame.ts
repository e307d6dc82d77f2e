import { checkLegality, type LegalMapping, toMapping } from "../mappings/index.js";
import { leastLayer } from "./least.js";
import { obeyingMappings } from "./obeying.js";
import { problemOf } from "./problem.js";
import { type Asked, type Relaxation, relaxationsOf } from "./relaxations.js";
import { search } from "./search.js";

/** Why no mapping is legal. */
export interface Blame {
  /** What stands in the way, one sentence each: relaxing all of these makes a mapping legal, fewer do not. */
  readonly reasons: readonly string[];
  /** Others that would do alone, as advice. */
  readonly alternatives: readonly string[];
}

/**
 * Names the smallest constraint to relax where no mapping is legal: every capacity, fan-out, keep and rule of the dataflow is
 * lifted by itself, then two at a time, and the mapspace searched for any mapping at all. Sizes are then brought down to the least
 * that suffices, by bisection: a larger size never takes a mapping away. Null where nothing helps, or `stop` came first.
 */
export function blame(whole: Asked, stop: () => boolean): Blame | null {
  const asked: Asked = { ...whole, layer: leastLayer(whole) };
  const all = relaxationsOf(asked);
  const singles = all.filter((one) => findAny(one.lifted(asked), stop) !== null);
  if (singles.length > 0) {
    const told = singles.map((one) => settle(asked, [one], stop)).filter((some) => some !== null);
    const [best, ...others] = told.sort((a, b) => a.growth - b.growth);
    if (best === undefined) return null;
    const ties = others.filter(({ growth }) => growth === best.growth && Number.isFinite(growth));
    const rest = others.filter((other) => !ties.includes(other));
    return { reasons: best.reasons, alternatives: [...ties, ...rest].flatMap(({ advice }) => advice) };
  }
  const smallest = pairOf(asked, all, stop) ?? irreducible(asked, all, stop);
  const settled = smallest === null ? null : settle(asked, smallest, stop);
  return settled === null ? null : { reasons: settled.reasons, alternatives: [] };
}

/** The first pair whose lifting makes a mapping legal. */
function pairOf(asked: Asked, all: readonly Relaxation[], stop: () => boolean): readonly Relaxation[] | null {
  for (const [i, one] of all.entries())
    for (const other of all.slice(i + 1)) {
      if (stop()) return null;
      if (findAny(other.lifted(one.lifted(asked)), stop) !== null) return [one, other];
    }
  return null;
}

/** Lifts everything, then puts back what need not be lifted: rules and keeps first, so that sizes are told where either would do. */
function irreducible(asked: Asked, all: readonly Relaxation[], stop: () => boolean): readonly Relaxation[] | null {
  const liftAll = (some: readonly Relaxation[]): Asked => some.reduce((state, one) => one.lifted(state), asked);
  if (findAny(liftAll(all), stop) === null) return null;
  return all.toReversed().reduce<readonly Relaxation[]>((needed, one) => {
    const without = needed.filter((other) => other !== one);
    return findAny(liftAll(without), stop) === null ? needed : without;
  }, all);
}

interface Settled {
  readonly reasons: readonly string[];
  readonly advice: readonly string[];
  /** By how much the largest size grows; infinite where no size is at fault. */
  readonly growth: number;
}

/** Brings the sizes of some relaxations down to the least that suffices, one after the other, and says what each comes to. */
function settle(asked: Asked, some: readonly Relaxation[], stop: () => boolean): Settled | null {
  let state = some.reduce((lifted, one) => one.lifted(lifted), asked);
  let growth = some.every(({ size }) => size !== null) ? 1 : Number.POSITIVE_INFINITY;
  for (const { size } of some) {
    if (size === null) continue;
    const least = leastSize(state, size, stop);
    if (least === null) return null;
    state = size.set(state, least);
    growth = Math.max(growth, least / Math.max(1, size.has));
  }
  const found = findAny(state, stop);
  if (found === null) return null;
  const sizes = violations(found, asked);
  const rules = some.filter(({ size }) => size === null).map(({ says }) => says);
  const advice = some.map(({ size, says, advice }) => (size === null ? advice : `${says} of ${size.needed(state)}`));
  return { reasons: [...sizes, ...rules], advice, growth };
}

/** The least size at which a mapping is legal, between what there is and what a mapping without the limit takes. */
function leastSize(state: Asked, size: NonNullable<Relaxation["size"]>, stop: () => boolean): number | null {
  const free = findAny(state, stop);
  if (free === null) return null;
  let [fails, works] = [size.has, Math.max(size.has + 1, size.taken(free))];
  while (works - fails > 1) {
    const middle = Math.floor((fails + works) / 2);
    const found = findAny(size.set(state, middle), stop);
    if (stop()) return null;
    if (found === null) fails = middle;
    else works = Math.max(fails + 1, Math.min(middle, size.taken(found)));
  }
  return works;
}

/** What the mapping would break as things are, in the words of the check. */
function violations(found: LegalMapping, { architecture, conventions }: Asked): readonly string[] {
  const checked = checkLegality(toMapping(found), found.layer, architecture, { conventions });
  const sizes = ["mapping/over-capacity", "mapping/fanout-too-small"];
  return checked.ok ? [] : checked.errors.filter(({ code }) => sizes.includes(code)).map(({ message }) => message);
}

/** Whether any mapping is legal (or may be, as far as is known), asked of the smallest layer that has the same answer. */
export function isPossible(asked: Asked, stop: () => boolean): boolean {
  const { layer, architecture, dataflow, conventions, imperfect } = asked;
  if (imperfect !== true || dataflow === null) return findAny({ ...asked, layer: leastLayer(asked) }, stop) !== null;
  const found = obeyingMappings(problemOf(layer, architecture, conventions), dataflow, 1, stop);
  return found.mappings.length > 0 || !found.isProven;
}

/** Any legal mapping: the search ends with the first. Of a dataflow's numbers of iterations, tiles that need not divide make more possible. */
function findAny(
  { layer, architecture, dataflow, conventions, imperfect }: Asked,
  stop: () => boolean,
): LegalMapping | null {
  if (imperfect === true && dataflow !== null)
    return obeyingMappings(problemOf(layer, architecture, conventions), dataflow, 1, stop).mappings[0] ?? null;
  let isFound = false;
  const costOf = (): { readonly energy: number; readonly cycles: number } => {
    isFound = true;
    return { energy: 1, cycles: 1 };
  };
  const objective = { name: "delay", energyPower: 0, delayPower: 1 };
  const cancelled = (): boolean => isFound || stop();
  return search(layer, architecture, {
    ...{ objective, dataflow, conventions, costOf, gap: 0, cancelled },
    progress: () => {},
  }).mapping;
}
