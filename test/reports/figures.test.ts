import { expect } from "chai";
import { labelOf } from "../../reports/html/figures/contest.js";
import { cutOff, decadesBetween, isWide } from "../../reports/html/figures/cut.js";
import { widthOfText } from "../../reports/html/letters.js";

describe("figures", () => {
  it("cut the bars that are far longer than the others, never those that are far shorter", () => {
    expect(cutOff([6.4, 13, 14, 5, 139, 0.48])).to.equal(14);
    expect(cutOff([1, 50, 60])).to.equal(60);
    expect(cutOff([7])).to.equal(7);
    expect(cutOff([0, 0])).to.equal(0);
  });
  it("go by powers of ten where lengths are too far apart", () => {
    expect(isWide([0, 1, 299], 300)).to.equal(false);
    expect(isWide([1, 301], 300)).to.equal(true);
    expect(isWide([0], 300)).to.equal(false);
    expect(decadesBetween(0.01, 99)).to.deep.equal([0.01, 0.1, 1, 10]);
    expect(decadesBetween(1, 1000)).to.deep.equal([1, 10, 100, 1000]);
  });
  it("name winners only as far as there is room above their group", () => {
    expect(labelOf(["os", "rs"], 80)).to.equal("os = rs");
    expect(labelOf(["tpu-v1 ws", "tpu-v1 any"], 80)).to.equal("tie of 2");
    expect(labelOf(["tpu-v1 any"], 20)).to.equal("tpu-v1 any");
  });
  it("know how wide a text is", () => {
    expect(widthOfText("", 11)).to.equal(0);
    expect(widthOfText("ill", 10)).to.be.below(widthOfText("www", 10) / 3);
    expect(widthOfText("DRAM", 20)).to.be.closeTo(2 * widthOfText("DRAM", 10), 1e-9);
    expect(widthOfText("DRAM", 10, true)).to.be.above(widthOfText("DRAM", 10));
    expect(widthOfText("→", 10)).to.be.above(widthOfText("a", 10));
  });
});
