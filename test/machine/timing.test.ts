import { expect } from "chai";
import fc from "fast-check";
import type { Level } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import { type LegalMapping, randomLegalMapping } from "../../mappings/index.js";
import type { TensorAccesses } from "../../sim/counts.js";
import { execute, executePlainly, executeTimed, type Timing } from "../../sim/machine/index.js";
import { nestOf } from "../../sim/machine/nest.js";
import { PlainRecorder } from "../../sim/machine/plain/recorder.js";
import { PlainSchedule } from "../../sim/machine/plain/schedule.js";
import { type Moves, noMoves } from "../../sim/machine/timing/moves.js";
import { type Routes, routesOf } from "../../sim/machine/timing/routes.js";
import { Schedule } from "../../sim/machine/timing/schedule.kernel.js";
import { Timer } from "../../sim/machine/timing/timer.kernel.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { outputOf, seededInputs, withBias } from "../../workloads/index.js";
import { randomArchitecture } from "../witnesses/random-problems.js";
import { layer } from "./scaffold.js";
import { byTheClock, changed, problemOrNull, timedProblem } from "./timing-problems.js";

const timed = (mapping: LegalMapping): Timing => executeTimed(mapping, seededInputs(mapping.layer.einsum, 1)).timing;
const modelCycles = (mapping: LegalMapping): number => price(predict(mapping), mapping).cycles;
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const accesses = ({ fills, reads, updates, drains }: TensorAccesses): number => fills + reads + updates + drains;
const unlimited = { read: Infinity, write: Infinity, shared: Infinity };

describe("timed execution", () => {
  it("counts what executing without a clock counts, and takes the times that the rules say word by word", () => {
    for (let seed = 1; seed <= 100; seed++) checkByTheRules(timedProblem(seed), seed);
  });

  it("does so where reductions start from a bias", () => {
    for (let seed = 1; seed <= 25; seed++) {
      const random = seeded(seed);
      const on = layer("O[m,p] += I[c,p+r] * F[m,c,r]", { M: 3, C: 4, P: 5, R: 2 });
      const einsum = withBias(on.einsum, ["m"]);
      if (einsum === undefined) throw new Error("a convolution takes a bias");
      const biased = { ...on, einsum };
      const mapping = randomLegalMapping(biased, randomArchitecture(random), random, { imperfect: seed % 2 === 1 });
      if (mapping !== null) checkByTheRules(byTheClock(mapping, seed), seed);
    }
  });

  it("accounts for every cycle", () => {
    eachProblem(150, (mapping) => {
      const { cycles, computing, startUp, stalled, finalDrain, waits, nodes } = timed(mapping);
      expect(computing + startUp + stalled + finalDrain).to.be.closeTo(cycles, 1e-9 * cycles);
      expect(computing + sum(waits.map((wait) => wait.cycles))).to.be.closeTo(cycles, 1e-9 * cycles);
      for (const node of nodes) {
        expect(node.computing + node.filling + node.draining + node.stalled).to.be.closeTo(cycles, 1e-9 * cycles);
        expect(Math.min(node.stalled, node.filling, node.draining)).to.be.at.least(-1e-9 * cycles);
      }
    });
  });

  it("blames latency for nothing where there is none", () => {
    const check = (mapping: LegalMapping): void => {
      const prompt = changed(mapping, (level): Level => {
        if (level.kind === "storage") return { ...level, latency: { read: 0, write: 0 } };
        return { ...level, latency: 0 };
      });
      expect(timed(prompt).waits.filter(({ cause }) => cause.kind === "latency")).to.deep.equal([]);
    };
    // Tiles whose turn at one port is over while another still keeps them.
    for (const seed of [750, 752, 799, 1321, 999990]) check(timedProblem(seed));
    eachProblem(120, check);
  });

  it("tells what went on over time: all operations and accesses, and no unit does more than it can", () => {
    eachProblem(100, (mapping) => {
      const { counts, timing } = executeTimed(mapping, seededInputs(mapping.layer.einsum, 1));
      const { activity, cycles } = timing;
      const last = mapping.architecture.levels.at(-1);
      const units = mapping.architecture.levels.reduce((n, l) => (l.kind === "fanout" ? n * l.x * l.y : n), 1);
      const peak = last?.kind === "compute" ? last.operationsPerCycle * units : 0;
      const lengths = activity.compute.map((_, i) => Math.min(activity.binCycles, cycles - i * activity.binCycles));
      const operations = sum(activity.compute.map((share, i) => share * (lengths[i] ?? 0) * peak));
      const macs = mapping.layer.einsum.bounds.reduce((a, b) => a * b, 1);
      expect(operations).to.be.closeTo(macs, 1e-6 * macs);
      for (const share of activity.compute) expect(share).to.be.within(0, 1 + 1e-9);
      for (const { level, words } of activity.levels) {
        const storage = mapping.architecture.levels[level];
        const { read, write, shared } = storage?.kind === "storage" ? storage.bandwidth : unlimited;
        expect(Math.max(...words), `peak of level ${level}`).to.be.at.most(Math.min(read + write, shared) * (1 + 1e-9));
        const { utilizedInstances = 0, classes = [] } = counts.levels.find((one) => one.level === level) ?? {};
        // Of outputs that scatter beyond their tensor old values are counted for every update (docs/timing.md, "What is left out").
        if (utilizedInstances !== 1 || scatters(mapping)) continue;
        const moved = sum(classes.flatMap(({ tensors }) => tensors.map(accesses)));
        const shown = sum(words.map((rate, i) => rate * (lengths[i] ?? 0)));
        expect(shown, `words of level ${level}`).to.be.closeTo(moved, 1e-6 * moved);
      }
    });
  });

  it("is never below the model, and equal to it with unlimited bandwidth, no latency and double buffers", () => {
    eachProblem(150, (mapping) => {
      expect(timed(mapping).cycles).to.be.at.least(modelCycles(mapping) * (1 - 1e-12));
      const ideal = changed(mapping, (level): Level => {
        if (level.kind === "compute") return { ...level, latency: 0 };
        if (level.kind === "fanout") return { ...level, bandwidth: Infinity, latency: 0 };
        return { ...level, bandwidth: unlimited, latency: { read: 0, write: 0 }, buffering: "double" };
      });
      expect(timed(ideal).cycles).to.equal(modelCycles(ideal));
    });
  });

  it("is never faster with less bandwidth, more latency or single buffers, anywhere", () => {
    eachProblem(120, (mapping, seed) => {
      const { cycles } = timed(mapping);
      const at = seed % mapping.architecture.levels.length;
      const one = (change: (level: Level) => Level): LegalMapping =>
        changed(mapping, (level, i) => (i === at ? change(level) : level));
      for (const worse of [one(slower), one(later), one(single), changed(mapping, single)])
        expect(timed(worse).cycles).to.be.at.least(cycles * (1 - 1e-12));
    });
  });
});

