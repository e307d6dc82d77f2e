import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { execute } from "../../sim/machine/index.js";
import { reference, seededInputs } from "../../workloads/index.js";
import { figuresOf, mappingOf, type Triple } from "./timeloop.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const sample = join(root, "test/oracles/timeloop/triples.jsonl");
const corpus = join(root, "../shared/oracles/timeloop/fuzz.jsonl");

/** Timeloop runs the first two iterations of a loop and scales; these it gets another number from than by visiting all. */
const EXTRAPOLATED = ["1-25", "1-39", "1-121", "1-137", "1-138", "1-161", "1-178"];

/** The triples whose tiles, instances, reads, fills and updates differ, link transfers off. Outputs must be right in any case. */
function differing(file: string): readonly string[] {
  const triples = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Triple);
  return triples.flatMap((triple) => {
    const mapping = mappingOf(triple);
    const inputs = seededInputs(mapping.layer.einsum, 1);
    const { counts, output } = execute(mapping, inputs);
    expect(output, triple.id).to.deep.equal(reference(mapping.layer.einsum, inputs));
    const ours = figuresOf(mapping, counts);
    const isSame = Object.entries(triple.nolink.levels).every(([level, tensors]) =>
      Object.entries(tensors).every(([tensor, figures]) => figures.join() === ours[level]?.[tensor]?.join()),
    );
    return isSame ? [] : [triple.id];
  });
}

describe("the machine and timeloop-model", () => {
  it("count the same on a sample of random designs", () => {
    expect(EXTRAPOLATED).to.include.members(differing(sample));
  });

  if (existsSync(corpus))
    it("count the same on the whole corpus, but for what Timeloop extrapolates", () => {
      expect(differing(corpus)).to.deep.equal(EXTRAPOLATED);
    });
});
