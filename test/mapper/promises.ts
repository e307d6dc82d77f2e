import type { Family } from "../../mapper/branch.kernel.js";
import { spaceOf } from "../../mapper/branch.kernel.js";
import type { Objective } from "../../mapper/index.js";
import type { Limits } from "../../mapper/limits.js";
import { columnsOf } from "../../mapper/open.kernel.js";
import type { Placement } from "../../mapper/placement.js";
import type { Problem } from "../../mapper/problem.js";
import { Space } from "../../mapper/space.js";
import type { LegalMapping } from "../../mappings/index.js";

/** What a mapping costs, or a choice of splits promises. */
export interface Spent {
  readonly energy: number;
  readonly cycles: number;
}

/** By keeps and use of fan-outs: what no other promise is as good as in both. */
export type Promises = ReadonlyMap<string, readonly Spent[]>;

/** Families with more complete choices are too many to list. */
const MOST = 5_000;

/** Where a mapping keeps its tensors, and how far it goes along each axis of each fan-out: rules that move loops change none of it. */
export function keyOfMapping(problem: Problem, { nodes }: LegalMapping): string {
  const keeps = problem.einsum.tensors.map((_, t) =>
    nodes.flatMap((node) => (node.kind === "keep" && node.tensor === t ? [node.level] : [])),
  );
  const uses = problem.fanouts.flatMap((level) =>
    (["x", "y"] as const).map((axis) =>
      nodes.reduce(
        (n, node) =>
          node.kind === "spatial" && node.fanout === level && node.axis === axis
            ? n * Math.ceil(node.extent / node.by)
            : n,
        1,
      ),
    ),
  );
  return keyOf(keeps, uses);
}

const keyOf = (keeps: readonly (readonly number[])[], uses: readonly number[]): string =>
  `${keeps.map((levels) => levels.join(",")).join("/")} ${uses}`;

const keepsOf = ({ backing, nodes }: Placement): readonly (readonly number[])[] =>
  backing.map((level, t) => [level, ...nodes.flatMap((node) => (node.tensor === t ? [node.level] : []))]);

/** The complete choices of a family, one row a group, with their columns. */
export function* choicesOf(
  family: Family,
): Generator<{ readonly chosen: readonly number[]; readonly columns: Float64Array }> {
  const space = spaceOf(family);
  const chosen = family.rows.map(() => 0);
  const visit = function* (
    g: number,
  ): Generator<{ readonly chosen: readonly number[]; readonly columns: Float64Array }> {
    const own = family.rows[g];
    if (own === undefined) {
      const columns = columnsOf(space, chosen);
      if (family.relaxation.fanouts.every(({ column, most }) => (columns[column] ?? 0) <= most + 1e-9))
        yield { chosen, columns };
      return;
    }
    for (let row = 0; row < own.rows.length; row++) {
      chosen[g] = row;
      yield* visit(g + 1);
    }
  };
  yield* visit(0);
}

export const countOf = ({ rows }: Family): number => rows.reduce((n, { rows: own }) => n * own.length, 1);

/** What all families promise; null where they have too many choices. */
export function promisesOf(problem: Problem, limits: Limits, objective: Objective): Promises | null {
  const space = new Space(problem, limits, objective);
  const promises = new Map<string, Spent[]>();
  const out = new Float64Array(3);
  let left = 10 * MOST;
  for (const at of space.placements.keys())
    for (const { setting, family } of space.families(at)) {
      const count = countOf(family);
      left -= count;
      if (count > MOST || left < 0) return null;
      const keeps = keepsOf(setting.placement);
      for (const { columns } of choicesOf(family)) {
        if (!family.valuation.price(columns, out)) continue;
        const uses = family.relaxation.fanouts.map(({ column }) => Math.round(columns[column] ?? 1));
        const key = keyOf(keeps, uses);
        const known = promises.get(key) ?? [];
        promises.set(key, known);
        add(known, { cycles: out[1] ?? 0, energy: out[2] ?? 0 });
      }
    }
  return promises;
}

const isWithin = (a: Spent, b: Spent): boolean =>
  a.energy <= b.energy * (1 + 1e-9) + 1e-9 && a.cycles <= b.cycles * (1 + 1e-9);

/** Takes the promise among others of its kind, unless one of them is as good. */
function add(known: Spent[], spent: Spent): void {
  if (known.some((other) => isWithin(other, spent))) return;
  for (let i = known.length - 1; i >= 0; i--) if (isWithin(spent, known[i] as Spent)) known.splice(i, 1);
  known.push(spent);
}

/** By key, what no other of the list is as good as in both. */
export function noted(list: Iterable<readonly [string, Spent]>): Promises {
  const promises = new Map<string, Spent[]>();
  for (const [key, spent] of list) {
    const known = promises.get(key) ?? [];
    promises.set(key, known);
    add(known, spent);
  }
  return promises;
}

/** Whether some choice of the families is as good as the mapping, in energy and in cycles. */
export const isPromised = (promises: Promises, key: string, spent: Spent): boolean =>
  promises.get(key)?.some((promise) => isWithin(promise, spent)) === true;
