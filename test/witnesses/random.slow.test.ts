import { expect } from "chai";
import { checkRandom } from "./random-mappings.js";

describe("model and machine, on thousands of random mappings", () => {
  it("count the same words where tiles divide their extents", () => {
    expect(checkRandom(100_000, 300, false)).to.be.above(1000);
  });
  it("count the same words for tiles of any size", () => {
    expect(checkRandom(200_000, 600, true)).to.be.above(2000);
  });
});
