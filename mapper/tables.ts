import type { Setting } from "./atoms.js";
import { type ChainTable, chainTableOf } from "./chain-table.kernel.js";
import type { Chain } from "./chains.js";
import { groupTableOf } from "./group-table.kernel.js";
import type { Limits } from "./limits.js";
import type { Packing } from "./packing.js";
import type { Problem } from "./problem.js";
import type { Relaxation } from "./relaxation.js";

/** Every split of every variable in one placement, and of every group those that respect, alone, every limit. */
export interface Tables {
  /** Per variable of the layer. */
  readonly chains: readonly (readonly Chain[])[];
  readonly groups: readonly GroupTable[];
}

/** The splits of a group. */
export interface GroupSplits {
  readonly group: number;
  readonly variables: readonly number[];
  readonly rows: number;
  /** rows × variables: a chain of each variable. */
  readonly chains: Int32Array;
  /** Bits of the temporal places used, and whether several variables share one (nodes may want their loops interleaved differently). */
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

export function tablesOf(
  setting: Setting,
  relaxation: Relaxation,
  packing: Packing,
  limits: Limits,
  allowed: readonly number[],
  mostLoops: number,
): Tables {
  const { problem } = setting;
  const made = problem.einsum.variables.map(
    (_, v): ChainTable => chainTableOf(setting, relaxation, limits, v, allowed[v] ?? 0, mostLoops),
  );
  const groups: GroupTable[] = [];
  problem.groups.forEach(({ variables }, g) => {
    const like = limits.constrained ? -1 : mirrorOf(problem, g, allowed);
    const mirrored = groups[like];
    const own = made.filter(({ variable }) => variables.includes(variable));
    groups.push(
      mirrored === undefined
        ? groupTableOf(setting, relaxation, packing, g, own)
        : { ...mirrored, group: g, variables },
    );
  });
  return { chains: made.map(({ chains }) => chains), groups };
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
    const each = variables.map(
      (v) =>
        `${problem.bounds[v]} ${allowed[v]} ${problem.reduced.includes(v)} ${problem.relevance.map((of) => of[v]).join()}`,
    );
    return `${axes.join(" / ")} | ${each.join(" / ")}`;
  };
  const shape = shapeOf(group);
  return problem.groups.findIndex((_, g) => g < group && shapeOf(g) === shape);
}
