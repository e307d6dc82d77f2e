import { atomsOf, jointAtoms, type Setting } from "./atoms.js";
import { ChainAtoms } from "./chain-atoms.js";
import { type Chain, chainsOf, extentBelow, regionOf } from "./chains.js";
import type { Limits } from "./limits.js";
import type { Packing } from "./packing.js";
import type { Axis, Problem } from "./problem.js";
import { fanoutOf } from "./problem.js";
import type { Relaxation } from "./relaxation.js";

/** Every split of every variable in one placement, and of every group those that respect, alone, every limit. */
export interface Tables {
  /** Per variable of the layer. */
  readonly chains: readonly (readonly Chain[])[];
  readonly groups: readonly GroupTable[];
}

/** The splits of a group. C columns (relaxation.ts), K nodes; all factors as logarithms. */
export interface GroupTable {
  readonly group: number;
  readonly variables: readonly number[];
  readonly rows: number;
  /** rows × variables: a chain of each variable. */
  readonly chains: Int32Array;
  /** rows × C: the factors without the words that enter nodes. */
  readonly logs: Float64Array;
  /** rows × K: the extents of the nodes' tiles. */
  readonly tiles: Float64Array;
  /** Bits of the temporal places used, and whether several variables share one (nodes may want their loops interleaved differently). */
  readonly places: Int32Array;
  readonly ambiguous: Uint8Array;
  /** The state of its use of the fan-outs (packing.ts), and a number that stands for what is left of each variable below the innermost fan-out. */
  readonly packing: Int32Array;
  readonly inner: Int32Array;
}

