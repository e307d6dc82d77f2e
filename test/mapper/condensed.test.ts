import { expect } from "chai";
import { Arena } from "../../mapper/arena.kernel.js";
import { layoutOf, type Setting, transfersOf } from "../../mapper/atoms.js";
import { condensed } from "../../mapper/condensed.js";
import { Valuation } from "../../mapper/evaluate.kernel.js";
import { limitsOf } from "../../mapper/limits.js";
import { packingOf } from "../../mapper/packing.js";
import { placementsOf } from "../../mapper/placement.js";
import { problemOf } from "../../mapper/problem.js";
import { programOf } from "../../mapper/program.js";
import { type Relaxation, relaxationOf } from "../../mapper/relaxation.js";
import { planOf, tablesOf } from "../../mapper/tables.js";
import { problemFrom } from "./problems.js";

/** Every how many-th split of a group is looked at. */
const STRIDE = 7;

/** Of some splits of each group the logs of their columns, the words that enter nodes left out. */
function splitsOf(setting: Setting, relaxation: Relaxation): readonly (readonly Float64Array[])[] {
  const { problem } = setting;
  const limits = limitsOf(problem, null);
  const everywhere = problem.einsum.variables.map(() => (1 << (setting.placement.nodes.length + 1)) - 1);
  const plan = planOf(setting, relaxation, packingOf(problem), limits, everywhere, new Map());
  const codes = plan.groups.map(({ chains }) =>
    Float64Array.from(
      { length: Math.ceil(chains.reduce((n, of) => n * of.chains.length, 1) / STRIDE) },
      (_, i) => i * STRIDE,
    ),
  );
  const C = relaxation.columns.length;
  return tablesOf(problem, plan, codes, new Arena()).groups.map(({ rows, logs }) =>
    Array.from({ length: rows }, (_, r) => logs.slice(r * C, (r + 1) * C)),
  );
}

describe("columns that are equal whatever the splits", () => {
  it("are made one without any choice of splits costing less or more", () => {
    let [before, after, compared] = [0, 0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const { title, layer, architecture, objective } = problemFrom(seed);
      const problem = problemOf(layer, architecture);
      const placements = [...placementsOf(problem, limitsOf(problem, null))];
      for (const placement of placements.filter((_, i) => i % 4 === 0)) {
        const transfers = transfersOf(placement);
        const setting: Setting = { problem, placement, transfers, layout: layoutOf(problem, placement, transfers) };
        const whole = relaxationOf(programOf(problem, placement));
        if (whole.isImpossible) continue;
        const less = condensed(setting, whole);
        before += whole.columns.length;
        after += less.columns.length;
        const [all, some] = [splitsOf(setting, whole), splitsOf(setting, less)];
        if (all.some((group) => group.length === 0)) continue;
        expect(some.map((group) => group.length)).to.deep.equal(all.map((group) => group.length));
        const priceOf = (relaxation: Relaxation, groups: typeof all, pick: number) => {
          // Whatever enters a node counts as often as may be.
          const p = Float64Array.from(relaxation.columns, ({ entered }) => Math.log(entered + 2));
          groups.forEach((group, g) => {
            group[(pick * (2 * g + 3)) % group.length]?.forEach((log, c) => {
              p[c] = (p[c] ?? 0) + log;
            });
          });
          const out = new Float64Array(3);
          const fits = new Valuation(relaxation, objective).price(p.map(Math.exp), out);
          return { fits, out };
        };
        for (let pick = 0; pick < 20; pick++) {
          const [a, b] = [priceOf(whole, all, pick), priceOf(less, some, pick)];
          expect(b.fits, `${title}: ${pick}`).to.equal(a.fits);
          if (!a.fits) continue;
          a.out.forEach((x, i) => {
            expect(b.out[i] ?? 0, `${title}: ${pick}`).to.be.closeTo(x, 1e-9 * x);
          });
          compared++;
        }
      }
    }
    expect(compared).to.be.greaterThan(300);
    expect(after).to.be.lessThan(0.9 * before);
  });
});
