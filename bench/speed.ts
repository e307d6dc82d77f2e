import type { Architecture } from "../arch-specs/index.js";
import { percent } from "../reports/index.js";
import { builtInWorkload, type Layer, parseInlineLayer, shapeKey } from "../workloads/index.js";
import { NEUTRAL } from "./field/peers.js";
import { convolutionsOf, type Section } from "./field/run.js";
import { architectureIn, builtIn, type Job, type Run, run, unwrapped } from "./search.js";
import { Threads } from "./threads.js";

/** A row of the table: many layers, one figure. */
interface SpeedJob {
  readonly name: string;
  readonly field: string;
  readonly target: string;
  readonly architecture: () => Architecture;
  readonly layers: () => readonly Layer[];
  readonly objective: string;
}

const distinct = (layers: readonly Layer[]): readonly Layer[] => [
  ...new Map(layers.map((layer) => [shapeKey(layer), layer])).values(),
];
const networks = ["vgg16", "resnet18", "resnet50"];
const convolutions = (): readonly Layer[] => distinct(networks.flatMap((name) => convolutionsOf(name)));
const eyeriss = (): Architecture => builtIn("eyeriss");

export const SPEED: ReadonlyMap<string, SpeedJob> = new Map([
  [
    "neutral",
    {
      ...{ name: "3×3 convolutions on neutral-ws, energy", field: "AccelForge 80 to 116 s", target: "0.3 s median" },
      architecture: () => architectureIn("field/neutral-ws.yaml"),
      layers: () =>
        NEUTRAL.filter(({ layer, objective }) => layer.includes("R=3") && objective === "energy").flatMap(
          ({ layer }) => unwrapped(parseInlineLayer(layer)).layers,
        ),
      objective: "energy",
    },
  ],
  ...(["energy", "edp"] as const).map((objective): [string, SpeedJob] => [
    `eyeriss-${objective}`,
    {
      name: `convolutions of VGG-16, ResNet-18 and ResNet-50 on eyeriss, ${objective}`,
      field: "AccelForge over 500 s for a 1×1; timeloop-mapper: no proof",
      ...{ target: "1 s median, 5 s worst", architecture: eyeriss, layers: convolutions, objective },
    },
  ]),
  [
    "resnet50",
    {
      ...{ name: "all distinct layers of ResNet-50 on eyeriss, edp", field: "–", target: "15 s in all" },
      ...{ architecture: eyeriss, layers: () => distinct(builtInWorkload("resnet50")?.layers ?? []), objective: "edp" },
    },
  ],
  [
    "simba",
    {
      ...{
        name: "convolutions of ResNet-18 on simba, edp",
        field: "AccelForge 169 s for a 1×1",
        target: "10 s a layer",
      },
      ...{ architecture: () => builtIn("simba"), layers: () => distinct(convolutionsOf("resnet18")), objective: "edp" },
    },
  ],
]);

const median = (sorted: readonly number[]): number => sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;

/** Threads that share a search, in the last figures of a row. */
const THREADS = 2;

/** Searches all layers of a job, each with the limit, by one thread and then by two, and tells the figures of the row. */
export async function speed(
  { name, field, target, objective, ...job }: SpeedJob,
  limit: number,
  tell: (line: string) => void,
): Promise<readonly string[]> {
  const architecture = job.architecture();
  const jobs = job
    .layers()
    .map(
      (layer): Job => ({ name: layer.name, layer, architecture, dataflow: null, objective, conventions: "loopwright" }),
    );
  const runs = jobs.map((one): Run => {
    const found = run(one, limit);
    tell(
      `${name}, ${one.name}: ${found.status}, gap ${percent(found.gap)}, ${found.seconds.toFixed(2)} s, ${found.cpuSeconds.toFixed(2)} CPU s, ${found.mapspace}`,
    );
    return found;
  });
  const shared = await byThreads(jobs, limit, (one, seconds) =>
    tell(
      `${name}, ${one}, ${THREADS} threads: ${seconds === null ? `no proof in ${limit} s` : `${seconds.toFixed(2)} s`}`,
    ),
  );
  const gaps = runs.map(({ gap }) => gap).sort((a, b) => a - b);
  const spaces = runs
    .map(({ mapspace }) => mapspace)
    .filter((size) => size !== "")
    .sort((a, b) => Number(a) - Number(b));
  const proven = runs.filter(({ status }) => status === "optimal").length;
  return [
    ...[name, field, target, `${proven} of ${runs.length}`],
    ...[...figures(shared), ...figures(runs.map(({ seconds }) => seconds))],
    ...figures(runs.map(({ cpuSeconds }) => cpuSeconds)),
    ...[percent(median(gaps)), percent(gaps.at(-1) ?? 0)],
    spaces.length === 0 ? "" : `${spaces[0]} to ${spaces.at(-1)}`,
  ];
}

/** Seconds by the clock that threads need together for each search, one after the other; the limit where they have no proof by then. */
async function byThreads(
  jobs: readonly Job[],
  limit: number,
  tell: (name: string, seconds: number | null) => void,
): Promise<readonly number[]> {
  const threads = new Threads(THREADS);
  const times: number[] = [];
  for (const job of jobs.slice(0, 1)) await threads.ready(job);
  for (const job of jobs) {
    const seconds = await threads.proof(job, limit);
    tell(job.name, seconds);
    times.push(seconds ?? limit);
  }
  await threads.end();
  return times;
}

/** Median, worst and total. */
function figures(times: readonly number[]): readonly string[] {
  const sorted = times.toSorted((a, b) => a - b);
  const total = sorted.reduce((sum, s) => sum + s, 0);
  return [median(sorted).toFixed(2), (sorted.at(-1) ?? 0).toFixed(2), total.toFixed(1)];
}

const ofTimes = (what: string): readonly string[] => [`median ${what}`, "worst", "in all"];

export const SPEED_HEADING: readonly string[] = [
  ...["job", "field", "target", "proven"],
  ...[...ofTimes(`s, ${THREADS} threads`), ...ofTimes("s, one thread"), ...ofTimes("CPU s, one thread")],
  ...["median gap", "worst gap", "mapspace"],
];

export type { Section };
