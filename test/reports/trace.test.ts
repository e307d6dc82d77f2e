import { expect } from "chai";
import { type LegalMapping, usage } from "../../mappings/index.js";
import { traceSink } from "../../reports/index.js";
import { executeTimed, type Timing } from "../../sim/machine/index.js";
import { seededInputs } from "../../workloads/index.js";
import { timedProblem } from "../machine/timing-problems.js";
import { type Counter, checkFormat, type Slice, type TraceEvent } from "./trace-format.js";

interface Traced {
  readonly events: readonly TraceEvent[];
  readonly timing: Timing;
}

function traced(mapping: LegalMapping, window = { from: 0, to: Infinity }, every = 1): Traced {
  const events: TraceEvent[] = [];
  const sink = traceSink(mapping, 3, (line) => events.push(JSON.parse(line)));
  const inputs = seededInputs(mapping.layer.einsum, 1);
  const { timing } = executeTimed(mapping, inputs, { trace: { sink, ...window, every } });
  return { events, timing };
}
const slices = (events: readonly TraceEvent[]): readonly Slice[] =>
  events.flatMap((event) => (event.ph === "X" ? [event] : []));
const counters = (events: readonly TraceEvent[]): readonly Counter[] =>
  events.flatMap((event) => (event.ph === "C" ? [event] : []));
const of = (events: readonly TraceEvent[], cat: string): readonly Slice[] =>
  slices(events).filter((event) => event.cat === cat);
const sum = (events: readonly Slice[]): number => events.reduce((n, { dur }) => n + dur, 0);

const seeds = [2, 5, 9, 14, 23, 40];

describe("a trace", () => {
  it("shows all of compute's work and waiting", () => {
    for (const seed of seeds) {
      const { events, timing } = traced(timedProblem(seed));
      // Shown in nanoseconds, of which a cycle is a thousand.
      const near = 1e-6 * timing.cycles + 0.001 * (of(events, "compute").length + of(events, "stall").length);
      expect(sum(of(events, "compute")), `work of seed ${seed}`).to.be.closeTo(timing.computing, near);
      expect(sum(of(events, "stall")), `waiting of seed ${seed}`).to.be.closeTo(timing.cycles - timing.computing, near);
    }
  });

  it("keeps to the rules of the format, whatever fractions of a cycle things take", () => {
    for (const seed of [...seeds, ...Array.from({ length: 40 }, (_, i) => 100 + i)]) {
      const { events, timing } = traced(timedProblem(seed));
      checkFormat(events);
      for (const { ts, dur } of slices(events)) expect(ts + dur).to.be.at.most(timing.cycles + 0.002);
      expect(events.every(({ pid }) => pid === 3)).to.equal(true);
      const shown = new Set(counters(events).flatMap(({ args }) => Object.keys(args)));
      const tiles = timing.nodes.some(({ fillsUnderWay }) => fillsUnderWay > 0);
      if (tiles) expect([...shown].sort()).to.deep.equal(["words", "words/cycle"]);
    }
  });

  it("shows no place with more words a cycle than a port on their way lets through", () => {
    for (const seed of seeds) {
      const mapping = timedProblem(seed);
      const { levels } = mapping.architecture;
      for (const { name, args } of counters(traced(mapping).events)) {
        const level = levels.find((one) => name.startsWith(`${one.name} `));
        if (level?.kind !== "storage" || args["words/cycle"] === undefined) continue;
        const { read, write, shared } = level.bandwidth;
        const rate = Math.min(name.includes(" fill ") ? write : read, shared);
        expect(args["words/cycle"], `${name}, seed ${seed}`).to.be.at.most(rate * (1 + 1e-4));
      }
    }
  });

  it("never shows more words in a place than its tile, with double buffers two tiles", () => {
    for (const seed of seeds) {
      const mapping = timedProblem(seed);
      const held = counters(traced(mapping).events).filter(({ name }) => name.endsWith(" occupancy"));
      for (const { level, name, tensors } of usage(mapping)) {
        const storage = mapping.architecture.levels[level];
        const tiles = storage?.kind === "storage" && storage.buffering === "double" ? 2 : 1;
        for (const { name: tensor, words } of tensors)
          for (const { args } of held.filter((event) => event.name === `${name} ${tensor} occupancy`))
            expect(args["words"], `${tensor} in ${name}, seed ${seed}`).to.be.within(0, tiles * words);
      }
    }
  });

  it("may be cut to a window, or to a sample, and changes nothing of the run", () => {
    for (const seed of seeds) {
      const whole = traced(timedProblem(seed));
      const { cycles } = whole.timing;
      const [from, to] = [cycles / 4, cycles / 2];
      const cut = traced(timedProblem(seed), { from, to });
      expect({ ...cut.timing, activity: null }).to.deep.equal({ ...whole.timing, activity: null });
      const isSeen = ({ ts, dur }: Slice): boolean => ts + dur >= from && ts < to;
      expect(slices(cut.events).map(({ ts }) => ts)).to.deep.equal(
        slices(whole.events)
          .filter(isSeen)
          .map(({ ts }) => ts),
      );
      const sample = traced(timedProblem(seed), { from: 0, to: Infinity }, 4);
      const phases = (events: readonly TraceEvent[]): number => of(events, "compute").length;
      expect(phases(sample.events)).to.equal(Math.ceil(phases(whole.events) / 4));
    }
  });
});
