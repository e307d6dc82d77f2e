import { expect } from "chai";
import { partOf, sharingBetween } from "../../cli/sharing.js";
import type { Part, Shared } from "../../mapper/index.js";

const goOn = (): boolean => false;

function partsOf(of: number): readonly [Part, Part] {
  const [a, b] = sharingBetween(of).map(partOf);
  if (a === undefined || b === undefined) throw new Error("there are two parts at least");
  return [a, b];
}

/** A family of which one group has as many splits. */
function family(bound: number, splits = 3): Shared {
  return {
    ...{ seat: { placement: 1, order: 2 }, mode: [[0]], bound },
    order: { depth: [[0]], allowed: [1], cuts: [Number.MAX_SAFE_INTEGER], turns: [], streamed: [], unused: 0 },
    codes: [Float64Array.from({ length: splits }, (_, i) => i)],
    hint: {
      point: new Float64Array(2),
      multipliers: new Float64Array(2),
      shares: new Float64Array(1),
      delayPower: 0,
      rows: [],
    },
  };
}

describe("what the parts of a search share", () => {
  it("an order of a placement is one part's", () => {
    const [a, b] = partsOf(2);
    expect([a.claims(3, 40), b.claims(3, 40), a.claims(3, 40)]).to.deep.equal([true, false, false]);
    expect([b.claims(3, 8), b.claims(4, 40), a.claims(3, 8)]).to.deep.equal([true, true, false]);
  });

  it("placements and orders beyond the memory fall to one part each", () => {
    const [a, b] = partsOf(2);
    const beyond: readonly (readonly [number, number])[] = [
      [4, 256],
      [5, 1000],
      [5000, 1],
      [5001, 0],
      [7, -1],
    ];
    for (const [placement, order] of beyond)
      expect(
        [a, b].filter((part) => part.claims(placement, order)),
        `${placement} ${order}`,
      ).to.have.length(1);
  });

  it("the least value and the bounds of placements are everybody's", () => {
    const [a, b] = partsOf(3);
    expect([b.best(), b.boundOf(1)]).to.deep.equal([Infinity, -Infinity]);
    a.found(5);
    b.found(7);
    a.bounds(1, 2.5);
    expect([a.best(), b.best(), b.boundOf(1), b.boundOf(2)]).to.deep.equal([5, 5, 2.5, -Infinity]);
  });

  it("a family is searched by one part, as it was left", () => {
    const [a, b] = partsOf(2);
    a.leaves([family(1), family(2), family(3)]);
    b.leaves([]);
    expect([a.begins(0), a.begins(0)]).to.deep.equal([true, false]);
    expect([b.takes(goOn), b.takes(goOn), b.takes(goOn)]).to.deep.equal([family(2), family(3), null]);
    expect([a.begins(1), a.begins(2), a.takes(goOn)]).to.deep.equal([false, false, null]);
  });

  it("families that do not fit are searched by the part that met them", () => {
    const [a, b] = partsOf(2);
    a.leaves([family(1), family(2, 5_000_000), family(3)]);
    expect([b.takes(goOn), b.takes(goOn)]).to.deep.equal([family(1), null]);
    expect([a.begins(0), a.begins(1), a.begins(2), a.begins(2)]).to.deep.equal([false, true, true, true]);
  });

  it("a part waits for families of others until it is stopped", () => {
    const [a, b] = partsOf(2);
    let asked = 0;
    expect(b.takes(() => ++asked === 3)).to.equal(null);
    expect(asked).to.equal(3);
    const late = (): boolean => {
      if (++asked === 5) a.leaves([family(4)]);
      return false;
    };
    expect([b.takes(late), asked]).to.deep.equal([family(4), 5]);
  });
});