export function tablesOf(
  setting: Setting,
  relaxation: Relaxation,
  packing: Packing,
  limits: Limits,
  allowed: readonly number[],
  mostLoops: number,
): Tables {
  const { problem, placement } = setting;
  const chains = problem.einsum.variables.map((_, v): readonly Chain[] => {
    const group = problem.groups.find(({ variables }) => variables.includes(v));
    return group === undefined
      ? [[]]
      : chainsOf(problem, limits, placement, v, allowed[v] ?? 0, group.coupled, mostLoops);
  });
  const groups: GroupTable[] = [];
  problem.groups.forEach((_, g) => {
    const like = limits.constrained ? -1 : mirrorOf(problem, g, allowed);
    const mirrored = groups[like];
    groups.push(
      mirrored === undefined
        ? new TableBuilder(setting, relaxation, packing, chains, g).table()
        : { ...mirrored, group: g, variables: problem.groups[g]?.variables ?? [] },
    );
  });
  return { chains, groups };
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

class TableBuilder {
  private readonly setting: Setting;
  private readonly relaxation: Relaxation;
  private readonly packing: Packing;
  private readonly group: number;
  private readonly variables: readonly number[];
  private readonly chains: readonly (readonly Chain[])[];
  private readonly joint: JointAtoms | null;
  /** Per variable of the group: chains × C and chains × atoms, as logarithms. */
  private readonly columnLogs: readonly Float64Array[];
  private readonly atomLogs: readonly Float64Array[];

  constructor(
    setting: Setting,
    relaxation: Relaxation,
    packing: Packing,
    chains: readonly (readonly Chain[])[],
    group: number,
  ) {
    this.setting = setting;
    this.relaxation = relaxation;
    this.packing = packing;
    this.group = group;
    this.variables = setting.problem.groups[group]?.variables ?? [];
    this.chains = this.variables.map((v) => chains[v] ?? []);
    this.atomLogs = this.variables.map((v, i) => logsOfAtoms(setting, v, this.chains[i] ?? []));
    this.joint = this.variables.length > 1 ? new JointAtoms(setting, group, this.chains, this.atomLogs) : null;
    const joint = this.joint?.atoms ?? [];
    this.columnLogs = this.chains.map((list, i) =>
      this.logsOfColumns(list.length, this.atomLogs[i] ?? new Float64Array(0), joint),
    );
  }

  private logsOfColumns(chains: number, atoms: Float64Array, joint: readonly number[]): Float64Array {
    const { columns } = this.relaxation;
    const size = this.setting.layout.size;
    const logs = new Float64Array(chains * columns.length);
    const separate = columns.map(({ times, over }) => ({
      times: times.filter((a) => !joint.includes(a)),
      over: over.filter((a) => !joint.includes(a)),
    }));
    for (let i = 0; i < chains; i++)
      for (let c = 0; c < columns.length; c++) {
        let sum = 0;
        for (const a of separate[c]?.times ?? []) sum += atoms[i * size + a] ?? 0;
        for (const a of separate[c]?.over ?? []) sum -= atoms[i * size + a] ?? 0;
        logs[i * columns.length + c] = sum;
      }
    return logs;
  }

  table(): GroupTable {
    const { problem, placement, layout } = this.setting;
    const C = this.relaxation.columns.length;
    const K = placement.nodes.length;
    const nv = this.variables.length;
    const sizes = problem.fanouts.flatMap((level) => [fanoutOf(problem, level).x, fanoutOf(problem, level).y]);
    const A = sizes.length;
    const uses = this.chains.map((list) => usesOf(list, A));
    const bits = this.chains.map((list) =>
      list.map((chain) => chain.reduce((b, { place }) => (place < 0 ? b : b | (1 << place)), 0)),
    );
    const inner = this.chains.map((list) => list.map((chain) => this.leftInside(chain)));
    const picked = new Int32Array(nv);
    const use = new Int32Array((nv + 1) * A).fill(1);
    const rows: number[] = [];
    const logs = new Growing(C);
    const tiles = new Growing(K);
    const [places, ambiguous, packing, inside] = [[] as number[], [] as number[], [] as number[], [] as number[]];
    const innerNumbers = new Map<number, number>();
    const log = new Float64Array(C);
    const tile = new Float64Array(K);
    const tileLogs = this.chains.map((list, i) =>
      Float64Array.from(
        { length: list.length * K },
        (_, at) => this.atomLogs[i]?.[Math.floor(at / K) * layout.size + layout.tile(at % K)] ?? 0,
      ),
    );
    // What streams through a node takes less than its tile, depending on the order.
    const held = problem.rules.streams ? [] : this.relaxation.capacities;
    const capacities = held.map(({ columns, most }) => ({
      nodes: columns.map((c) =>
        placement.nodes.findIndex((_, j) => this.relaxation.columns[c]?.times[0] === layout.tile(j)),
      ),
      most: most * (1 + 1e-11),
      log: Math.log(most) + 1e-11,
    }));
    /** Whether the split alone, the other groups' tiles being single words, stays within every capacity. */
    const fits = (): boolean => {
      for (const { nodes, most, log: logMost } of capacities) {
        let sum = 0;
        for (const j of nodes) {
          const x = tile[j] ?? 0;
          if (x > logMost) return false;
          if (nodes.length > 1) sum += Math.exp(x);
        }
        if (sum > most) return false;
      }
      return true;
    };
    const finish = (): void => {
      tile.fill(0);
      for (let i = 0; i < nv; i++) addTo(tile, tileLogs[i] ?? tile, (picked[i] ?? 0) * K);
      this.joint?.setTiles(picked, tile);
      if (!fits()) return;
      log.fill(0);
      for (let i = 0; i < nv; i++) addTo(log, this.columnLogs[i] ?? log, (picked[i] ?? 0) * C);
      this.joint?.add(picked, log, this.relaxation);
      for (let i = 0; i < nv; i++) rows.push(picked[i] ?? 0);
      logs.push(log);
      tiles.push(tile);
      let [used, twice, way, code] = [0, 0, 0, 0];
      for (let i = 0; i < nv; i++) {
        const own = bits[i]?.[picked[i] ?? 0] ?? 0;
        twice |= used & own;
        used |= own;
        way = way * 65536 + (inner[i]?.[picked[i] ?? 0] ?? 1);
      }
      for (let a = 0; a < A; a++)
        if (this.packing.exact[a]) code += (use[nv * A + a] ?? 1) * (this.packing.radix[a] ?? 0);
      places.push(used);
      ambiguous.push(twice === 0 ? 0 : 1);
      const known = innerNumbers.get(way) ?? innerNumbers.size;
      innerNumbers.set(way, known);
      inside.push(known);
      packing.push(this.packing.stateOf.get(code) ?? -1);
    };
    const visit = (depth: number): void => {
      if (depth === nv) {
        finish();
        return;
      }
      const n = this.chains[depth]?.length ?? 0;
      const own = uses[depth] ?? new Int32Array(0);
      for (let c = 0; c < n; c++) {
        let within = true;
        for (let a = 0; a < A; a++) {
          const together = (use[depth * A + a] ?? 1) * (own[c * A + a] ?? 1);
          use[(depth + 1) * A + a] = together;
          if (together > (sizes[a] ?? 1)) within = false;
        }
        if (!within) continue;
        picked[depth] = c;
        visit(depth + 1);
      }
    };
    visit(0);
    return {
      group: this.group,
      variables: this.variables,
      rows: places.length,
      chains: Int32Array.from(rows),
      logs: logs.values(),
      tiles: tiles.values(),
      places: Int32Array.from(places),
      ambiguous: Uint8Array.from(ambiguous),
      packing: Int32Array.from(packing),
      inner: Int32Array.from(inside),
    };
  }

  /** Iterations of a chain below the innermost fan-out. */
  private leftInside(chain: Chain): number {
    const { problem, placement } = this.setting;
    const inner = placement.fanouts.findLastIndex((there) => there.length > 0);
    return chain.reduce(
      (n, loop) => (loop.place >= 0 && regionOf(problem, placement, loop) > inner ? n * loop.count : n),
      1,
    );
  }
}

/** Adds to[i] += from[at + i]. */
function addTo(to: Float64Array, from: Float64Array, at: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) + (from[at + i] ?? 0);
}

