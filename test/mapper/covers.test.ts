import { expect } from "chai";
import { type Random, seeded } from "../../base/index.js";
import { coversOf } from "../../mapper/covers.kernel.js";
import { columnsOf } from "../../mapper/open.kernel.js";
import type { Relaxation, Term } from "../../mapper/relaxation.js";
import { type Made, madeRelaxation, madeRows } from "./made-rows.js";

/** Words enter two nodes, one of which slides; a difference takes words of the last columns away. */
const MADE: Made = { groups: 2, columns: 6, nodes: 1, entering: [[0, 1]], sliding: [[0, 1]] };
const ENTERED = [5, 5, 7, 7, -1, -1];

/** Terms of any weight, products and differences, of any columns. */
function relaxationFrom(random: Random): Relaxation {
  const column = (): number => random.integer(0, MADE.columns - 1);
  const term = (): Term => ({ weight: random.integer(1, 3), column: column(), v: random.pick([-1, -1, column()]) });
  const { columns, ...others } = madeRelaxation(MADE.columns);
  return {
    ...others,
    columns: columns.map((of, c) => ({ ...of, entered: ENTERED[c] ?? -1 })),
    energy: Array.from({ length: 6 }, term),
  };
}

describe("products that cover differences", () => {
  it("weigh as much, and are never below what is taken away, whatever slides as far as it can", () => {
    let [covered, sliding] = [0, 0];
    for (let seed = 1; seed <= 3000; seed++) {
      const random = seeded(seed);
      const space = madeRows(MADE, random);
      const relaxation = relaxationFrom(random);
      const covers = coversOf(relaxation, space.rows, [{ node: 5, groups: [0, 1], together: false }]);
      relaxation.energy.forEach(({ weight, column, v }, d) => {
        const cover = relaxation.energy[covers[d] ?? -1];
        if (cover === undefined) return;
        expect(v, `seed ${seed}: a difference is covered`).to.be.at.least(0);
        expect(cover.v, `seed ${seed}: a product covers`).to.equal(-1);
        expect(cover.weight, `seed ${seed}`).to.be.at.least(weight);
        covered++;
        if (cover.column < 2) sliding++;
        for (const way of [[0], [1], [0, 1], []])
          for (const [a] of space.rows[0]?.rows.entries() ?? [])
            for (const [b] of space.rows[1]?.rows.entries() ?? []) {
              const slides = Uint8Array.from([0, 1], (g) => (way.includes(g) ? 1 : 0));
              const columns = columnsOf({ ...space, slides }, [a, b]);
              const what = `seed ${seed}: rows ${a}, ${b}, ${way} sliding`;
              expect(columns[cover.column], what).to.be.at.least((columns[column] ?? 0) * (1 - 1e-9));
            }
      });
    }
    expect(covered).to.be.greaterThan(300);
    expect(sliding).to.be.greaterThan(100);
  });
});
