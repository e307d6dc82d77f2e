import { expect } from "chai";
import { type LegalMapping, usage } from "../../mappings/index.js";
import { traceSink } from "../../reports/index.js";
import { executeTimed, type Timing } from "../../sim/machine/index.js";
import { seededInputs } from "../../workloads/index.js";
import { timedProblem } from "../machine/timing-problems.js";

interface Event {
  readonly ph: "M" | "X" | "C";
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, unknown>>;
}
interface Traced {
  readonly events: readonly Event[];
  readonly timing: Timing;
}

function traced(mapping: LegalMapping, window = { from: 0, to: Infinity }, every = 1): Traced {
  const events: Event[] = [];
  const sink = traceSink(mapping, 3, (line) => events.push(JSON.parse(line)));
  const inputs = seededInputs(mapping.layer.einsum, 1);
  const { timing } = executeTimed(mapping, inputs, { trace: { sink, ...window, every } });
  return { events, timing };
}
const slices = (events: readonly Event[]): readonly Event[] => events.filter(({ ph }) => ph === "X");
const on = (events: readonly Event[], tid: number): readonly Event[] =>
  slices(events).filter((event) => event.tid === tid);
const sum = (events: readonly Event[]): number => events.reduce((n, { dur }) => n + dur, 0);

const seeds = [2, 5, 9, 14, 23, 40];

describe("a trace", () => {
  it("shows all of compute's work and waiting", () => {
    for (const seed of seeds) {
      const { events, timing } = traced(timedProblem(seed));
      const near = 1e-6 * timing.cycles;
      expect(sum(on(events, 1)), `work of seed ${seed}`).to.be.closeTo(timing.computing, near);
      expect(sum(on(events, 2)), `waiting of seed ${seed}`).to.be.closeTo(timing.cycles - timing.computing, near);
    }
  });

  it("has tracks that Perfetto can draw: named, their slices one after another, within the run", () => {
    for (const seed of seeds) {
      const { events, timing } = traced(timedProblem(seed));
      const named = new Set(events.filter(({ name }) => name === "thread_name").map(({ tid }) => tid));
      for (const tid of new Set(slices(events).map((event) => event.tid))) {
        expect(named.has(tid)).to.equal(true);
        let end = 0;
        for (const { ts, dur } of [...on(events, tid)].sort((a, b) => a.ts - b.ts || a.dur - b.dur)) {
          expect(dur).to.be.at.least(0);
          expect(ts, `seed ${seed}, track ${tid}`).to.be.at.least(end - 1e-9 * timing.cycles);
          end = ts + dur;
        }
        expect(end).to.be.at.most(timing.cycles * (1 + 1e-12));
      }
      expect(events.every(({ pid }) => pid === 3)).to.equal(true);
      const counters = new Set(events.filter(({ ph }) => ph === "C").map(({ name }) => name.split(": ")[1]));
      const tiles = timing.nodes.some(({ fillsUnderWay }) => fillsUnderWay > 0);
      if (tiles) expect([...counters].sort()).to.deep.equal(["words a cycle", "words held"]);
    }
  });

  it("never shows more words in a place than its tile, with double buffers two tiles", () => {
    for (const seed of seeds) {
      const mapping = timedProblem(seed);
      const held = traced(mapping).events.filter(({ name }) => name.endsWith(": words held"));
      for (const { level, name, tensors } of usage(mapping)) {
        const storage = mapping.architecture.levels[level];
        const tiles = storage?.kind === "storage" && storage.buffering === "double" ? 2 : 1;
        for (const { name: tensor, words } of tensors)
          for (const { args } of held.filter((event) => event.name === `${name} ${tensor}: words held`))
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
      const isSeen = ({ ts, dur }: Event): boolean => ts + dur >= from && ts < to;
      expect(slices(cut.events).map(({ ts }) => ts)).to.deep.equal(
        slices(whole.events)
          .filter(isSeen)
          .map(({ ts }) => ts),
      );
      const sample = traced(timedProblem(seed), { from: 0, to: Infinity }, 4);
      const phases = (events: readonly Event[]): number => on(events, 1).length;
      expect(phases(sample.events)).to.equal(Math.ceil(phases(whole.events) / 4));
    }
  });
});
