import { atomsOf, jointAtoms, type Setting } from "./atoms.js";
import { ChainAtoms } from "./chain-atoms.js";
import { type Chain, chainsOf, extentBelow } from "./chains.js";
import type { Limits } from "./limits.js";
import type { Axis } from "./problem.js";
import type { ColumnSpec, Limit, Program } from "./program.js";

/** Every split of every variable in one placement, and of every group those that respect, alone, every limit. */
export interface Tables {
  /** Per variable of the layer. */
  readonly chains: readonly (readonly Chain[])[];
  /** Per variable: chains × atoms. */
  readonly atoms: readonly Float64Array[];
  readonly groups: readonly GroupTable[];
}
export interface GroupTable {
  readonly group: number;
  readonly variables: readonly number[];
  /** rows × variables: a chain of each variable. */
  readonly chains: Int32Array;
  readonly rows: number;
  /** Atoms that are not the product of the chains' (coupled groups). */
  readonly joint: readonly number[];
  /** rows × joint. */
  readonly jointValues: Float64Array;
}

export function tablesOf(
  setting: Setting,
  program: Program,
  limits: Limits,
  allowed: readonly number[],
  mostLoops: number,
): Tables {
  const { problem, placement, layout } = setting;
  const chains = problem.einsum.variables.map((_, v): readonly Chain[] => {
    const group = problem.groups.find(({ variables }) => variables.includes(v));
    return group === undefined
      ? [[]]
      : chainsOf(problem, limits, placement, v, allowed[v] ?? 0, group.coupled, mostLoops);
  });
  const atoms = chains.map((list, v) => {
    const flat = new Float64Array(list.length * layout.size);
    const atoms = new ChainAtoms(setting, v);
    list.forEach((chain, i) => {
      atoms.fill(chain, flat, i * layout.size);
    });
    return flat;
  });
  return { chains, atoms, groups: problem.groups.map((_, g) => groupTable(setting, program, chains, atoms, g)) };
}

function groupTable(
  setting: Setting,
  program: Program,
  chains: readonly (readonly Chain[])[],
  atoms: readonly Float64Array[],
  group: number,
): GroupTable {
  const variables = setting.problem.groups[group]?.variables ?? [];
  const joint = variables.length > 1 ? new JointAtoms(setting, group, chains) : null;
  const size = setting.layout.size;
  const rows: number[] = [];
  const jointValues: number[] = [];
  const fits = compileLimits(program.limits, program.columns);
  const fansOut = compileLimits(program.fanoutLimits, program.columns);
  const sofar = [...variables, -1].map(() => new Float64Array(size).fill(1));
  const picked = variables.map(() => 0);
  const visit = (depth: number): void => {
    const v = variables[depth];
    const here = sofar[depth] ?? new Float64Array(0);
    if (v === undefined) {
      joint?.fill(picked, here);
      if (!fits(here)) return;
      for (const c of picked) rows.push(c);
      if (joint !== null) for (const atom of joint.atoms) jointValues.push(here[atom] ?? 1);
      return;
    }
    const flat = atoms[v] ?? new Float64Array(0);
    const next = sofar[depth + 1] ?? new Float64Array(0);
    for (let c = 0; c * size < flat.length; c++) {
      for (let a = 0; a < size; a++) next[a] = (here[a] ?? 1) * (flat[c * size + a] ?? 1);
      if (!fansOut(next)) continue;
      picked[depth] = c;
      visit(depth + 1);
    }
  };
  visit(0);
  const width = Math.max(1, variables.length);
  return {
    group,
    variables,
    chains: Int32Array.from(rows),
    rows: rows.length / width,
    joint: joint?.atoms ?? [],
    jointValues: Float64Array.from(jointValues),
  };
}