const scatters = ({ layer: { einsum } }: LegalMapping): boolean =>
  outputOf(einsum).ranks.some(({ terms }) => terms.length > 1);

/** The fast clock against the literal one, word by word; and the execution by the clock against the one without. */
function checkByTheRules(mapping: LegalMapping, seed: number): void {
  const { einsum } = mapping.layer;
  const inputs = seededInputs(einsum, seed);
  const routes = routesOf(nestOf(mapping));
  const plain = new PlainSchedule(routes);
  const recorder = new PlainRecorder(einsum, routes, plain);
  executePlainly(mapping, inputs, {}, recorder);
  const end = plain.finish(recorder.next);
  const { counts, output, timing } = executeTimed(mapping, inputs);
  const untimed = execute(mapping, inputs);
  expect(counts, `counts of seed ${seed}`).to.deep.equal(untimed.counts);
  expect(output, `output of seed ${seed}`).to.deep.equal(untimed.output);
  expect(timing.cycles, `cycles of seed ${seed}`).to.equal(end / routes.ticksPerCycle);
}

function slower(level: Level): Level {
  if (level.kind === "compute") return { ...level, operationsPerCycle: level.operationsPerCycle / 2 };
  if (level.kind === "fanout") return { ...level, bandwidth: Math.min(2, (level.bandwidth ?? Infinity) / 2) };
  const { read, write, shared } = level.bandwidth;
  return { ...level, bandwidth: { read: Math.min(4, read / 3), write: write / 2, shared: Math.min(6, shared) } };
}

function later(level: Level): Level {
  if (level.kind !== "storage") return { ...level, latency: (level.latency ?? 0) + 5 };
  return { ...level, latency: { read: (level.latency?.read ?? 0) + 13, write: (level.latency?.write ?? 0) + 2 } };
}

const single = (level: Level): Level => (level.kind === "storage" ? { ...level, buffering: "single" } : level);

/** Random problems; seeds that give none are passed over. */
function eachProblem(runs: number, check: (mapping: LegalMapping, seed: number) => void): void {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const mapping = problemOrNull(seed);
      if (mapping !== null) check(mapping, seed);
    }),
    { numRuns: runs },
  );
}

describe("phases that repeat", () => {
  it("take the times that they take one by one", () => {
    let skipped = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const mapping = timedProblem(seed);
      const routes = routesOf(nestOf(mapping));
      const phases = randomPhases(routes, seed);
      const [fast, slow] = [scheduleOf(routes), scheduleOf(routes)];
      const timer = new Timer(fast);
      for (const { moves, count } of phases) {
        timer.phases(moves, count);
        for (let i = 0; i < count; i++) slow.phase(moves);
      }
      const last = noMoves(routes);
      expect(fast.finish(last), `seed ${seed}`).to.equal(slow.finish(last));
      expect(fast.computing).to.equal(slow.computing);
      expect([...fast.waits.ticks], `waits of seed ${seed}`).to.deep.equal([...slow.waits.ticks]);
      expect([...fast.transfers.underWay]).to.deep.equal([...slow.transfers.underWay]);
      skipped += timer.skipped;
    }
    expect(skipped).to.be.greaterThan(10000);
  });
});

const scheduleOf = (routes: Routes): Schedule =>
  new Schedule(routes, [...new Set(routes.places.map(({ stage }) => stage.level))], null);

/** Phases such as no mapping may have: any places move, by any number of words. */
function randomPhases(routes: Routes, seed: number): readonly { readonly moves: Moves; readonly count: number }[] {
  const random = fc.sample(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 400, maxLength: 400 }), {
    seed,
    numRuns: 1,
  })[0] as number[];
  let next = 0;
  const draw = (): number => random[next++ % random.length] ?? 0;
  return Array.from({ length: 6 }, (_, p) => {
    const moves = noMoves(routes);
    for (const place of routes.places) {
      const tile = moves.tiles[place.index];
      if (tile === undefined || place.parent < 0) continue;
      tile.isMoving = p === 0 || draw() < 5;
      if (!tile.isMoving) continue;
      const [comes, leaves] = [draw(), place.isOutput && p > 0 ? draw() : 0];
      tile.down.fill(comes);
      tile.up.fill(leaves);
      tile.returns = place.isOutput && draw() === 0;
    }
    for (const { down, up } of moves.accesses) {
      down.fill(draw());
      up.fill(draw());
    }
    moves.steps = 1 + draw();
    moves.operations = moves.steps;
    return { moves, count: p === 0 ? 1 : 10 * (1 + draw()) ** 2 };
  });
}
