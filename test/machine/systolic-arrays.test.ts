import { expect } from "chai";
import fc from "fast-check";
import {
  builtInArchitecture,
  type Level,
  parseArchitecture,
  printArchitecture,
  type StorageLevel,
} from "../../arch-specs/index.js";
import { checkLegality, foldMapping, type LegalMapping, toMapping } from "../../mappings/index.js";
import type { TensorAccesses } from "../../sim/counts.js";
import { compareOutputs, cyclesOf, execute, executeSystolic, systolicPlan } from "../../sim/machine/index.js";
import { foldWork } from "../../sim/machine/systolic/fold-work.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import {
  type Layer,
  parseInlineLayer,
  type RunType,
  reference,
  seededInputs,
  withTypes,
} from "../../workloads/index.js";

const layerOf = (spec: string, type: RunType = "int16"): Layer => {
  const parsed = parseInlineLayer(spec);
  const layer = parsed.ok ? parsed.value.layers[0] : undefined;
  if (layer === undefined) throw new Error(spec);
  return withTypes(layer, type);
};

function arrayOf(
  dataflow: string,
  settings: Readonly<Record<string, string>>,
): NonNullable<ReturnType<typeof builtInArchitecture>> {
  const found = builtInArchitecture(`systolic-${dataflow}`, new Map(Object.entries(settings)));
  if (found === undefined) throw new Error(dataflow);
  return found;
}

function foldsOf(layer: Layer, dataflow: string, settings: Readonly<Record<string, string>>): LegalMapping {
  const architecture = arrayOf(dataflow, settings);
  const mapping = architecture.ok ? foldMapping(layer, architecture.value) : undefined;
  if (mapping?.ok !== true) throw new Error(JSON.stringify(mapping ?? architecture));
  return mapping.value;
}

function run(mapping: LegalMapping): ReturnType<typeof executeSystolic> {
  const plan = systolicPlan(mapping);
  if (plan === undefined) throw new Error("the mapping is in the form of folds");
  return executeSystolic(mapping, plan, seededInputs(mapping.layer.einsum, 1));
}

const DATAFLOWS = ["ws", "os", "is"] as const;
const problems = fc.record({
  dataflow: fc.constantFrom(...DATAFLOWS),
  bounds: fc.record({
    b: fc.integer({ min: 1, max: 2 }),
    m: fc.integer({ min: 1, max: 40 }),
    n: fc.integer({ min: 1, max: 20 }),
    k: fc.integer({ min: 1, max: 40 }),
  }),
  rows: fc.integer({ min: 1, max: 7 }),
  cols: fc.integer({ min: 1, max: 9 }),
  /** Words of one half of the buffer. */
  half: fc.constantFrom(400, 800, 4000),
});

/** Words a cycle of DRAM and of the buffer's ports; cycles to a first word; whether each has one port for both ways. */
const limits = fc.record({
  dram: fc.constantFrom<number>(0.5, 3, 10, 1000),
  sram: fc.constantFrom<number>(1, 6, 20, 1000),
  latency: fc.constantFrom<number>(0, 7),
  shared: fc.boolean(),
  single: fc.boolean(),
});
type Limits = typeof limits extends fc.Arbitrary<infer T> ? T : never;

const sized = (rows: number, cols: number, half: number): Readonly<Record<string, string>> => ({
  ...{ rows: `${rows}`, cols: `${cols}`, sram: `${2 * half} B` },
});

function limited(mapping: LegalMapping, { dram, sram, latency, shared, single }: Limits): LegalMapping {
  const bandwidth = (rate: number) =>
    shared ? { read: Infinity, write: Infinity, shared: rate } : { read: rate, write: rate, shared: Infinity };
  const levels = mapping.architecture.levels.map((level): Level => {
    if (level.name === "DRAM" && level.kind === "storage")
      return { ...level, bandwidth: bandwidth(dram), latency: { read: latency, write: latency } };
    if (level.name !== "SRAM" || level.kind !== "storage") return level;
    // A tile that fills a whole single buffer would not fit a double one; chunks of a stream need a double one.
    const buffering = single && !isChunked(mapping) ? "single" : level.buffering;
    return { ...level, bandwidth: bandwidth(sram), buffering };
  });
  return { ...mapping, architecture: { ...mapping.architecture, levels } };
}

/** Whether the stream comes in chunks: a variable is cut twice in time. */
function isChunked({ nodes }: LegalMapping): boolean {
  const loops = nodes.flatMap((node) => (node.kind === "for" && node.by < node.extent ? [node.variable] : []));
  return new Set(loops).size < loops.length;
}
function bandwidthOf({ architecture }: LegalMapping, level: number): Partial<StorageLevel["bandwidth"]> {
  const found = architecture.levels[level];
  return found?.kind === "storage" ? found.bandwidth : {};
}