/** Rows of numbers, appended one by one. */
class Growing {
  private buffer: Float64Array;
  private used = 0;

  constructor(width: number) {
    this.buffer = new Float64Array(256 * width);
  }

  push(row: Float64Array): void {
    if (this.used + row.length > this.buffer.length) {
      const larger = new Float64Array(2 * this.buffer.length);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer.set(row, this.used);
    this.used += row.length;
  }

  values(): Float64Array {
    return this.buffer.slice(0, this.used);
  }
}

/** chains × axes: how far each chain fans out. */
function usesOf(chains: readonly Chain[], axes: number): Int32Array {
  const uses = new Int32Array(chains.length * axes).fill(1);
  chains.forEach((chain, i) => {
    for (const { place, fanout, axis, count } of chain) {
      if (place >= 0) continue;
      const at = i * axes + 2 * fanout + (axis === "x" ? 0 : 1);
      uses[at] = (uses[at] ?? 1) * count;
    }
  });
  return uses;
}

function logsOfAtoms(setting: Setting, variable: number, chains: readonly Chain[]): Float64Array {
  const { size } = setting.layout;
  const flat = new Float64Array(chains.length * size);
  const atoms = new ChainAtoms(setting, variable);
  chains.forEach((chain, i) => {
    atoms.fill(chain, flat, i * size);
  });
  for (let i = 0; i < flat.length; i++) {
    const x = flat[i] ?? 1;
    flat[i] = x === 1 ? 0 : Math.log(x);
  }
  return flat;
}

/** Works out, for a combination of chains of coupled variables, the atoms that are not the product of the chains' own. */
class JointAtoms {
  readonly atoms: readonly number[];
  private readonly setting: Setting;
  private readonly group: number;
  private readonly variables: readonly number[];
  private readonly chains: readonly (readonly Chain[])[];
  private readonly atomLogs: readonly Float64Array[];
  /** Per variable, chains × K: the extent below each node. */
  private readonly extents: readonly Int32Array[];
  private readonly nodes: number;
  /** K: the tiles set last. */
  private readonly sizes: Float64Array;
  /** Per variable and chain: a number that stands for its spatial loops, 0 for none. */
  private readonly spatial: readonly (readonly number[])[];
  private readonly known = new Map<number, Float64Array>();
  private readonly tiles: readonly { readonly atom: number; readonly node: number; readonly axes: readonly Axis[] }[];
  private readonly coupledOutput: boolean;
  private readonly values: Float64Array;
  private uses: readonly (readonly (readonly [column: number, sign: number])[])[] | null = null;

