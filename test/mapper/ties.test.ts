import { expect } from "chai";
import { type Part, type Shared, together } from "../../mapper/index.js";
import { alone } from "../../mapper/parts.js";
import { type Course, type SearchOptions, search } from "../../mapper/search.js";
import { everyLegalMapping, type LegalMapping, printMapping, toMapping } from "../../mappings/index.js";
import { costOf, type Problem, problemFrom, tiedProblemFrom } from "./problems.js";

/** Problems with more legal mappings are asked for no other mapping of equal cost. */
const MOST = 1500;

const COURSES: readonly Course[] = [
  { scoutsBy: (at) => at, placementsBy: (_, at) => at, dives: 0 },
  { scoutsBy: (at) => -at, placementsBy: (_, at) => -at, dives: 2 },
  { scoutsBy: (at) => (at * 7919) % 101, placementsBy: (least) => -least, dives: 100 },
];

function answerTo(
  { layer, architecture, objective }: Problem,
  start: LegalMapping | null,
  course?: Course,
  part: Part | null = null,
) {
  const options: SearchOptions = {
    ...{ objective, dataflow: null, costOf, gap: 0, start, part },
    cancelled: () => false,
    progress: () => undefined,
  };
  return search(layer, architecture, options, course);
}

/** Parts that divide the orders among them, begin one after the other, and leave every second family that they bound to those that follow. */
function partsOf(of: number): readonly Part[] {
  let best = Number.POSITIVE_INFINITY;
  const left: Shared[] = [];
  const isLeft = (index: number, family: number): boolean => index < of - 1 && family % 2 === 1;
  return Array.from({ length: of }, (_, index) => ({
    ...alone(() => best),
    ...{ index, of },
    claims: (placement, order) => (placement + order) % of === index,
    found: (value) => {
      best = Math.min(best, value);
    },
    leaves: (families) => {
      left.push(...families.filter((_, family) => isLeft(index, family)));
    },
    begins: (family) => !isLeft(index, family),
    takes: () => (index === of - 1 ? (left.pop() ?? null) : null),
  }));
}

const textOf = ({ mapping }: { readonly mapping: LegalMapping | null }): string =>
  mapping === null ? "none" : printMapping(toMapping(mapping));

/** Another mapping that costs just as much. */
function rivalOf({ layer, architecture }: Problem, best: LegalMapping): LegalMapping | null {
  const cost = costOf(best);
  let seen = 0;
  for (const mapping of everyLegalMapping(layer, architecture)) {
    if (++seen > MOST) return null;
    const { energy, cycles } = costOf(mapping);
    const isLevel = cycles === cost.cycles && Math.abs(energy - cost.energy) <= 1e-12 * energy;
    if (isLevel && printMapping(toMapping(mapping)) !== printMapping(toMapping(best))) return mapping;
  }
  return null;
}

describe("of several best mappings", () => {
  it("the same one is the answer, whatever is looked at first", () => {
    const tied = [1, 2, 4, 6, 7, 10, 11, 13, 17, 18, 19, 22].map(tiedProblemFrom);
    for (const problem of [...tied, ...[1, 2, 4, 5, 6].map(problemFrom)]) {
      const expected = textOf(answerTo(problem, null));
      for (const [i, course] of COURSES.entries())
        expect(textOf(answerTo(problem, null, course)), `${problem.title}, course ${i}`).to.equal(expected);
    }
  });

  it("the same one is the answer, however many parts search for it", () => {
    for (const problem of [...[1, 2, 6, 10, 17, 22].map(tiedProblemFrom), ...[1, 2, 4, 5, 6].map(problemFrom)]) {
      const expected = answerTo(problem, null);
      for (const of of [2, 3]) {
        const parts = partsOf(of).map((part) => answerTo(problem, null, undefined, part));
        const answer = together(parts, 0);
        expect(textOf(answer), `${problem.title}, ${of} parts`).to.equal(textOf(expected));
        expect(answer.status, problem.title).to.equal(expected.status);
        expect(answer.lowerBound, problem.title).to.equal(expected.lowerBound);
      }
    }
  });

  it("the same one is the answer, also where another is known from the start", () => {
    let ties = 0;
    for (const seed of [2, 4, 6, 8, 14, 16, 18, 20]) {
      const problem = tiedProblemFrom(seed);
      const answer = answerTo(problem, null);
      const rival = answer.mapping === null ? null : rivalOf(problem, answer.mapping);
      if (rival === null) continue;
      ties++;
      expect(textOf(answerTo(problem, rival)), problem.title).to.equal(textOf(answer));
    }
    expect(ties).to.be.greaterThan(3);
  });
});