const accesses = ({ fills, reads, updates, drains }: TensorAccesses): number => fills + reads + updates + drains;
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe("a systolic array", () => {
  it("counts what the model and the plain machine count, on any size, also in chunks, and computes what loops compute", () => {
    fc.assert(
      fc.property(problems, ({ dataflow, bounds: { b, m, n, k }, rows, cols, half }) => {
        const layer = layerOf(b === 1 ? `gemm:M=${m},N=${n},K=${k}` : `gemm:B=${b},M=${m},N=${n},K=${k}`);
        const mapping = foldsOf(layer, dataflow, { rows: `${rows}`, cols: `${cols}`, sram: `${2 * half} B` });
        const { counts, output, run: spent } = run(mapping);
        const inputs = seededInputs(layer.einsum, 1);
        expect(counts).to.deep.equal(predict(mapping));
        expect(counts).to.deep.equal(execute(mapping, inputs).counts);
        expect([...output]).to.deep.equal([...reference(layer.einsum, inputs)]);
        expect(cyclesOf(spent)).to.be.at.least(price(counts, mapping).cycles);
      }),
      { numRuns: 150 },
    );
  });

  it("accounts for every cycle, and tells what went on over time, whatever keeps it waiting", () => {
    fc.assert(
      fc.property(problems, limits, ({ dataflow, bounds: { m, n, k }, rows, cols, half }, limit) => {
        const mapping = limited(
          foldsOf(layerOf(`gemm:M=${m},N=${n},K=${k}`), dataflow, sized(rows, cols, half)),
          limit,
        );
        const { counts, timing, run: spent } = run(mapping);
        const { cycles, computing, startUp, stalled, finalDrain, waits, nodes, activity } = timing;
        const near = 1e-9 * cycles;
        expect(cycles).to.equal(cyclesOf(spent));
        expect(computing).to.equal(spent.stream);
        expect(computing + startUp + stalled + finalDrain).to.be.closeTo(cycles, near);
        expect(computing + sum(waits.map((wait) => wait.cycles))).to.be.closeTo(cycles, near);
        const { start, tiles, buffer, finish } = spent.waiting;
        const stood = waits.filter(({ action, level }) => action !== "results" && level < 3);
        expect(sum(stood.map((wait) => wait.cycles))).to.be.closeTo(start + tiles + buffer + finish, near);
        for (const node of nodes) {
          expect(node.computing + node.filling + node.draining + node.stalled).to.be.closeTo(cycles, near);
          expect(Math.min(node.stalled, node.filling, node.draining)).to.be.at.least(-near);
        }
        const { binCycles } = activity;
        const total = (rates: readonly number[]): number =>
          sum(rates.map((rate, i) => rate * Math.min(binCycles, cycles - i * binCycles)));
        expect(total(activity.compute) * rows * cols).to.be.closeTo(m * n * k, 1e-6 * m * n * k);
        for (const share of activity.compute) expect(share).to.be.within(0, 1 + 1e-9);
        for (const { level, words } of activity.levels) {
          const classes = counts.levels.find((one) => one.level === level)?.classes ?? [];
          const moved = Math.max(...classes.map(({ tensors }) => sum(tensors.map(accesses))));
          const { read = 0, write = 0, shared = 0 } = bandwidthOf(mapping, level);
          expect(Math.max(...words)).to.be.at.most(Math.min(read + write, shared) * (1 + 1e-9));
          expect(total(words), `level ${level}`).to.be.closeTo(moved, 1e-6 * moved);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("is never below the model, nor faster with less bandwidth, more latency or single buffers", () => {
    fc.assert(
      fc.property(problems, limits, ({ dataflow, bounds: { m, n, k }, rows, cols, half }, limit) => {
        const mapping = foldsOf(layerOf(`gemm:M=${m},N=${n},K=${k}`), dataflow, sized(rows, cols, half));
        const here = limited(mapping, limit);
        const { counts, run: spent } = run(here);
        expect(cyclesOf(spent)).to.be.at.least(price(counts, here).cycles * (1 - 1e-12));
        for (const worse of [
          { ...limit, dram: limit.dram / 2 },
          { ...limit, sram: limit.sram / 3 },
          { ...limit, latency: limit.latency + 5 },
          { ...limit, single: true },
        ])
          expect(cyclesOf(run(limited(mapping, worse)).run)).to.be.at.least(cyclesOf(spent) * (1 - 1e-12));
      }),
      { numRuns: 150 },
    );
  });

  it("shows when its elements work: each a cycle after its neighbours, while the array steps", () => {
    const told: number[] = [];
    const firsts: number[] = [];
    const into = (cycles: number[]) => (from: number, to: number, operations: number) => {
      for (let cycle = from; cycle < to; cycle++) cycles[cycle] = (cycles[cycle] ?? 0) + operations / (to - from);
    };
    const fold = foldWork(into(told), into(firsts));
    fold.begin(3, 2);
    const expected = Array.from({ length: 20 }, () => 0);
    // The array stands still in cycles 2 to 6.
    const steps = [0, 1, 7, 8, 9, 10, 11];
    for (const [step, cycle] of steps.entries()) {
      fold.goOn(cycle, cycle + 1, step < 4);
      for (let r = 0; r < 3; r++)
        for (let c = 0; c < 2; c++)
          if (step - r - c >= 0 && step - r - c < 4) expected[cycle] = (expected[cycle] ?? 0) + 1;
    }
    fold.end();
    expect(expected.map((_, cycle) => told[cycle] ?? 0)).to.deep.equal(expected);
    expect(Object.keys(firsts).map(Number)).to.deep.equal([0, 1, 7, 8]);
  });

  it("leaves arrays of which the file says more than stepping does to the timed machine", () => {
    const mapping = foldsOf(layerOf("gemm:M=12,N=8,K=9"), "ws", { rows: "3", cols: "4" });
    const isStepped = (change: (level: Level) => Level): boolean => {
      const architecture = { ...mapping.architecture, levels: mapping.architecture.levels.map(change) };
      const checked = checkLegality(toMapping(mapping), mapping.layer, architecture);
      return checked.ok && systolicPlan(checked.value) !== undefined;
    };
    expect(isStepped((level) => level)).to.equal(true);
    expect(isStepped((level) => (level.kind === "compute" ? { ...level, latency: 4 } : level))).to.equal(false);
    expect(isStepped((level) => (level.kind === "compute" ? { ...level, operationsPerCycle: 2 } : level))).to.equal(
      false,
    );
    expect(isStepped((level) => (level.kind === "fanout" ? { ...level, bandwidth: 3 } : level))).to.equal(false);
    expect(
      isStepped((level) =>
        level.kind === "storage" && level.name === "PE" ? { ...level, latency: { read: 1, write: 0 } } : level,
      ),
    ).to.equal(false);
  });

  for (const type of ["int8", "float32", "float64"] as const)
    it(`computes in ${type}`, () => {
      for (const dataflow of DATAFLOWS) {
        const layer = layerOf("gemm:M=33,N=18,K=29", type);
        const mapping = foldsOf(layer, dataflow, { rows: "8", cols: "5" });
        const expected = reference(layer.einsum, seededInputs(layer.einsum, 1));
        expect(compareOutputs(run(mapping).output, expected, layer.einsum).status).to.be.oneOf([
          "exact",
          "within-tolerance",
        ]);
      }
    });

  it("takes one cycle a row more a fold where outputs that stay are shifted out", () => {
    const taken = arrayOf("os", { rows: "6", cols: "4" });
    if (!taken.ok) throw new Error("os is built in");
    const text = printArchitecture(taken.value).replace("drain: none", "drain: columns");
    const shifting = parseArchitecture(text, "shifting.yaml");
    if (!shifting.ok) throw new Error(JSON.stringify(shifting.errors));
    const layer = layerOf("gemm:M=13,N=9,K=7");
    const [fast, slow] = [taken.value, shifting.value].map((architecture) => {
      const mapping = foldMapping(layer, architecture);
      if (mapping?.ok !== true) throw new Error("folds");
      return run(mapping.value);
    });
    expect((slow?.run.drain ?? 0) - (fast?.run.drain ?? 0)).to.equal(6 * (fast?.run.folds ?? 0));
    expect(slow?.output).to.deep.equal(fast?.output);
    expect(slow?.counts).to.deep.equal(fast?.counts);
  });

  it("is asked for by the architecture's file alone, and only for products in the form of folds", () => {
    const mapping = foldsOf(layerOf("gemm:M=12,N=8,K=9"), "ws", { rows: "3", cols: "4" });
    const { layer, architecture } = mapping;
    const plain = {
      ...architecture,
      levels: architecture.levels.map((level) => (level.kind === "fanout" ? without(level) : level)),
    };
    expect(foldMapping(layer, plain)).to.equal(undefined);
    expect(foldMapping(layerOf("conv:N=1,M=2,C=2,H=5,W=5,R=3,S=3"), architecture)).to.equal(undefined);
    const turned = toMapping(mapping).nodes.toSorted((a, b) => Number(a.kind !== "keep") - Number(b.kind !== "keep"));
    const checked = checkLegality({ nodes: turned }, layer, architecture);
    expect(checked.ok ? systolicPlan(checked.value) : undefined).to.equal(undefined);
  });

  it("tells a buffer that is too small for any fold", () => {
    const architecture = arrayOf("ws", { rows: "8", cols: "8", sram: "64 B" });
    const mapping = architecture.ok ? foldMapping(layerOf("gemm:M=64,N=64,K=64"), architecture.value) : undefined;
    expect(mapping?.ok === false ? mapping.errors.map(({ code }) => code) : []).to.deep.equal([
      "mapping/over-capacity",
    ]);
  });
});

function without<T extends { readonly systolic?: unknown }>({ systolic, ...rest }: T): Omit<T, "systolic"> {
  return rest;
}
