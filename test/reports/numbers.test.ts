import { expect } from "chai";
import fc from "fast-check";
import { aboveOptimum, bar, count, energy, left, percent, ratio, right, seconds, table } from "../../reports/index.js";

describe("numbers for people", () => {
  it("are exact while they can be read, then scaled", () => {
    expect([0, 999, 12544, 9999999, 10000000, 924844032, 1.5e18].map(count)).to.deep.equal([
      ...["0", "999", "12,544", "9,999,999", "10 M", "924.8 M", "1.500 E"],
    ]);
    expect([0, 1, 999.99, 1234, 117672, 2.5e9, 1e16].map(energy)).to.deep.equal([
      ...["0 pJ", "1 pJ", "1.000 nJ", "1.234 nJ", "117.7 nJ", "2.500 mJ", "10 kJ"],
    ]);
    expect([0.0714, 1].map(percent)).to.deep.equal(["7.1 %", "100.0 %"]);
    expect([0.123, 42.34, 125].map(seconds)).to.deep.equal(["0.12 s", "42.3 s", "2 min 05 s"]);
  });

  it("are rounded where they are fractions of a thousand and more", () => {
    expect([0.25, 999.5, 22859.4, 9999999.4].map(count)).to.deep.equal(["0.250", "999.5", "22,859", "9,999,999"]);
  });

  it("tell how many times as much, whatever the size", () => {
    expect([0.036, 0.5, 1, 99.99, 332, 1203, 236022, 4.1e8].map(ratio)).to.deep.equal([
      ...["×0.036", "×0.50", "×1.00", "×99.99", "×332", "×1,203", "×236,022", "×4.100e+8"],
    ]);
  });

  it("tell how far an optimum can be, never too low", () => {
    expect([1e-9, 0.0004, 0.02 / 1.02, 0.5, 1 - 1 / 3.101, 1 - 1 / 1202.1].map(aboveOptimum)).to.deep.equal([
      ...["0.1 % above the optimum", "0.1 % above the optimum", "2.0 % above the optimum"],
      ...["×2.00 the optimum", "×3.11 the optimum", "×1,203 the optimum"],
    ]);
  });

  it("never show four digits before the point once scaled", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e7, max: 9e17, noNaN: true }), (n) => {
        expect(count(n)).to.match(/^\d{1,3}(\.\d+)? [MGTPE]$/);
      }),
    );
  });
});

describe("tables", () => {
  it("align their columns and leave no spaces at the ends", () => {
    const rows = [
      ["GLB", "1"],
      ["register file", "12,544"],
    ];
    expect(table([left("level"), right("words")], rows)).to.equal(
      ["level           words", "GLB                 1", "register file  12,544"].join("\n"),
    );
  });

  it("draw shares as bars in eighths", () => {
    expect([0, 0.5, 1, 2].map((share) => bar(share, 4))).to.deep.equal(["", "██", "████", "████"]);
    expect(bar(1 / 32, 4)).to.equal("▏");
  });
});
