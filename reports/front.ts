import { stringify } from "csv-stringify/sync";
import { count, energy, percent, short } from "./numbers.js";
import type { LayerResult, SearchSummary } from "./result.js";
import { left, type Paint, right, table } from "./table.js";

/** Where a result stands on the front of energy and cycles of its layer, the slowest and cheapest first. */
export interface FrontPlace {
  /** From 1 to `points`. */
  readonly point: number;
  readonly points: number;
  /** Every mapping is within the factor 1 + this of some point, in energy and in cycles: 0 for the whole front; null: nothing is proven yet. */
  readonly within: number | null;
  /** Between this point and the next faster one: where mappings may be missing. */
  readonly open: readonly OpenCycles[];
}

/** From so many cycles to fewer than `below` (null: any number) mappings may lie that no point is as good as; none takes less energy than this. */
export interface OpenCycles {
  readonly from: number;
  readonly below: number | null;
  readonly energyAtLeast_pJ: number;
}

type OnFront = LayerResult & { readonly front: FrontPlace };
const onFront = (results: readonly LayerResult[]): readonly OnFront[] =>
  results.flatMap((result) => (result.front === undefined ? [] : [{ ...result, front: result.front }]));

/** The fronts for people, layer by layer. */
export function frontsText(results: readonly LayerResult[], paint: Paint): string {
  const points = onFront(results);
  const layers = [...new Set(points.map(({ layer }) => layer))];
  return `${layers
    .map((layer) =>
      frontText(
        points.filter((point) => point.layer === layer),
        paint,
      ),
    )
    .join("\n\n")}\n`;
}

function frontText(points: readonly OnFront[], paint: Paint): string {
  const [first] = points;
  if (first === undefined) return "";
  const name = first.workload === first.layer ? first.layer : `${first.workload} ${first.layer}`;
  const fastest = points.at(-1)?.cycles ?? 1;
  const rows = points.map((point) => [
    `  ${point.front.point}`,
    count(point.cycles),
    percent(point.cycles / fastest - 1),
    energy(point.energy_pJ),
    percent(point.energy_pJ / first.energy_pJ - 1),
    short(point.edp),
    percent(point.utilization),
    point.search === undefined ? "" : proofOf(point.search),
  ]);
  const columns = [
    left("  point"),
    ...[right("cycles"), right("slower"), right("energy"), right("dearer"), right("EDP"), right("utilization")],
    left("proof"),
  ];
  const title = paint.bold(`the front of energy and delay: ${name} on ${first.architecture}`);
  return [title, table(columns, rows, paint), ...sayings(first, points).map((line) => `  ${line}`)].join("\n");
}

const proofOf = ({ status, gap }: SearchSummary): string =>
  status === "optimal" ? "certified" : `${percent(gap)} of its energy not proven`;

function sayings({ front: { within } }: OnFront, points: readonly OnFront[]): readonly string[] {
  const open = points.flatMap(({ front }) => front.open);
  if (open.length === 0) return ["certified: no mapping takes less of one than a point, and no more of the other"];
  const near =
    within === null
      ? "cut short: nothing is proven of how near the points are to all mappings"
      : `${nearOf(within)}; better ones may lie:`;
  return [
    near,
    ...open.map(({ from, below, energyAtLeast_pJ }) => {
      const range =
        below === null ? `from ${count(from)} cycles` : `from ${count(from)} to below ${count(below)} cycles`;
      return `  ${range}: at least ${energy(energyAtLeast_pJ)}`;
    }),
  ];
}

/** Fronts in a sentence or two: of one layer its ends, of several how many points they have; and how good the proof is. */
export function frontsInWords(results: readonly LayerResult[]): string {
  const points = onFront(results);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return "";
  const layers = new Set(points.map(({ workload, layer }) => `${workload} ${layer}`)).size;
  const certified = points.filter(({ search }) => search?.status === "optimal").length;
  const proof = certified === points.length ? "all certified" : `${certified} of them certified`;
  const far = points.reduce((most, { front }) => Math.max(most, front.within ?? Number.POSITIVE_INFINITY), 0);
  const near = Number.isFinite(far) ? nearOf(far) : "how near the points are to all mappings is not proven";
  const rest = far === 0 ? "" : ` Cut short: ${near}.`;
  if (layers > 1) return `The fronts of ${layers} layers have ${points.length} points, ${proof}.${rest}`;
  if (points.length === 1)
    return `One mapping takes the least of both, ${energy(first.energy_pJ)} and ${count(first.cycles)} cycles, ${certified === 1 ? "certified" : "not certified"}.${rest}`;
  return `The front has ${points.length} points, ${proof}: from ${energy(first.energy_pJ)} in ${count(first.cycles)} cycles to ${energy(last.energy_pJ)} in ${count(last.cycles)}.${rest}`;
}

const nearOf = (within: number): string =>
  `every mapping is within ${within < 1 ? percent(within) : `a factor of ${short(1 + within)}`} of a point, in energy and in cycles`;

const HEADER = [
  ...["workload", "layer", "architecture", "point", "points", "cycles", "energy_pJ", "edp", "utilization"],
  ...["status", "energyAtLeast_pJ", "within", "openFrom", "openBelow", "openEnergyAtLeast_pJ"],
];

/** The fronts as tidy CSV: a row a point; what may be missing between it and the next one, at the cycles that are dearest to leave open, beside it. */
export function printFrontsCsv(results: readonly LayerResult[]): string {
  const rows = onFront(results).map(
    ({ workload, layer, architecture, cycles, energy_pJ, edp, utilization, search, front }) => {
      const [open] = front.open;
      return [
        ...[workload, layer, architecture, front.point, front.points, cycles, energy_pJ, edp, utilization],
        ...[search?.status, search?.lowerBound, front.within],
        ...[open?.from, open?.below, open?.energyAtLeast_pJ],
      ];
    },
  );
  return stringify([HEADER, ...rows]);
}
