import { expect } from "chai";
import type { LegalMapping } from "../../mappings/index.js";
import { type Execution, execute, executePlainly } from "../../sim/machine/index.js";
import { reference, seededInputs } from "../../workloads/index.js";
import { architecture, fanout, layer, legal, storage, totals } from "./scaffold.js";

/** Runs both executors, expects the right output and the same counts of both, and gives the execution. */
function run(mapping: LegalMapping): Execution {
  const { einsum } = mapping.layer;
  const inputs = seededInputs(einsum, 1);
  const plain = executePlainly(mapping, inputs);
  const fast = execute(mapping, inputs);
  expect(plain.output).to.deep.equal(reference(einsum, inputs));
  expect(fast).to.deep.equal(plain);
  return fast;
}

const noneX = { x: new Set<string>(), y: "all" } as const;
/** `fills reads updates drains`, over all instances. */
const totalsOf = (mapping: LegalMapping): ReturnType<typeof totals> => totals(mapping, run(mapping).counts);

describe("what the machine counts, worked out by hand", () => {
  const gemm = layer("Z[m,n] += A[m,k] * B[k,n]", { M: 2, N: 3, K: 4 });
  const vector = (M: number, K: number) => layer("Z[m] += A[m,k] * B[k]", { M, K });

  it("reads every operand for every operation from one memory", () => {
    // 24 operations; the first of the 4 writes of each of the 6 words of Z reads no old value.
    const mapping = legal(gemm, architecture(storage("DRAM")), "DRAM:A,B,Z m/1 n/1 k/1");
    expect(totalsOf(mapping)).to.deep.equal({ DRAM: { A: "0 24 0 0", B: "0 24 0 0", Z: "0 18 24 0" } });
    expect(run(mapping).counts.steps).to.equal(24);
  });

  it("leaves a tile where it is as long as nothing moves it", () => {
    // A row of A (4 words) for each m; it serves all n.
    const mapping = legal(gemm, architecture(storage("DRAM"), storage("GLB")), "DRAM:A,B,Z m/1 GLB:A n/1 k/1");
    expect(totalsOf(mapping)).to.deep.equal({
      DRAM: { A: "0 8 0 0", B: "0 24 0 0", Z: "0 18 24 0" },
      GLB: { A: "8 24 0 0" },
    });
  });

  describe("a window of 2 x 2 that goes along rows", () => {
    const conv = layer("O[p,q] += I[p+r,q+s] * F[r,s]", { P: 2, Q: 2, R: 2, S: 2 });
    const filled = (reuse: "slide" | "overlap" | "none"): string | undefined =>
      totalsOf(legal(conv, architecture(storage("DRAM"), storage("GLB", reuse)), "DRAM:I,F,O p/1 q/1 GLB:I r/1 s/1"))[
        "GLB"
      ]?.["I"]?.split(" ")[0];

    it("slides only while it goes on in one direction", () => {
      // (0,0): 4 words; (0,1) slides by (0,1): 2; (1,0) turns: all 4; (1,1) may go anywhere after a whole box: 2.
      expect(filled("slide")).to.equal("12");
    });
    it("keeps every word that it still needs", () => {
      // (1,0) keeps the one word that it has in common with (0,1): 4 + 2 + 3 + 2.
      expect(filled("overlap")).to.equal("11");
    });
    it("keeps nothing", () => {
      expect(filled("none")).to.equal("16");
    });
  });

  it("goes on sliding where p's step continues r's", () => {
    // Two words of I from p + r on, p in tiles of 2: 0 1 | 2 3, each a step of 1 from the one before.
    const mapping = legal(
      layer("O[p] += I[p+r] * F[r]", { P: 4, R: 2 }),
      architecture(storage("DRAM"), storage("GLB")),
      "DRAM:I,F,O p/2 r/1 GLB:I p/1",
    );
    expect(totalsOf(mapping)["GLB"]).to.deep.equal({ I: "5 8 0 0" });
  });

  it("serves equal requests with one read, where the network multicasts", () => {
    // Two elements hold a row of A each and the same B: 2 words, once or twice.
    const with_ = (sharing: Parameters<typeof fanout>[3]): ReturnType<typeof totals> =>
      totalsOf(
        legal(
          vector(2, 2),
          architecture(storage("DRAM"), fanout("PEs", 2, 1, sharing), storage("PE")),
          "DRAM:A,B,Z m/1@x PE:A,B,Z k/1",
        ),
      );
    expect(with_({})["DRAM"]).to.deep.equal({ A: "0 4 0 0", B: "0 2 0 0", Z: "0 0 2 0" });
    expect(with_({ multicast: noneX })["DRAM"]).to.deep.equal({ A: "0 4 0 0", B: "0 4 0 0", Z: "0 0 2 0" });
    expect(with_({})["PE"]).to.deep.equal({ A: "4 4 0 0", B: "4 4 0 0", Z: "0 2 4 2" });
  });

  it("drains partial sums that make room, and fills them again when they come back", () => {
    // Z's one-word tile: 0 1 | 0 1. First visits fill nothing; the second ones do. 4 drains, one of them at the end.
    const mapping = legal(vector(2, 2), architecture(storage("DRAM"), storage("GLB")), "DRAM:A,B,Z k/1 m/1 GLB:Z");
    expect(totalsOf(mapping)).to.deep.equal({
      DRAM: { A: "0 4 0 0", B: "0 4 0 0", Z: "0 2 4 0" },
      GLB: { Z: "2 2 4 4" },
    });
  });

  it("adds up what several elements drain, and gives a refill to one of them", () => {
    // Both elements hold the same word of Z, visited 0 1 | 0 1: 4 joined updates above, 2 refills each from 2 shared reads.
    const with_ = (sharing: Parameters<typeof fanout>[3]): ReturnType<typeof totals> =>
      totalsOf(
        legal(
          vector(2, 4),
          architecture(storage("DRAM"), fanout("PEs", 2, 1, sharing), storage("PE")),
          "DRAM:A,B,Z k/2 m/1 k/1@x PE:Z",
        ),
      );
    expect(with_({})["DRAM"]?.["Z"]).to.equal("0 2 4 0");
    expect(with_({ reduction: noneX })["DRAM"]?.["Z"]).to.equal("0 2 8 0");
    expect(with_({ multicast: noneX })["DRAM"]?.["Z"]).to.equal("0 4 4 0");
    expect(with_({})["PE"]).to.deep.equal({ Z: "4 4 8 8" });
  });

  it("lets an element without work keep what it has", () => {
    // Rows 0 1 | 2: the second element works once.
    const mapping = legal(
      vector(3, 2),
      architecture(storage("DRAM"), fanout("PEs", 2, 1), storage("PE")),
      "DRAM:A,B,Z m/2 m/1@x PE:A,Z k/1",
    );
    const { counts } = run(mapping);
    expect(counts.steps).to.equal(4);
    expect(counts.computeInstances).to.equal(2);
    expect(counts.levels[1]?.classes).to.deep.equal([
      {
        instances: 1,
        tensors: [
          { tensor: 0, fills: 2, reads: 2, updates: 0, drains: 0 },
          { tensor: 2, fills: 0, reads: 1, updates: 2, drains: 1 },
        ],
      },
      {
        instances: 1,
        tensors: [
          { tensor: 0, fills: 4, reads: 4, updates: 0, drains: 0 },
          { tensor: 2, fills: 0, reads: 2, updates: 4, drains: 2 },
        ],
      },
    ]);
  });

  it("passes a late drain on where the buffer above has moved away", () => {
    // GLB holds words 0 and 1, then 2, while the second element still has word 1; it drains at the end, through GLB.
    const mapping = legal(
      vector(3, 2),
      architecture(storage("DRAM"), storage("GLB"), fanout("PEs", 2, 1), storage("PE")),
      "DRAM:A,B,Z m/2 GLB:Z m/1@x PE:Z k/1",
    );
    expect(totalsOf(mapping)).to.deep.equal({
      DRAM: { A: "0 6 0 0", B: "0 4 0 0", Z: "0 0 3 0" },
      GLB: { Z: "0 0 3 3" },
      PE: { Z: "0 3 6 3" },
    });
  });

  it("scatters into overlapping tiles of the output", () => {
    // O's tile [p, p+2): sliding, it lets go of one word a step and of two at the end; without reuse the common word comes back.
    const scatter = layer("O[p+r] += G[p] * F[r]", { P: 3, R: 2 });
    const with_ = (reuse: "slide" | "none"): string | undefined =>
      totalsOf(legal(scatter, architecture(storage("DRAM"), storage("GLB", reuse)), "DRAM:G,F,O p/1 GLB:O r/1"))[
        "GLB"
      ]?.["O"];
    expect(with_("slide")).to.equal("0 2 6 4");
    expect(with_("none")).to.equal("2 2 6 6");
  });

  it("counts padding unless it is free", () => {
    // P = 3, R = 3, one word of padding on both sides of 3 words.
    const setting = { constants: new Map([["L", 1]]), shapes: new Map([["I", [3]]]) };
    const with_ = (padding: "counted" | "free"): string | undefined =>
      totalsOf(
        legal(
          layer("O[p] += I[p+r-L] * F[r]", { P: 3, R: 3 }, { ...setting, padding }),
          architecture(storage("DRAM"), storage("GLB")),
          "DRAM:I,F,O p/1 GLB:I r/1",
        ),
      )["GLB"]?.["I"];
    expect(with_("counted")).to.equal("5 9 0 0");
    expect(with_("free")).to.equal("3 7 0 0");
  });

  it("counts a word once for every link that it crosses", () => {
    // 2 clusters (F) of 3 elements (G). B's 2 words go to all: 1 set over F twice (a link to each cluster), then 6 elements.
    // A: 12 words, each to its own element. Z: 6 words up both fan-outs, each by itself.
    const mapping = legal(
      vector(6, 2),
      architecture(storage("DRAM"), fanout("F", 2, 1), fanout("G", 3, 1), storage("PE")),
      "DRAM:A,B,Z m/3@x:F m/1@x:G PE:A,B,Z k/1",
    );
    expect(run(mapping).counts.networks).to.deep.equal([
      { level: 1, hops: 12 + 2 * 2 + 6 },
      { level: 2, hops: 12 + 6 * 2 + 6 },
    ]);
  });

  it("carries the old value of an accumulation once over each fan-out", () => {
    // Two elements reduce into DRAM's Z: 2 steps, each one update of one word; the second reads the old value.
    // A: 2 words a step; B: likewise; Z: 2 elements deliver over the fan-out in each step, and one old value comes down.
    const mapping = legal(vector(1, 4), architecture(storage("DRAM"), fanout("PEs", 2, 1)), "DRAM:A,B,Z k/2 k/1@x");
    const { counts } = run(mapping);
    expect(totals(mapping, counts)["DRAM"]).to.deep.equal({ A: "0 4 0 0", B: "0 4 0 0", Z: "0 1 2 0" });
    expect(counts.networks).to.deep.equal([{ level: 1, hops: 4 + 4 + 4 + 1 }]);
  });
});
