import type { Evaluate } from "./evaluate.js";
import type { FamilyChoices, SlidingNode } from "./family.js";

/** Cost of one complete choice: objective value, cycles, pJ; compared in this order. */
export interface Cost {
  readonly value: number;
  readonly cycles: number;
  readonly energy: number;
}

/** What the search knows of the best mapping so far; `offer` is told every complete choice that may beat it. */
export interface Incumbent {
  readonly cost: Cost | null;
  /** Rows chosen, one a group (indices into the family's choices). */
  offer(rows: Int32Array): void;
  /** Told once a node of the search; true stops it. */
  tick(): boolean;
}

/** Relative room within which two values count as equal, so that rounding never decides a tie. */
const EQUAL = 1e-12;

/** Whether a lower bound says that nothing below it can beat the incumbent, by value, then cycles, then energy. */
function isHopeless(bound: Float64Array, cost: Cost | null, slack: number): boolean {
  if (cost === null) return false;
  const target = cost.value * slack;
  if (bound[0]! > target * (1 + EQUAL)) return true;
  if (slack < 1) return bound[0]! >= target;
  if (bound[0]! < target * (1 - EQUAL)) return false;
  if (bound[1]! > cost.cycles * (1 + EQUAL)) return true;
  if (bound[1]! < cost.cycles * (1 - EQUAL)) return false;
  return bound[2]! >= cost.energy * (1 - EQUAL);
}

/** The family as the solver reads it: C columns, S sliding nodes, G groups. */
export interface SolverInput {
  readonly width: number;
  readonly evaluate: Evaluate;
  readonly groups: readonly FamilyChoices[];
  readonly sliding: readonly SlidingNode[];
  /** Per sliding node: whether its groups slide all at once, and so do not break each other's runs. */
  readonly together: readonly boolean[];
  /** slidColumns[g][s]: the columns that hold the words which group g slides into node s. */
  readonly slidColumns: readonly (readonly (readonly number[])[])[];
  readonly runPositions: readonly Int32Array[];
  readonly runWords: readonly Float64Array[];
  /** Whether the value of a complete choice is its cost, not just a bound: then one split can dominate another. */
  readonly exact: boolean;
}

/** Splits to a block: neighbours come from the same chains, so one bound over the block often drops them all. */
const BLOCK_BITS = 4;
const BLOCK = 1 << BLOCK_BITS;

/**
 * The open splits of one group at a node of the search: `columns[i·C …]` belong to row `rows[i]`; alive are
 * `alive[0 … length)`, ascending. `blocks[b·C …]` are the column-wise minima of splits b·BLOCK … b·BLOCK + BLOCK − 1.
 */
interface OpenGroup {
  readonly rows: Int32Array;
  readonly columns: Float64Array;
  readonly blocks: Float64Array;
  readonly alive: Int32Array;
  length: number;
  readonly score: Float64Array;
}

function blocksOf(columns: Float64Array, rows: number, width: number): Float64Array {
  const blocks = new Float64Array(Math.ceil(rows / BLOCK) * width).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < rows; i++) {
    const at = i * width;
    const to = (i >> BLOCK_BITS) * width;
    for (let c = 0; c < width; c++) if (columns[at + c]! < blocks[to + c]!) blocks[to + c] = columns[at + c]!;
  }
  return blocks;
}

/**
 * Depth-first search over one split a group, with propagation. At a node, every split of every open group is tried against
 * the product of what is chosen and the column-wise minima of the other open groups: splits that fit nowhere, or cannot
 * beat the incumbent, are dropped, the minima recomputed, and again; the group with the fewest splits left is branched on, the
 * most promising split first. No bound is above the cost of a completion: every column is a product of factors, one a group,
 * and the cost grows in all of them.
 *
 * Sliding: the words that a coupled group brings into a tile depend on where loops of *other* groups interrupt its motion. Unchosen groups
 * interrupt nowhere (a bound from below); as groups are chosen the factors are looked up again.
 */
export class Solver {
  private readonly out = new Float64Array(3);
  private readonly scratch: Float64Array;
  private readonly base: Float64Array;
  private readonly minima: Float64Array[];
  private readonly chosen: Int32Array;
  private readonly input: SolverInput;
  private readonly incumbent: Incumbent;
  private readonly slack: number;
  /** How many splits of a group a node tries. */
  private fan = Number.POSITIVE_INFINITY;

