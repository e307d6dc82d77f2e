import { count, percent, ratio } from "../../numbers.js";
import type { LayerResult } from "../../result.js";
import { colourBy, draw, groupAxis, SHORT_LABEL, type Spec, widthFor } from "../draw.js";
import { type Cell, numeric } from "../elements.js";
import { isCompared, type Run, type Study } from "../study.js";
import type { Figure } from "./figure.js";

/** A stretch of a run by the clock. */
interface Stretch {
  readonly name: string;
  readonly cycles: number;
}

/** Cycles of computing first, then what comes on top. */
const STRETCHES: ReadonlyMap<string, string> = new Map([
  ["computing", "var(--flow-1)"],
  ["start-up", "var(--flow-5)"],
  ["stalled", "var(--flow-4)"],
  ["final drain", "var(--flow-2)"],
]);

/** Where the machine's cycles went, layer by layer; nothing where the clock did not run. */
export async function clock(study: Study): Promise<readonly Figure[]> {
  const runs = study.runs.filter(({ result }) => result.machineCycles !== undefined);
  if (runs.length === 0) return [];
  const compared = isCompared(study);
  const values = runs.flatMap((run) =>
    stretchesOf(run.result).map(({ name, cycles }, order) => ({
      ...{ group: run.group, contender: run.contender, part: name, order, cycles },
      tip: `${run.group}, ${name}: ${count(cycles)} cycles`,
    })),
  );
  const width = widthFor(study.groups.length, study.contenders.length);
  const x = groupAxis(study.groups, width);
  const axis = {
    field: "cycles",
    type: "quantitative",
    title: "cycles of the machine",
    axis: { labelExpr: SHORT_LABEL },
  };
  const few = study.groups.length === 1 && !compared;
  const spec: Spec = {
    ...(few ? { width: 620, height: 40 } : { width, height: 220 }),
    data: { values },
    mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 0.5 },
    encoding: {
      ...(few ? { x: { ...axis, axis: { ...axis.axis, grid: true, domain: false } } } : { x, y: axis }),
      ...(compared ? { xOffset: { field: "contender", sort: study.contenders } } : {}),
      color: colourBy("part", [...STRETCHES.keys()], [...STRETCHES.values()]),
      order: { field: "order" },
      description: { field: "tip" },
    },
  };
  return [
    {
      id: "clock",
      title: "Where the machine's cycles go",
      caption:
        "The run by the clock, one bar a layer: computing, waiting for the first tiles (start-up), waiting in between (stalled), and waiting until the last outputs are out (final drain).",
      svg: await draw(spec),
      table: {
        caption: "Where the machine's cycles go",
        head: ["layer", ...(compared ? ["under"] : []), "cycles", "to the model", ...STRETCHES.keys(), "longest wait"],
        texts: compared ? [1, 8] : [7],
        rows: runs.map((run) => rowOf(run, compared)),
      },
    },
  ];
}

/** In the order of `STRETCHES`. */
function stretchesOf({ timing, systolic }: LayerResult): readonly Stretch[] {
  const [computing = 0, startUp = 0, stalled = 0, finalDrain = 0] =
    timing !== undefined
      ? [timing.computing, timing.startUp, timing.stalled, timing.finalDrain]
      : systolic !== undefined
        ? [
            systolic.cycles.load + systolic.cycles.stream + systolic.cycles.drain,
            systolic.waiting.start,
            systolic.waiting.tiles + systolic.waiting.buffer,
            systolic.waiting.finish,
          ]
        : [];
  const cycles = [computing, startUp, stalled, finalDrain];
  return [...STRETCHES.keys()].map((name, i) => ({ name, cycles: cycles[i] ?? 0 }));
}

function rowOf({ group, contender, result }: Run, compared: boolean): readonly Cell[] {
  const machine = result.machineCycles ?? 0;
  const [wait] = result.timing?.waits ?? [];
  const longest =
    wait === undefined
      ? "–"
      : `${wait.tensor} ${wait.action === "fill" ? "into" : "out of"} ${wait.level}, for ${wait.cause}: ${percent(wait.cycles / machine)}`;
  return [
    ...[group, ...(compared ? [contender] : [])],
    ...[numeric(machine, count), ratio(machine / result.cycles)],
    ...stretchesOf(result).map(({ cycles }) => numeric(cycles, count)),
    longest,
  ];
}
