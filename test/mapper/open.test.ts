import { expect } from "chai";
import { type Random, seeded } from "../../base/index.js";
import { joined } from "../../mapper/joining.kernel.js";
import {
  breaksOf,
  columnsOf,
  everyRow,
  interrupt,
  type OpenRows,
  type RowSpace,
  taken,
} from "../../mapper/open.kernel.js";
import { type Made, madeRows } from "./made-rows.js";

/** Four groups, two of which may slide the tile of the one node, and three of which that of the other. */
const MADE: Made = {
  groups: 4,
  columns: 4,
  nodes: 2,
  entering: [[0], [1, 2]],
  sliding: [
    [0, 1],
    [0, 1, 2],
  ],
};

const larger = (x: number, y: number): number => Math.max(x, y);

/** The innermost position at which the members of a row that do not slide the s-th node interrupt its slide. */
const interruptionOf = ({ rows, slides }: RowSpace, { groups, members }: OpenRows, r: number, s: number): number =>
  groups.reduce((position, g, k) => {
    const row = members[r * groups.length + k] ?? -1;
    const S = MADE.nodes;
    return slides[s * rows.length + g] === 1 ? position : larger(position, rows[g]?.breaks[row * S + s] ?? -1);
  }, -1);

/** The logs of a row worked out anew, its slides interrupted by its own members and at the positions. */
function logsOf({ rows, runs, slides, entering, width }: RowSpace, open: OpenRows, r: number, at: readonly number[]) {
  const logs = new Float64Array(width);
  open.groups.forEach((g, k) => {
    const row = open.members[r * open.groups.length + k] ?? -1;
    const own = rows[g];
    logs.forEach((_, c) => {
      logs[c] = (logs[c] ?? 0) + (own?.logs[row * width + c] ?? 0);
    });
    entering.forEach((columns, s) => {
      if (own === undefined || slides[s * rows.length + g] === 0) return;
      const run = own.runs[row * MADE.nodes + s] ?? -1;
      const whole = runs.wordsAt(run, Number.POSITIVE_INFINITY);
      for (const c of columns) logs[c] = (logs[c] ?? 0) + runs.wordsAt(run, at[s] ?? -1) - whole;
    });
  });
  return logs;
}

/** Asserts that rows hold the words that enter where slides are interrupted by all that is known to. */
function holdRows(space: RowSpace, open: readonly OpenRows[]): void {
  const least = breaksOf(open, MADE.nodes);
  open.forEach((own, x) => {
    for (let s = 0; s < MADE.nodes; s++) {
      const others = open.map((_, y) => (y === x ? -1 : (least[y * MADE.nodes + s] ?? -1)));
      expect(own.outside[s], `what interrupts node ${s} beside group ${own.groups}`).to.equal(
        others.reduce(larger, -1),
      );
    }
    own.ids.forEach((_, r) => {
      const inner = space.entering.map((_, s) => interruptionOf(space, own, r, s));
      const at = inner.map((position, s) => larger(position, own.outside[s] ?? -1));
      expect([...own.breaks.subarray(r * MADE.nodes, (r + 1) * MADE.nodes)]).to.deep.equal(inner);
      logsOf(space, own, r, at).forEach((log, c) => {
        expect(own.logs[(own.begins[r] ?? -1) + c], `column ${c} of ${own.groups}`).to.be.closeTo(log, 1e-12);
      });
    });
  });
}

/** Drops some rows of one group. */
function thinned(space: RowSpace, open: readonly OpenRows[], random: Random): readonly OpenRows[] {
  const x = random.integer(0, open.length - 1);
  return open.map((rows, g) => {
    const some = rows.ids.map((_, i) => i).filter(() => random.integer(1, 3) > 1);
    return g !== x || some.length === 0 ? rows : taken(space, rows, some);
  });
}

/** Joins two groups: pairs of rows whose costs leave so much room. */
function paired(space: RowSpace, open: readonly OpenRows[], random: Random): readonly OpenRows[] | null {
  const x = random.integer(0, open.length - 2);
  const y = random.integer(x + 1, open.length - 1);
  const costs = open.map(({ ids }) => Float64Array.from(ids, () => random.integer(0, 8)));
  const rest = Float64Array.of(random.integer(0, 3));
  const room = random.integer(8, 19);
  const whole = joined(space, open, x, y, costs, rest, room, 1e6);
  const pairs = [...(costs[x] ?? [])].flatMap((a, i) =>
    [...(costs[y] ?? [])].flatMap((b, j) => (a + b + (rest[0] ?? 0) <= room ? [[i, j]] : [])),
  );
  const membersAt = (g: number, i: number): readonly number[] => {
    const { groups, members } = open[g] ?? { groups: [], members: new Int32Array(0) };
    return [...members.subarray(i * groups.length, (i + 1) * groups.length)];
  };
  const m = whole?.groups.length ?? 0;
  const found = [...(whole?.ids.keys() ?? [])].map(
    (r) => `${[...(whole?.members.subarray(r * m, (r + 1) * m) ?? [])]}`,
  );
  const meant = pairs.map(([i = 0, j = 0]) => `${[...membersAt(x, i), ...membersAt(y, j)]}`);
  expect(found.sort()).to.deep.equal(meant.sort());
  if (whole === null || whole.ids.length === 0) return null;
  return [...open.filter((_, g) => g !== x && g !== y), whole];
}

describe("open rows", () => {
  it("hold the words that slides bring where all that is left interrupts them, whatever is dropped or joined", () => {
    let [steps, whole] = [0, 0];
    for (let seed = 1; seed <= 120; seed++) {
      const random = seeded(seed);
      const space = madeRows(MADE, random);
      let open: readonly OpenRows[] | null = space.rows.map(({ rows }, g) =>
        everyRow(space, g, new Int32Array(rows.length)),
      );
      open = interrupt(space, open);
      const seen: (readonly OpenRows[])[] = [];
      while (open !== null && open.length > 1) {
        holdRows(space, open);
        seen.push(open);
        steps++;
        const fewer: readonly OpenRows[] = random.integer(1, 2) === 1 ? thinned(space, open, random) : open;
        const next: readonly OpenRows[] | null = fewer === open ? paired(space, open, random) : fewer;
        open = next === null ? null : interrupt(space, next);
      }
      // What comes of rows changes nothing of them: others come of them, too.
      for (const before of seen) holdRows(space, before);
      const [one] = open ?? [];
      one?.ids.forEach((_, r) => {
        const chosen: number[] = [];
        one.groups.forEach((g, k) => {
          chosen[g] = one.members[r * one.groups.length + k] ?? -1;
        });
        columnsOf(space, chosen).forEach((x, c) => {
          expect(one.logs[(one.begins[r] ?? -1) + c], `a choice, column ${c}`).to.be.closeTo(Math.log(x), 1e-12);
        });
        whole++;
      });
    }
    expect(steps).to.be.greaterThan(400);
    expect(whole).to.be.greaterThan(200);
  });
});
