import type { Setting } from "./atoms.js";
import { admitted, type ChainMotion, ChainMotions, freeFrom, type SlidingNode } from "./chain-motion.kernel.js";
import type { GroupRows } from "./family-rows.kernel.js";
import type { OrderFamily } from "./orders.js";
import { type Motions, Runs, type Voice } from "./runs.kernel.js";
import type { GroupTable, Tables } from "./tables.js";
import { waysAbove } from "./ways.kernel.js";

/** Per placement: what the families of its loop orders share. */
export class RunLibrary {
  readonly runs: Runs;
  private readonly setting: Setting;
  /** Per variable of the layer: its splits. */
  readonly chains: Tables["chains"];
  private readonly motions: Motions;
  private readonly known = new Map<string, Map<number, number>>();
  /** Per node and variable: a number for each way in which a chain's loops stand above the node. */
  private readonly above = new Map<number, Int32Array>();
  private readonly variables = new Map<number, ChainMotions>();
  /** Per way above a node, so far as they are known: how a variable's loops stand there in some orders. */
  private readonly voices = new Map<string, (Voice | undefined)[]>();
  private readonly sliding: readonly SlidingNode[];

  constructor(setting: Setting, chains: Tables["chains"], motions: Motions, sliding: readonly SlidingNode[]) {
    this.setting = setting;
    this.sliding = sliding;
    this.motions = motions;
    this.runs = new Runs(motions);
    this.chains = chains;
  }

  /** Per row of the table among `rows`: its run at the node under the order. */
  runsOf(order: OrderFamily, table: GroupTable, node: number, rows: Int32Array): Int32Array {
    const nv = table.variables.length;
    const above = table.variables.map((v) => this.waysAbove(v, node));
    const { problem, placement } = this.setting;
    const tensor = placement.nodes[node]?.tensor ?? -1;
    // Where loops of the group never leave the tile where it is, it does not matter from where on they would be free.
    const isFree = table.variables.some(
      (v) => problem.active.includes(v) && problem.relevance[tensor]?.[v] === "irrelevant",
    );
    const signature = `${node} ${table.group} ${isFree ? freeFrom(this.setting, order, node) : ""} ${depthsOf(order, table.variables, node)}`;
    const known = this.known.get(signature) ?? new Map<number, number>();
    this.known.set(signature, known);
    const voices = table.variables.map((v) => this.voicesOf(order, v, node));
    const runs = new Int32Array(rows.length);
    for (let k = 0; k < runs.length; k++) {
      const row = rows[k] ?? 0;
      let key = 0;
      for (let i = 0; i < nv; i++) key = key * 65536 + (above[i]?.[table.chains[row * nv + i] ?? 0] ?? 0);
      let run = known.get(key);
      if (run === undefined) {
        run = this.add(order, table, node, row, above, voices);
        known.set(key, run);
      }
      runs[k] = run;
    }
    return runs;
  }

  /** What the order makes of the chains of every variable. */
  motionsIn(order: OrderFamily): readonly ChainMotion[] {
    return this.chains.map((_, v) => this.motionsOf(v).in(order));
  }

  motionsOf(variable: number): ChainMotions {
    const known = this.variables.get(variable);
    if (known !== undefined) return known;
    const chains = this.chains[variable];
    if (chains === undefined) throw new Error(`no variable ${variable}`);
    const made = new ChainMotions(this.setting, variable, chains, this.sliding);
    this.variables.set(variable, made);
    return made;
  }

  /** Per chain of the variable whether (1, else 0) the order admits it: its temporal places, and the fan-outs that it uses. */
  admittedBy(order: OrderFamily, variable: number): Uint8Array {
    return admitted(this.motionsOf(variable).loops, order.allowed[variable] ?? 0, order.unused);
  }

  /** Per chain of the variable: a number for the way in which its loops stand above the node. */
  waysAbove(variable: number, node: number): Int32Array {
    const key = node * 64 + variable;
    const made = this.above.get(key);
    if (made !== undefined) return made;
    const chains = this.chains[variable];
    if (chains === undefined) throw new Error(`no variable ${variable}`);
    const ways = waysAbove(this.setting, chains, node);
    this.above.set(key, ways);
    return ways;
  }

  private voicesOf(order: OrderFamily, variable: number, node: number): (Voice | undefined)[] {
    const { problem, placement } = this.setting;
    const isMoving = problem.relevance[placement.nodes[node]?.tensor ?? -1]?.[variable] !== "irrelevant";
    const key = `${node} ${variable} ${isMoving ? "" : freeFrom(this.setting, order, node)} ${depthsOf(order, [variable], node)}`;
    const known = this.voices.get(key) ?? [];
    this.voices.set(key, known);
    return known;
  }

  /** `voices`: per variable and way above the node, those that are known. */
  private add(
    order: OrderFamily,
    table: GroupTable,
    node: number,
    row: number,
    above: readonly Int32Array[],
    voices: readonly (Voice | undefined)[][],
  ): number {
    const { setting, motions } = this;
    const { group, variables } = table;
    const free = freeFrom(setting, order, node);
    const own: Voice[] = [];
    for (const [i, v] of variables.entries()) {
      const chain = table.chains[row * variables.length + i] ?? 0;
      const way = above[i]?.[chain] ?? 0;
      const voice =
        voices[i]?.[way] ?? motions.voice(setting, order, group, v, node, free, this.chains[v]?.at(chain) ?? []);
      if (voices[i] !== undefined) voices[i][way] = voice;
      own.push(voice);
    }
    return motions.run(this.runs, setting, order, group, node, own);
  }
}

/** The depths of variables in the regions down to a node, and which take turns. */
function depthsOf({ depth, turns }: OrderFamily, variables: readonly number[], node: number): string {
  let text = "";
  for (let j = 0; j <= node; j++) {
    for (const v of variables) text += `${depth[j]?.[v]},`;
    text += `${turns[j]?.first} ${turns[j]?.last};`;
  }
  return text;
}

/** Per sliding node: the groups that slide its tile. */
export type Mode = readonly (readonly number[])[];

/**
 * Which groups slide each sliding node: one of its coupled groups, or all where the buffer keeps every overlap. Groups that
 * never slide a tile with profit (no row brings fewer words by it) are left out; a node that none slides has the empty choice.
 */
export function modesOf(sliding: readonly SlidingNode[], rows: readonly GroupRows[]): readonly Mode[] {
  const S = sliding.length;
  let modes: Mode[] = [[]];
  sliding.forEach(({ groups, together }, s) => {
    const gaining = groups.filter((g) => {
      const { slid } = rows[g] ?? { slid: new Float64Array(0) };
      for (let i = s; i < slid.length; i += S) if ((slid[i] ?? 0) !== 0) return true;
      return false;
    });
    const options = together ? [groups] : gaining.length === 0 ? [[]] : gaining.map((g) => [g]);
    modes = modes.flatMap((mode) => options.map((option) => [...mode, option]));
  });
  return modes;
}
