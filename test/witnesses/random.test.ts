import { expect } from "chai";
import { checkRandom } from "./random-mappings.js";

describe("model and machine, on random mappings", () => {
  it("count the same words where tiles divide their extents", () => {
    expect(checkRandom(0, 60, false)).to.be.above(200);
  });
  it("count the same words for tiles of any size", () => {
    expect(checkRandom(10_000, 80, true)).to.be.above(280);
  });
});