/** Works out, for a combination of chains of coupled variables, the atoms that are not the product of the chains' own. */
class JointAtoms {
  readonly atoms: readonly number[];
  private readonly setting: Setting;
  private readonly group: number;
  private readonly variables: readonly number[];
  private readonly chains: readonly (readonly Chain[])[];
  /** Per variable and chain: the extent below each node. */
  private readonly extents: readonly (readonly (readonly number[])[])[];
  /** Per variable and chain: a number that stands for its spatial loops, 0 for none. */
  private readonly spatial: readonly (readonly number[])[];
  private readonly known = new Map<number, Float64Array>();
  private readonly tiles: readonly { readonly atom: number; readonly node: number; readonly axes: readonly Axis[] }[];
  private readonly coupledOutput: boolean;

  constructor(setting: Setting, group: number, chains: readonly (readonly Chain[])[]) {
    const { problem, placement, layout } = setting;
    this.setting = setting;
    this.group = group;
    this.chains = chains;
    this.atoms = jointAtoms(setting, group);
    this.variables = problem.groups[group]?.variables ?? [];
    this.extents = this.variables.map((v) =>
      (chains[v] ?? []).map((chain) => placement.nodes.map((_, j) => extentBelow(problem, placement, chain, v, j))),
    );
    this.spatial = this.variables.map((v) => {
      const names = new Map([["", 0]]);
      return (chains[v] ?? []).map((chain) => {
        const name = chain
          .flatMap((loop) => (loop.place < 0 ? [`${loop.position}${loop.axis}${loop.count}:${loop.by}`] : []))
          .join();
        const number = names.get(name) ?? names.size;
        names.set(name, number);
        return number;
      });
    });
    this.tiles = placement.nodes.flatMap((node, j) => {
      const axes = problem.axes[node.tensor]?.[group] ?? [];
      return this.atoms.includes(layout.tile(j)) ? [{ atom: layout.tile(j), node: j, axes }] : [];
    });
    this.coupledOutput = (problem.axes[problem.output]?.[group] ?? []).some((axis) => axis.variables.length > 1);
  }

  /** Overwrites the joint atoms of the product `here` of the picked chains' atoms. */
  fill(picked: readonly number[], here: Float64Array): void {
    let [spatial, key] = [0, 0];
    for (let i = 0; i < picked.length; i++) {
      const name = this.spatial[i]?.[picked[i] ?? -1] ?? 0;
      if (name > 0) spatial++;
      key = key * 65536 + name;
    }
    if (spatial > 1 || this.coupledOutput) {
      const known = this.coupledOutput ? undefined : this.known.get(key);
      const loops = known ? [] : this.variables.flatMap((v, i) => this.chains[v]?.[picked[i] ?? -1] ?? []);
      const exact = known ?? atomsOf(this.setting, this.group, this.variables, loops);
      if (!known) this.known.set(key, exact);
      for (const atom of this.atoms) here[atom] = exact[atom] ?? 1;
    }
    for (const { atom, node, axes } of this.tiles) {
      let words = 1;
      for (const { variables, coefficients } of axes) {
        let extent = 1;
        for (let i = 0; i < variables.length; i++) {
          const at = this.variables.indexOf(variables[i] ?? -1);
          extent += Math.abs(coefficients[i] ?? 0) * ((this.extents[at]?.[picked[at] ?? -1]?.[node] ?? 1) - 1);
        }
        words *= extent;
      }
      here[atom] = words;
    }
  }
}

/** A test of atoms against limits, as straight-line code. */
function compileLimits(limits: readonly Limit[], columns: readonly ColumnSpec[]): (atoms: Float64Array) => boolean {
  const value = (c: number): string => columns[c]?.times.map((a) => `a[${a}]`).join("*") || "1";
  const tests = limits
    .filter((limit) => limit.columns.length > 0)
    .map((limit) => `if(${limit.columns.map(value).join("+")}>${limit.most})return false;`);
  return new Function("a", `"use strict";${tests.join("")}return true;`) as (atoms: Float64Array) => boolean;
}
