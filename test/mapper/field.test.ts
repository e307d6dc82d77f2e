import { expect } from "chai";
import { NEUTRAL } from "../../bench/field/peers.js";
import { accelforge, timeloop } from "../../bench/field/run.js";

/** CPU seconds a search may take; each takes about one at most. */
const LIMIT = 30;

describe("the mapper beside the field", () => {
  it("is at AccelForge's exhaustive optima or below, with a proof", () => {
    const { heading, rows } = accelforge(LIMIT, () => {});
    const [exhaustive, own, proof, tiles] = ["exhaustive", "ours", "proof", "tiles"].map((name) =>
      heading.indexOf(name),
    );
    expect(rows).to.have.length(3 * NEUTRAL.length);
    for (const row of rows) {
      if (row[tiles ?? -1] === "perfect") expect(row[proof ?? -1], row.join()).to.equal("optimal");
      const known = row[exhaustive ?? -1];
      if (known !== "") expect(Number(row[own ?? -1]), row.join()).to.be.at.most(Number(known));
    }
  }).timeout(600_000);

  it("is below what timeloop-mapper found, with a proof", () => {
    const { heading, rows } = timeloop(LIMIT, () => {});
    for (const row of rows) {
      expect(row[heading.indexOf("proof")], row.join()).to.equal("optimal");
      expect(row[heading.indexOf("ours to theirs")], row.join()).to.match(/ below$/);
    }
  }).timeout(600_000);
});
