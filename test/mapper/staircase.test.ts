import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import { type Random, seeded } from "../../base/index.js";
import { FrontGoal } from "../../mapper/front-goal.js";
import { packingOf } from "../../mapper/packing.js";
import { problemOf } from "../../mapper/problem.js";
import { isCertain, type Pair, Staircase } from "../../mapper/staircase.js";
import { everyLegalMapping, type LegalMapping } from "../../mappings/index.js";
import { parseInlineLayer } from "../../workloads/index.js";

/** A layer with six ways to use a fan-out, and a mapping of it, to stand for any. */
function anything(): { readonly mapping: LegalMapping; readonly packing: ReturnType<typeof packingOf> } {
  const levels = "{storage: L0, keeps: all}, {fanout: F, x: 4, y: 2}, {compute: MAC}";
  const architecture = parseArchitecture(`name: any\nlevels: [${levels}]\n`, "any.yaml");
  const parsed = parseInlineLayer("gemm:M=4,N=2,K=1");
  const [layer] = parsed.ok ? parsed.value.layers : [];
  if (layer === undefined || !architecture.ok) throw new Error("not a problem");
  const [mapping] = everyLegalMapping(layer, architecture.value);
  if (mapping === undefined) throw new Error("no mapping");
  return { mapping, packing: packingOf(problemOf(layer, architecture.value), true) };
}
const { mapping, packing } = anything();

/** What was told to a staircase, and what is so. */
interface Told {
  readonly stairs: Staircase;
  /** Every mapping there is, known or not. */
  readonly every: readonly Pair[];
  readonly known: Pair[];
  readonly left: Pair[];
  /** What is proven of all mappings but those that are left. */
  readonly facts: Pair[];
}

function begun(random: Random): Told {
  const every = Array.from({ length: random.integer(1, 9) }, () => ({
    energy: random.integer(20, 70),
    cycles: random.integer(5, 40),
  }));
  const energy = Math.min(...every.map((one) => one.energy)) - random.pick([0, 2]);
  const cycles = Math.min(...every.map((one) => one.cycles));
  const facts = [
    { cycles: Number.POSITIVE_INFINITY, energy },
    { cycles: cycles * (1 - 1e-11), energy: Number.POSITIVE_INFINITY },
  ];
  return { stairs: new Staircase(energy, cycles), every, known: [], left: [], facts };
}

/** Mappings that a proof speaks of. */
const spokenOf = ({ every, left }: Told, upTo: number): readonly Pair[] =>
  every.filter((one) => one.cycles <= upTo && !left.includes(one));

const cheapest = (pairs: readonly Pair[], upTo: number): number =>
  pairs.reduce((least, { energy, cycles }) => (cycles <= upTo ? Math.min(least, energy) : least), Infinity);

function prove(told: Told, random: Random): void {
  const cycles = random.pick([Infinity, 1, 1]) * random.integer(4, 41) * (1 - 1e-11);
  const energy = cheapest(spokenOf(told, cycles), cycles) * random.pick([1, 1, 0.995, 0.8]);
  told.stairs.prove(cycles, energy);
  told.facts.push({ cycles, energy });
}

/** As a search of some reach does, which holds each mapping against the known ones that are as fast. */
function proveSteps(told: Told, random: Random): void {
  const { stairs, known, facts } = told;
  if (known.length === 0) return;
  const from = random.pick(known).cycles;
  const upTo = random.pick([Infinity, ...known.flatMap(({ cycles }) => (cycles > from ? [cycles * (1 - 1e-11)] : []))]);
  const gap = random.pick([0, 0, 0.25]);
  const barAt = (cycles: number): number =>
    cheapest(known, Math.max(cycles, from) * (1 + gap) * (1 - 1e-12)) / (1 + gap);
  const exactBarAt = gap > 0 ? barAt : (cycles: number): number => cheapest(known, Math.max(cycles, from));
  const share = spokenOf(told, upTo).reduce((s, one) => Math.min(s, one.energy / exactBarAt(one.cycles)), 1);
  stairs.proveSteps(share, { from, upTo }, gap);
  const ends = known.map(({ cycles }) => (cycles / (1 + gap)) * (1 - 1e-11)).filter((end) => end > from && end < upTo);
  for (const end of [...ends, upTo]) facts.push({ cycles: end, energy: share * exactBarAt(end * (1 - 2e-11)) });
}

function step(told: Told, random: Random): void {
  const what = random.pick(["note", "note", "leave", "prove", "prove", "steps"]);
  const one = random.pick(told.every);
  if (what === "note") {
    told.stairs.note(mapping, one);
    told.known.push(one);
  } else if (what === "leave") {
    told.stairs.leave(one);
    told.left.push(one);
  } else if (what === "prove") prove(told, random);
  else proveSteps(told, random);
}

const isWithin = (known: readonly Pair[], { energy, cycles }: Pair, factor: number): boolean =>
  known.some((one) => one.energy <= energy * factor * (1 + 1e-9) && one.cycles <= cycles * factor * (1 + 1e-9));

