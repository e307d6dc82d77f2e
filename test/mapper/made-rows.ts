import type { Random } from "../../base/index.js";
import { Arena } from "../../mapper/arena.kernel.js";
import type { GroupRows } from "../../mapper/family-rows.kernel.js";
import type { RowSpace } from "../../mapper/open.kernel.js";
import { fitsOf, type Packing } from "../../mapper/packing.js";
import type { Relaxation } from "../../mapper/relaxation.js";
import { Motions, Runs } from "../../mapper/runs.kernel.js";

/** Fan-outs that nothing uses. */
const PACKING: Packing = {
  ...{ exact: [], digits: [], stateOf: new Map([[0, 0]]), states: 1, times: new Int32Array(1) },
  ...{ fits: fitsOf(new Int32Array(1), 1), widths: new Float64Array(1).fill(1), ends: new Float64Array(1) },
};

/** Rows made up: what groups' loops do at nodes that slide, at which positions, and the logs of some columns. */
export interface Made {
  /** Groups, columns and sliding nodes. */
  readonly groups: number;
  readonly columns: number;
  readonly nodes: number;
  /** Per sliding node: the columns of words that enter it, and the groups that may slide its tile. */
  readonly entering: readonly (readonly number[])[];
  readonly sliding: readonly (readonly number[])[];
}

/** Positions of loops are below that. */
const POSITIONS = 6;

/** A run of a group: how its loops move a tile, innermost first; the further out they slide, the fewer words enter. */
function addRun(runs: Runs, motions: Motions, random: Random): { readonly run: number; readonly positions: number[] } {
  const positions = [...Array(POSITIONS).keys()].filter(() => random.integer(1, 3) === 1).reverse();
  const offset = motions.words.length;
  let words = random.integer(8, 20);
  motions.words.push(Math.log(words));
  for (const _ of positions) {
    words -= random.integer(0, words > 2 ? 2 : 0);
    motions.words.push(Math.log(words));
  }
  return { run: runs.add(positions, offset, random.pick([0, 0, Math.log(2)])), positions };
}

/** Rows of groups; of the groups that may slide a node's tile, every one or some do. Logs are those of small numbers. */
export function madeRows({ groups, columns, nodes, entering, sliding }: Made, random: Random): RowSpace {
  const motions = new Motions();
  const runs = new Runs(motions);
  const slides = new Uint8Array(nodes * groups);
  sliding.forEach((of, s) => {
    const sliders = random.integer(1, 3) === 1 ? of : [random.pick(of)];
    for (const g of sliders) slides[s * groups + g] = 1;
  });
  const rows = Array.from({ length: groups }, (_, g): GroupRows => {
    const n = random.integer(1, 4);
    const own: GroupRows = {
      rows: Int32Array.from({ length: n }, (_, i) => i),
      logs: Float64Array.from({ length: n * columns }, () => Math.log(random.integer(1, 4))),
      slid: new Float64Array(n * nodes),
      breaks: new Int32Array(n * nodes).fill(-1),
      runs: new Int32Array(n * nodes).fill(-1),
    };
    for (let at = 0; at < n * nodes; at++) {
      const s = at % nodes;
      if (sliding[s]?.includes(g) !== true) {
        own.breaks[at] = random.integer(-1, POSITIONS - 1);
        continue;
      }
      const { run, positions } = addRun(runs, motions, random);
      const whole = runs.wordsAt(run, POSITIONS);
      own.runs[at] = run;
      own.breaks[at] = positions[0] ?? -1;
      own.slid[at] = runs.wordsOf(run) - whole;
      for (const c of entering[s] ?? []) own.logs[Math.floor(at / nodes) * columns + c] = whole;
    }
    return own;
  });
  return {
    ...{ rows, runs, slides, packing: PACKING, width: columns, arena: new Arena() },
    entering: entering.map((of) => Int32Array.from(of)),
  };
}

/** A relaxation of so many columns that has nothing yet. */
export const madeRelaxation = (columns: number): Relaxation => ({
  columns: Array.from({ length: columns }, () => ({ times: [], over: [], entered: -1, held: -1 })),
  ...{ constant: 0, energy: [], leakage: 0, leaks: [], delays: [], capacities: [], fanouts: [], isImpossible: false },
});
