import { expect } from "chai";
import { type Random, seeded } from "../../base/index.js";
import { Fitting } from "../../mapper/fitting.kernel.js";
import { columnsOf, everyRow, type OpenRows, type RowSpace } from "../../mapper/open.kernel.js";
import type { Relaxation, Term } from "../../mapper/relaxation.js";
import { madeRelaxation, madeRows } from "./made-rows.js";

const COLUMNS = 6;
const ROUNDING = 1e-9;

/** Capacities of one to three columns, a fan-out, and delays, some of whose summands are differences. */
function relaxationFrom(random: Random): Relaxation {
  const column = (): number => random.integer(0, COLUMNS - 1);
  const some = (n: number): readonly number[] => [...new Set(Array.from({ length: n }, column))];
  const term = (): Term => ({ weight: random.integer(1, 3), column: column(), v: random.pick([-1, column()]) });
  return {
    ...madeRelaxation(COLUMNS),
    capacities: [1, 2, 3].map((n) => ({ columns: some(n), most: random.integer(12, 120) })),
    fanouts: [{ column: column(), most: random.integer(6, 40) }],
    delays: [[term()], [term(), term()], []],
  };
}

/** The cycles of a choice. */
const cyclesOf = ({ delays }: Relaxation, columns: Float64Array): number =>
  Math.max(
    ...delays.map((terms) =>
      terms.reduce(
        (sum, { weight, column, v }) => sum + weight * (columns[column] ?? 0) * (v < 0 ? 1 : (columns[v] ?? 0) - 1),
        0,
      ),
    ),
  );

function isLegal(relaxation: Relaxation, columns: Float64Array, mostCycles: number): boolean {
  const sum = (of: readonly number[]): number => of.reduce((n, c) => n + (columns[c] ?? 0), 0);
  return (
    relaxation.capacities.every(({ columns: of, most }) => sum(of) <= most * (1 + ROUNDING)) &&
    relaxation.fanouts.every(({ column, most }) => sum([column]) <= most * (1 + ROUNDING)) &&
    cyclesOf(relaxation, columns) <= mostCycles * (1 + ROUNDING)
  );
}

/** One row a group, all ways. */
const choicesOf = ({ rows }: RowSpace): readonly (readonly number[])[] =>
  rows.reduce<readonly (readonly number[])[]>(
    (all, own) => all.flatMap((chosen) => [...own.rows.keys()].map((row) => [...chosen, row])),
    [[]],
  );

describe("rows that fit beside all others", () => {
  it("are those of every choice within the capacities, fan-outs and cycles", () => {
    let [held, dropped, none] = [0, 0, 0];
    for (let seed = 1; seed <= 200; seed++) {
      const random = seeded(seed);
      const space = madeRows({ groups: 3, columns: COLUMNS, nodes: 0, entering: [], sliding: [] }, random);
      const relaxation = relaxationFrom(random);
      const choices = choicesOf(space).map((chosen) => ({ chosen, columns: columnsOf(space, chosen) }));
      const most = cyclesOf(relaxation, random.pick(choices).columns);
      const mostCycles = random.pick([Number.POSITIVE_INFINITY, most, most]);
      const open = space.rows.map(({ rows }, g): OpenRows => everyRow(space, g, new Int32Array(rows.length)));
      const left = new Fitting(relaxation, mostCycles).fitting(space, open);
      const sets = left?.map(({ members }) => new Set(members));
      if (left === null) none++;
      for (const { chosen, columns } of choices) {
        const isLeft = sets !== undefined && chosen.every((row, g) => sets[g]?.has(row));
        if (!isLeft) dropped++;
        if (!isLegal(relaxation, columns, mostCycles)) continue;
        expect(isLeft, `seed ${seed}: rows ${chosen} within ${mostCycles} cycles`).to.equal(true);
        held++;
      }
    }
    for (const n of [held, dropped]) expect(n).to.be.greaterThan(500);
    expect(none).to.be.greaterThan(20);
  });
});