  constructor(input: SolverInput, incumbent: Incumbent, slack: number) {
    this.input = input;
    this.incumbent = incumbent;
    this.slack = slack;
    this.scratch = new Float64Array(input.width);
    this.base = new Float64Array(input.width);
    this.minima = input.groups.map(() => new Float64Array(input.width));
    this.chosen = new Int32Array(input.groups.length).fill(-1);
  }

  /**
   * A lower bound of the value of everything in the family: the largest, over groups, of the least value that any of its splits
   * allows with the minima of the others. Infinity where nothing fits or can beat the incumbent.
   */
  bound(): number {
    const open = this.input.groups.map((_, g) => this.open(g, null));
    if (!this.propagate(new Float64Array(this.input.width).fill(1), open)) return Number.POSITIVE_INFINITY;
    let bound = 0;
    for (const { alive, length, score } of open) {
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < length; i++) if (score[alive[i]!]! < least) least = score[alive[i]!]!;
      if (least > bound) bound = least;
    }
    return bound;
  }

  /** Follows the most promising split of every group to one complete choice, `width` of them at each depth; offers what it meets. */
  dive(width: number): void {
    this.fan = width;
    this.search(
      this.input.groups.map((_, g) => this.open(g, null)),
      0,
    );
    this.fan = Number.POSITIVE_INFINITY;
  }

  /**
   * Searches the neighbourhood of a complete choice: all choices that differ from it in at most two groups, and from there on as long as
   * something better is found. `current` gives the best choice so far in this family.
   */
  improve(current: () => Int32Array | null): void {
    const count = this.input.groups.length;
    let rows = current();
    for (let better = rows !== null; better; ) {
      better = false;
      for (let g = 0; g < count; g++)
        for (let h = g + 1; h < count; h++) {
          if (rows === null) return;
          for (let i = 0; i < count; i++) this.chosen[i] = i === g || i === h ? -1 : rows[i]!;
          const open = this.input.groups.map((_, i) => this.open(i, null));
          const goesOn = this.search(open, Math.max(0, count - 2));
          this.chosen.fill(-1);
          if (!goesOn) return;
          const now = current();
          if (now !== rows) better = true;
          rows = now;
        }
    }
  }

  /** Searches the whole family, or the given rows of each group; false where it was stopped. */
  run(within: readonly Int32Array[] | null = null): boolean {
    return this.search(
      this.input.groups.map((_, g) => this.open(g, null, within?.[g])),
      0,
    );
  }

  /** The innermost position at which chosen groups interrupt what group g slides into node s. */
  private interruption(s: number, g: number): number {
    const { groups, sliding, together } = this.input;
    let position = -1;
    for (let h = 0; h < groups.length; h++) {
      if (h === g || this.chosen[h]! < 0) continue;
      if (together[s] && sliding[s]!.groups.includes(h)) continue;
      const there = groups[h]!.breaks[this.chosen[h]! * sliding.length + s]!;
      if (there > position) position = there;
    }
    return position;
  }

  /** Words that a row's group slides into node s when interrupted at the position. */
  private slidWords(g: number, row: number, s: number, position: number): number {
    const run = this.input.groups[g]!.runs[row * this.input.sliding.length + s]!;
    const positions = this.input.runPositions[run]!;
    let k = 0;
    while (k < positions.length && positions[k]! >= position) k++;
    return this.input.runWords[run]![k]!;
  }

  /** The rows of a group (of `from`, or those given, else all) with their columns under the present interruptions. */
  private open(g: number, from: OpenGroup | null, given?: Int32Array): OpenGroup {
    const { width, groups, slidColumns } = this.input;
    const group = groups[g]!;
    const n = from === null ? (given?.length ?? group.rows.length) : from.length;
    const rows = new Int32Array(n);
    const columns = new Float64Array(n * width);
    for (let i = 0; i < n; i++) {
      const row = from === null ? (given?.[i] ?? i) : from.rows[from.alive[i]!]!;
      rows[i] = row;
      columns.set(group.columns.subarray(row * width, (row + 1) * width), i * width);
    }
    const slid = slidColumns[g]!;
    for (let s = 0; s < slid.length; s++) {
      const there = slid[s]!;
      if (there.length === 0) continue;
      const position = this.interruption(s, g);
      for (let i = 0; i < n; i++) {
        const words = this.slidWords(g, rows[i]!, s, position);
        for (let k = 0; k < there.length; k++) columns[i * width + there[k]!]! *= words;
      }
    }
    const alive = Int32Array.from(rows.keys());
    return { rows, columns, blocks: blocksOf(columns, n, width), alive, length: n, score: new Float64Array(n) };
  }

  /** Multiplies the columns of a chosen row of group g into p. */
  private multiply(p: Float64Array, g: number): void {
    const { width, groups, slidColumns } = this.input;
    const row = this.chosen[g]!;
    const columns = groups[g]!.columns;
    for (let c = 0; c < width; c++) p[c]! *= columns[row * width + c]!;
    const slid = slidColumns[g]!;
    for (let s = 0; s < slid.length; s++) {
      const there = slid[s]!;
      if (there.length === 0) continue;
      const words = this.slidWords(g, row, s, this.interruption(s, g));
      for (let k = 0; k < there.length; k++) p[there[k]!]! *= words;
    }
  }

  private takeMinimum(g: number, { columns, alive, length }: OpenGroup): void {
    const { width } = this.input;
    const min = this.minima[g]!;
    min.fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < length; i++) {
      const at = alive[i]! * width;
      for (let c = 0; c < width; c++) {
        const x = columns[at + c]!;
        if (x < min[c]!) min[c] = x;
      }
    }
  }

  /** Drops hopeless splits of every open group; false where a group has none left. */
  private propagate(partial: Float64Array, open: readonly OpenGroup[]): boolean {
    const { width, evaluate } = this.input;
    const { out, scratch, base } = this;
    for (let g = 0; g < open.length; g++) if (this.chosen[g]! < 0) this.takeMinimum(g, open[g]!);
    for (let round = 0; round < 4; round++) {
      let dropped = 0;
      let total = 0;
      for (let g = 0; g < open.length; g++) {
        if (this.chosen[g]! >= 0) continue;
        base.set(partial);
        for (let h = 0; h < open.length; h++) {
          if (h === g || this.chosen[h]! >= 0) continue;
          const min = this.minima[h]!;
          for (let c = 0; c < width; c++) base[c]! *= min[c]!;
        }
        const group = open[g]!;
        const { columns, blocks, alive, score } = group;
        const n = group.length;
        let kept = 0;
        const { cost } = this.incumbent;
        let block = -1;
        let isBlockHopeless = false;
        for (let i = 0; i < n; i++) {
          const index = alive[i]!;
          if (cost !== null && index >> BLOCK_BITS !== block) {
            block = index >> BLOCK_BITS;
            const at = block * width;
            for (let c = 0; c < width; c++) scratch[c] = base[c]! * blocks[at + c]!;
            isBlockHopeless = !evaluate(scratch, out) || isHopeless(out, cost, this.slack);
          }
          if (isBlockHopeless) continue;
          const at = index * width;
          for (let c = 0; c < width; c++) scratch[c] = base[c]! * columns[at + c]!;
          if (!evaluate(scratch, out) || isHopeless(out, cost, this.slack)) continue;
          alive[kept++] = index;
          score[index] = out[0]!;
        }
        dropped += n - kept;
        total += kept;
        group.length = kept;
        if (kept === 0) return false;
        if (kept < n) this.takeMinimum(g, group);
      }
      if (dropped * 10 < total) break;
    }
    return true;
  }

  private search(open: readonly OpenGroup[], depth: number): boolean {
    if (this.incumbent.tick()) return false;
    const partial = new Float64Array(this.input.width).fill(1);
    for (let g = 0; g < open.length; g++) if (this.chosen[g]! >= 0) this.multiply(partial, g);
    if (depth === open.length) {
      if (this.input.evaluate(partial, this.out) && !isHopeless(this.out, this.incumbent.cost, this.slack))
        this.incumbent.offer(this.chosen);
      return true;
    }
    if (!this.propagate(partial, open)) return true;
    if (depth === 0 && open.length > 2 && this.fan === Number.POSITIVE_INFINITY)
      for (let g = 0; g < open.length; g++) this.dropDominated(g, open[g]!);
    let branch = -1;
    for (let g = 0; g < open.length; g++)
      if (this.chosen[g]! < 0 && (branch < 0 || open[g]!.length < open[branch]!.length)) branch = g;
    const { rows, alive, length, score } = open[branch]!;
    const order = Array.from(alive.subarray(0, length)).sort((a, b) => score[a]! - score[b]! || a - b);
    const scores = Float64Array.from(score);
    for (const i of order.slice(0, this.fan)) {
      const { cost } = this.incumbent;
      if (cost !== null && scores[i]! > cost.value * this.slack * (1 + EQUAL)) break;
      this.chosen[branch] = rows[i]!;
      const goesOn = this.search(this.childrenOf(open, branch), depth + 1);
      this.chosen[branch] = -1;
      if (!goesOn) return false;
    }
    return true;
  }

  /**
   * Drops splits that another one of the group is never worse than, whatever the other groups choose: in every column, in the words
   * slid into every node whatever the position of the interruption, and in where it interrupts others. A split whose nodes may
   * want different interleavings dominates none: its words are bounds only. Valid only where bounds of complete choices are exact.
   */
  private dropDominated(g: number, group: OpenGroup): void {
    const { width, groups, sliding, exact, runPositions, runWords } = this.input;
    if (!exact) return;
    const { columns, breaks, runs, ambiguous } = groups[g]!;
    const S = sliding.length;
    const thresholds: number[][] = [];
    for (let s = 0; s < S; s++) {
      const all = new Set<number>();
      for (let i = 0; i < group.length; i++) {
        const run = runs[group.rows[group.alive[i]!]! * S + s]!;
        if (run >= 0) for (const position of runPositions[run]!) all.add(position);
      }
      thresholds.push(all.size === 0 ? [] : [-1, ...[...all].map((position) => position + 1)]);
    }
    const extra = S + thresholds.reduce((n, list) => n + list.length, 0);
    const size = width + extra;
    const vectors = new Float64Array(group.length * size);
    const weight = new Float64Array(group.length);
    for (let i = 0; i < group.length; i++) {
      const row = group.rows[group.alive[i]!]!;
      let at = i * size;
      for (let c = 0; c < width; c++) vectors[at++] = columns[row * width + c]!;
      for (let s = 0; s < S; s++) vectors[at++] = breaks[row * S + s]!;
      for (let s = 0; s < S; s++) {
        const run = runs[row * S + s]!;
        for (const threshold of thresholds[s]!) {
          if (run < 0) {
            vectors[at++] = 0;
            continue;
          }
          const positions = runPositions[run]!;
          let k = 0;
          while (k < positions.length && positions[k]! >= threshold) k++;
          vectors[at++] = runWords[run]![k]!;
        }
      }
      for (let c = i * size; c < (i + 1) * size; c++) weight[i]! += Math.log(vectors[c]! + 2);
    }
    const order = Array.from({ length: group.length }, (_, i) => i).sort((a, b) => weight[a]! - weight[b]! || a - b);
    const kept: number[] = [];
    for (const i of order) {
      let dominated = false;
      for (let k = 0; k < kept.length && !dominated; k++) {
        const a = kept[k]! * size;
        const b = i * size;
        let c = 0;
        while (c < size && vectors[a + c]! <= vectors[b + c]!) c++;
        dominated = c === size && ambiguous[group.rows[group.alive[kept[k]!]!]!] === 0;
      }
      if (!dominated) kept.push(i);
    }
    const alive = kept.sort((a, b) => a - b).map((i) => group.alive[i]!);
    group.alive.set(alive);
    group.length = alive.length;
  }

  /** The open groups below a choice: columns are looked up again where it interrupts a group's motion, shared elsewhere. */
  private childrenOf(open: readonly OpenGroup[], branch: number): readonly OpenGroup[] {
    return open.map((group, g) => {
      if (this.chosen[g]! >= 0) return group;
      if (this.isInterruptedBy(branch, g)) return this.open(g, group);
      const alive = group.alive.slice(0, group.length);
      return {
        rows: group.rows,
        columns: group.columns,
        blocks: group.blocks,
        alive,
        length: group.length,
        score: new Float64Array(group.rows.length),
      };
    });
  }

  /** Whether the latest choice interrupts a motion of group g further in than the earlier choices did. */
  private isInterruptedBy(branch: number, g: number): boolean {
    const slid = this.input.slidColumns[g]!;
    const row = this.chosen[branch]!;
    for (let s = 0; s < slid.length; s++) {
      if (slid[s]!.length === 0) continue;
      const now = this.interruption(s, g);
      this.chosen[branch] = -1;
      const before = this.interruption(s, g);
      this.chosen[branch] = row;
      if (now !== before) return true;
    }
    return false;
  }
}
