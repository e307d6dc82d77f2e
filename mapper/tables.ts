import type { Arena } from "./arena.kernel.js";
import type { Setting } from "./atoms.js";
import { ColumnAtoms } from "./chain-powers.js";
import { type ChainTable, chainTableOf, roomsOf } from "./chain-table.kernel.js";
import type { ChainList } from "./chains.js";
import { GroupTables } from "./group-table.kernel.js";
import { JointAtoms } from "./joint-atoms.kernel.js";
import type { Limits } from "./limits.js";
import type { Packing } from "./packing.js";
import type { Problem } from "./problem.js";
import type { Relaxation } from "./relaxation.js";
import type { Splits } from "./splits.kernel.js";

/** Every split of every variable in one placement, and of every group those that respect, alone, every limit. */
export interface Tables {
  /** Per variable of the layer. */
  readonly chains: readonly ChainList[];
  readonly groups: readonly GroupTable[];
}

/** The splits of a group. */
export interface GroupSplits {
  readonly group: number;
  readonly variables: readonly number[];
  readonly rows: number;
  /** rows: a number for each split of the group, ascending, whatever part of them the table holds. */
  readonly codes: Float64Array;
  /** rows × variables: a chain of each variable. */
  readonly chains: Int32Array;
  /**
   * Bits of the temporal places used, and whether the order of loops is a matter of several nodes or variables: several variables share a place (nodes
   * may want their loops interleaved differently), or a temporal loop stands in a region with spatial ones of its coupled variable.
   */
  readonly places: Int32Array;
  readonly ambiguous: Uint8Array;
  /** The state of its use of the fan-outs (packing.ts), and a number that stands for what is left of each variable below the innermost fan-out. */
  readonly packing: Int32Array;
  readonly inner: Int32Array;
}

/** The splits of a group with their factors, as logarithms. C columns (relaxation.ts), K nodes. */
export interface GroupTable extends GroupSplits {
  /** rows × C: the factors without the words that enter nodes. */
  readonly logs: Float64Array;
  /** rows × K: the extents of the nodes' tiles. */
  readonly tiles: Float64Array;
}

/** The splits of the variables of a placement, by group. */
export interface Plan {
  /** Per variable of the layer. */
  readonly variables: readonly ChainTable[];
  readonly groups: readonly GroupTables[];
  /** Per group: an earlier one with the same splits, −1 for none. */
  readonly likes: readonly number[];
}

export function planOf(
  setting: Setting,
  relaxation: Relaxation,
  packing: Packing,
  limits: Limits,
  allowed: readonly number[],
  known: Map<string, Splits>,
): Plan {
  const { problem } = setting;
  const of = new ColumnAtoms(relaxation);
  const rooms = roomsOf(setting, relaxation);
  const variables: ChainTable[] = [];
  for (let v = 0; v < problem.bounds.length; v++)
    variables.push(chainTableOf(setting, of, rooms, limits, v, allowed[v] ?? 0, known));
  const likes = problem.groups.map((_, g) => (limits.constrained ? -1 : mirrorOf(problem, g, allowed)));
  const groups: GroupTables[] = [];
  problem.groups.forEach((group, g) => {
    const chains = variables.filter(({ variable }) => group.variables.includes(variable));
    const joint = chains.length > 1 ? new JointAtoms(setting, relaxation, g, chains) : null;
    groups.push(groups[likes[g] ?? -1] ?? new GroupTables(setting, relaxation, packing, g, chains, joint));
  });
  return { variables, groups, likes };
}

/** Per group the splits that are wanted, by their codes; their factors are in the arena. */
export function tablesOf(
  { groups: problems }: Problem,
  { variables: made, groups: plans, likes }: Plan,
  wanted: readonly Float64Array[],
  arena: Arena,
): Tables {
  const groups: GroupTable[] = [];
  for (const [g, plan] of plans.entries()) {
    const mirrored = groups[likes[g] ?? -1];
    if (mirrored === undefined) groups.push(plan.with(unionOf(wanted, likes, g), arena));
    else groups.push({ ...mirrored, group: g, variables: problems[g]?.variables ?? [] });
  }
  return { chains: made.map((table) => table.chains), groups };
}

/** What is wanted of the group or of those like it. */
function unionOf(wanted: readonly Float64Array[], likes: readonly number[], group: number): Float64Array {
  const lists = wanted.filter((_, h) => h === group || likes[h] === group);
  return lists.reduce(merged, new Float64Array(0));
}

/** Both ascending lists in one, each number once. */
function merged(a: Float64Array, b: Float64Array): Float64Array {
  if (a.length === 0) return b;
  const all = new Float64Array(a.length + b.length);
  let n = 0;
  for (let i = 0, k = 0; i < a.length || k < b.length; n++) {
    const [x, y] = [a[i] ?? Number.POSITIVE_INFINITY, b[k] ?? Number.POSITIVE_INFINITY];
    all[n] = Math.min(x, y);
    if (x <= y) i++;
    if (y <= x) k++;
  }
  return all.slice(0, n);
}

/** An earlier group whose variables stand in every tensor just as this group's do ({q, s} after {p, r}); −1 for none. */
export function mirrorOf(problem: Problem, group: number, allowed: readonly number[]): number {
  const shapeOf = (g: number): string => {
    const variables = problem.groups[g]?.variables ?? [];
    const own = (v: number): number => variables.indexOf(v);
    const axes = problem.axes.map((groups) =>
      (groups[g] ?? [])
        .map((axis) =>
          axis.variables
            .map((v, i) => `${own(v)}*${axis.coefficients[i]}`)
            .sort()
            .join("+"),
        )
        .sort()
        .join(),
    );
    const each = variables.map((v) => `${problem.bounds[v]} ${allowed[v]}`);
    return `${axes.join(" / ")} | ${each.join(" / ")}`;
  };
  const shape = shapeOf(group);
  return problem.groups.findIndex((_, g) => g < group && shapeOf(g) === shape);
}