  constructor(
    setting: Setting,
    group: number,
    chains: readonly (readonly Chain[])[],
    atomLogs: readonly Float64Array[],
  ) {
    const { problem, placement, layout } = setting;
    this.setting = setting;
    this.group = group;
    this.chains = chains;
    this.atomLogs = atomLogs;
    this.atoms = jointAtoms(setting, group);
    this.values = new Float64Array(layout.size);
    this.variables = problem.groups[group]?.variables ?? [];
    this.nodes = placement.nodes.length;
    this.sizes = new Float64Array(this.nodes);
    this.extents = this.variables.map((v, i) =>
      Int32Array.from(
        (chains[i] ?? []).flatMap((chain) =>
          placement.nodes.map((_, j) => extentBelow(problem, placement, chain, v, j)),
        ),
      ),
    );
    this.spatial = chains.map((list) => {
      const names = new Map([["", 0]]);
      return list.map((chain) => {
        const name = chain
          .flatMap((loop) => (loop.place < 0 ? [`${loop.position}${loop.axis}${loop.count}:${loop.by}`] : []))
          .join();
        const number = names.get(name) ?? names.size;
        names.set(name, number);
        return number;
      });
    });
    this.tiles = placement.nodes.flatMap((node, j) => {
      const axes = (problem.axes[node.tensor]?.[group] ?? []).map(({ variables, coefficients }) => ({
        variables: variables.map((v) => this.variables.indexOf(v)),
        coefficients: coefficients.map(Math.abs),
      }));
      return this.atoms.includes(layout.tile(j)) ? [{ atom: layout.tile(j), node: j, axes }] : [];
    });
    this.coupledOutput = (problem.axes[problem.output]?.[group] ?? []).some((axis) => axis.variables.length > 1);
  }

  /** Adds the joint atoms of the picked chains to the columns that hold them; the tiles are those set last. */
  add(picked: Int32Array, log: Float64Array, relaxation: Relaxation): void {
    this.fill(picked);
    this.uses ??= this.atoms.map((atom) =>
      relaxation.columns.flatMap(({ times, over }, c): (readonly [number, number])[] => [
        ...times.filter((a) => a === atom).map((): readonly [number, number] => [c, 1]),
        ...over.filter((a) => a === atom).map((): readonly [number, number] => [c, -1]),
      ]),
    );
    for (let k = 0; k < this.atoms.length; k++) {
      const value = this.values[this.atoms[k] ?? -1] ?? 0;
      if (value === 0) continue;
      for (const [column, sign] of this.uses[k] ?? []) log[column] = (log[column] ?? 0) + sign * value;
    }
  }

  /** Sets the tiles of nodes whose tensor the variables meet in. */
  setTiles(picked: Int32Array, tile: Float64Array): void {
    for (const { node, axes } of this.tiles) {
      let words = 1;
      for (const { variables, coefficients } of axes) {
        let extent = 1;
        for (let i = 0; i < variables.length; i++) {
          const at = variables[i] ?? 0;
          extent += (coefficients[i] ?? 0) * ((this.extents[at]?.[(picked[at] ?? 0) * this.nodes + node] ?? 1) - 1);
        }
        words *= extent;
      }
      this.sizes[node] = words === 1 ? 0 : Math.log(words);
      tile[node] = this.sizes[node] ?? 0;
    }
  }

  private fill(picked: Int32Array): void {
    const { size } = this.setting.layout;
    let [spatial, key] = [0, 0];
    for (let i = 0; i < picked.length; i++) {
      const name = this.spatial[i]?.[picked[i] ?? -1] ?? 0;
      if (name > 0) spatial++;
      key = key * 65536 + name;
    }
    if (spatial > 1 || this.coupledOutput) {
      const exact = this.coupledOutput ? this.exactly(picked) : (this.known.get(key) ?? this.exactly(picked));
      if (!this.coupledOutput) this.known.set(key, exact);
      for (const atom of this.atoms) this.values[atom] = exact[atom] ?? 0;
    } else
      for (const atom of this.atoms) {
        let sum = 0;
        for (let i = 0; i < picked.length; i++) sum += this.atomLogs[i]?.[(picked[i] ?? 0) * size + atom] ?? 0;
        this.values[atom] = sum;
      }
    for (const { atom, node } of this.tiles) this.values[atom] = this.sizes[node] ?? 0;
  }

  private exactly(picked: Int32Array): Float64Array {
    const loops = this.chains.flatMap((list, i) => list[picked[i] ?? -1] ?? []);
    return atomsOf(this.setting, this.group, this.variables, loops).map(Math.log);
  }
}
