import { expect } from "chai";
import { seeded } from "../../base/index.js";
import { pointsTouched, type Step, wordsMoved } from "../../mapper/motion.js";
import { gainOf } from "../../mapper/relaxed.js";

const visitsOf = (steps: readonly Step[]): number => steps.reduce((n, { count }) => n * count, 1);

describe("the least that slides bring, whatever stands between the loops", () => {
  it("is never above the points that a tile touches, nor above the words that any order of the loops moves", () => {
    const random = seeded(7);
    let exact = 0;
    for (let round = 0; round < 4000; round++) {
      const tile = random.integer(1, 6);
      const steps = Array.from(
        { length: random.integer(0, 4) },
        (): Step => ({
          count: random.integer(2, 4),
          shift: [random.pick([1, 1, 1, -1]) * random.integer(1, round % 2 === 0 ? 3 : 12)],
        }),
      );
      const least = Math.exp(gainOf(tile, steps, 1)) * tile * visitsOf(steps);
      const points = pointsTouched([tile], steps);
      const what = JSON.stringify({ tile, steps });
      expect(least, what).to.be.at.most(points * (1 + 1e-12));
      for (const reuse of ["slide", "none"] as const)
        expect(least, what).to.be.at.most(wordsMoved([tile], steps, { reuse, extrapolates: false }) * (1 + 1e-12));
      if (least > points * (1 - 1e-12)) exact++;
    }
    expect(exact, "told exactly").to.be.greaterThan(1500);
  });

  it("is one tile where several axes slide", () => {
    const steps: readonly Step[] = [
      { count: 3, shift: [1, 1] },
      { count: 2, shift: [0, 2] },
    ];
    expect(Math.exp(gainOf(9, steps, 2)) * 9 * 6).to.be.closeTo(9, 1e-9);
    expect(pointsTouched([3, 3], steps)).to.be.greaterThan(9);
  });
});
