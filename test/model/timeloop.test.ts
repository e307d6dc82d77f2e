import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { predict, type Visits } from "../../sim/model/index.js";
import { mappingOf, type Triple } from "./timeloop-triples.js";

const sample = new URL("../../../test/oracles/timeloop/triples.jsonl", import.meta.url);
const everything = new URL("../../../../shared/oracles/timeloop/fuzz.jsonl", import.meta.url);

const triplesIn = (file: URL): readonly Triple[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as Triple);

type Figures = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** `levels.LEVEL.TENSOR = [tile words, utilised instances, reads, fills, updates]`, as the triples have it. */
function figuresOf(triple: Triple, visits: Visits): Figures {
  const mapping = mappingOf(triple);
  const { levels } = predict(mapping, { visits });
  const named = levels.flatMap((level): [string, Record<string, readonly number[]>][] => {
    const [only, ...others] = level.classes;
    expect(others, "instances that differ").to.deep.equal([]);
    if (only === undefined) return [];
    const tensors = only.tensors.map(({ tensor, reads, fills, updates }): [string, readonly number[]] => {
      const words = level.tiles.find((tile) => tile.tensor === tensor)?.words ?? 0;
      const name = mapping.layer.einsum.tensors[tensor]?.name ?? "";
      return [name, [words, level.utilizedInstances, reads, fills, updates]];
    });
    return [[mapping.architecture.levels[level.level]?.name ?? "", Object.fromEntries(tensors)]];
  });
  return Object.fromEntries(named);
}

/** Timeloop lists bypassed tensors with zero tiles. */
function recorded(triple: Triple): Figures {
  return Object.fromEntries(
    Object.entries(triple.nolink.levels).flatMap(([level, tensors]) => {
      const kept = Object.entries(tensors).filter(([, [words]]) => (words ?? 0) > 0);
      return kept.length === 0 ? [] : [[level, Object.fromEntries(kept)]];
    }),
  );
}

/** The triples in which a loop's later iterations differ from its second one, so that Timeloop's extrapolation is off. */
const EXTRAPOLATED_WRONGLY = 7;

function check(triples: readonly Triple[], different: number): void {
  for (const triple of triples)
    expect(figuresOf(triple, "extrapolated"), `extrapolated ${triple.id}`).to.deep.equal(recorded(triple));
  const wrong = triples.filter((triple) => {
    const ours = JSON.stringify(figuresOf(triple, "executed"));
    return ours !== JSON.stringify(figuresOf(triple, "extrapolated"));
  });
  expect(wrong.map((triple) => triple.id)).to.have.lengthOf(different);
}

describe("the model beside timeloop-model", () => {
  it("gives its counts on a sample of recorded triples", () => {
    check(triplesIn(sample), 3);
  });

  if (existsSync(everything))
    it("gives its counts on all recorded triples, loops extrapolated as it does", () => {
      check(triplesIn(everything), EXTRAPOLATED_WRONGLY);
    });
});