/** Whether what the staircase says holds of every mapping. */
function check({ stairs, every, known, left, facts }: Told, title: string): void {
  for (const point of stairs.points()) {
    const { energy, cycles, energyAtLeast } = point;
    expect(isCertain(point), title).to.equal(energyAtLeast > energy * (1 - 1e-9));
    expect(cheapest(known, cycles), title).to.equal(energy);
    expect(energyAtLeast, title).to.be.at.most(cheapest(every, cycles) * (1 + 1e-9));
    const proven = facts.reduce((most, fact) => (fact.cycles >= cycles ? Math.max(most, fact.energy) : most), 0);
    expect(energyAtLeast, title).to.be.closeTo(Math.min(energy, proven, cheapest(left, cycles)), 1e-8);
  }
  for (const one of every) {
    expect(isWithin(known, one, 1 + stairs.farthest()), title).to.equal(stairs.farthest() < Infinity);
    if (isWithin(known, one, 1)) continue;
    const [there, ...more] = stairs.open().filter(({ above, upTo }) => one.cycles > above && one.cycles <= upTo);
    if (there === undefined) throw new Error(`${title}: nothing is open at ${one.cycles} cycles`);
    expect(more, title).to.deep.equal([]);
    expect(there.energyAtLeast, title).to.be.at.most(one.energy * (1 + 1e-9));
    if (there.within < Infinity) expect(isWithin(known, one, 1 + there.within), title).to.equal(true);
  }
}

describe("the staircase of known mappings and of proofs", () => {
  it("claims no more of any mapping than was proven, and no less", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seeded(seed);
      const told = begun(random);
      for (let n = 1; n <= 12; n++) {
        step(told, random);
        check(told, `seed ${seed}, step ${n}`);
      }
    }
  });

  it("keeps of mappings of equal cost the one of least rank, and goes on looking for it", () => {
    const stairs = new Staircase(1, 1);
    const same = { energy: 9, cycles: 4 };
    expect(stairs.isSettled(same, [5])).to.equal(false);
    expect(stairs.note(mapping, same)).to.equal(true);
    expect(stairs.isSettled(same, [5])).to.equal(false);
    expect(stairs.note(mapping, same, [5])).to.equal(true);
    expect([[5], [6]].map((rank) => stairs.isSettled(same, rank))).to.deep.equal([true, true]);
    expect(stairs.isSettled(same, [4])).to.equal(false);
    expect([[5], [6]].map((rank) => stairs.note(mapping, same, rank))).to.deep.equal([false, false]);
    expect(stairs.note(mapping, same, [4])).to.equal(true);
    expect(stairs.points().length).to.equal(1);
  });

  it("reaches about an interval from one edge to the next", () => {
    const stairs = new Staircase(1, 1);
    for (const cycles of [3, 5, 8, 13, 20]) stairs.note(mapping, { energy: 100 / cycles, cycles });
    const reach = (above: number, upTo: number, edges: readonly number[]) =>
      stairs.reachOf({ above, upTo, energyAtLeast: 1, within: 1 }, (cycles) => edges.includes(cycles));
    expect(reach(5, 8 * (1 - 1e-11), [])).to.deep.equal({ from: 3, upTo: Infinity });
    expect(reach(5, 8 * (1 - 1e-11), [5])).to.deep.equal({ from: 5, upTo: Infinity });
    expect(reach(8, 13 * (1 - 1e-11), [5, 20])).to.deep.equal({ from: 5, upTo: 20 * (1 - 1e-11) });
    expect(reach(8, 13 * (1 - 1e-11), [5, 13, 20])).to.deep.equal({ from: 5, upTo: 13 * (1 - 1e-11) });
    expect(reach(1, 3 * (1 - 1e-11), [5])).to.equal(null);
  });

  it("lets a choice pass that takes less energy than each mapping as fast, as long as it may be as fast as the reach", () => {
    let [passed, kept] = [0, 0];
    for (let seed = 1; seed <= 100; seed++) {
      const random = seeded(seed);
      const stairs = new Staircase(1, 1);
      const pairs = Array.from({ length: random.integer(1, 6) }, () => ({
        energy: random.integer(5, 40),
        cycles: random.integer(5, 40),
      }));
      for (const pair of pairs) stairs.note(mapping, pair);
      const [from, fewest] = [random.pick(pairs).cycles, packing.widths.map(() => random.integer(3, 42))];
      const upTo = random.pick([Infinity, from + random.integer(0, 9), random.pick([...fewest])]);
      const gap = random.pick([0, 0, 0.2]);
      const goal = new FrontGoal(stairs, packing, fewest, { from, upTo }, gap);
      fewest.forEach((cycles, s) => {
        const bar = cheapest(pairs, Math.max(cycles, from) * (1 + gap) * (gap > 0 ? 1 - 1e-9 : 1)) / (1 + gap);
        const isLet = (energy: number): boolean => Math.log(energy) + (packing.ends[s] ?? 0) <= goal.cutoff;
        expect(isLet(bar * (1 - 1e-9)), `seed ${seed}, ${cycles} cycles, up to ${upTo}`).to.equal(cycles <= upTo);
        expect(isLet(bar * (1 + 1e-9)), `seed ${seed}, ${cycles} cycles`).to.equal(false);
        expect(goal.isWorthOffering(0, Math.max(cycles, from), bar * (1 - 1e-9))).to.equal(true);
        if (cycles <= upTo) passed++;
        else kept++;
      });
    }
    expect(Math.min(passed, kept)).to.be.greaterThan(50);
  });
});
