import { frontsInWords } from "../front.js";
import { verdict } from "../layer-text.js";
import { count, energy, percent, ratio, short } from "../numbers.js";
import type { LayerResult } from "../result.js";
import { totalOf, utilizationOf } from "../summary-text.js";
import { escaped } from "./elements.js";
import { winnerOf } from "./figures/contest.js";
import { measuresOf } from "./figures/measures.js";
import { partsOf, piecesOf, sumsBy } from "./figures/parts.js";
import { architectureOf, distinct, isCompared, isOfFronts, runsOf, type Study, totals } from "./study.js";

/** `vgg16 on eyeriss`. */
export function titleOf({ runs, workloads, architectures }: Study): string {
  if (runs.length === 0) return "Loopwright";
  return `${listed(workloads)} on ${listed(architectures)}`;
}

/** What was asked, under the title. */
export function bylineOf(study: Study): string {
  const results = study.runs.map(({ result }) => result);
  const objectives = distinct(results.flatMap(({ objective }) => objective ?? []));
  const conventions = distinct(results.map(({ conventions }) => conventions)).filter((name) => name !== "loopwright");
  const flows = isOfFronts(study) ? [] : distinct(results.flatMap(({ dataflow }) => dataflow ?? []));
  return [
    study.groups.length === 1 ? (study.runs[0]?.legal?.layer.kind ?? "") : `${study.groups.length} layers`,
    ...(flows.length === 0 ? [] : [`dataflow${flows.length > 1 ? "s" : ""} ${listed(flows)}`]),
    ...(objectives.length === 0 ? [] : [`mappings of the least ${objectives.map(nameOf).join(", ")}`]),
    ...(conventions.length === 0 ? [] : [`conventions of ${listed(conventions)}`]),
  ].join(" · ");
}

const nameOf = (objective: string): string =>
  objective === "edp" ? "energy × delay" : objective === "energy,delay" ? "energy and delay" : objective;

/** The result in two or three sentences. */
export function abstractOf(study: Study): string {
  if (isOfFronts(study)) return frontsInWords(study.runs.map(({ result }) => result));
  return isCompared(study) ? comparisonInWords(study) : resultInWords(study);
}

function resultInWords(study: Study): string {
  const { pJ, cycles, macs } = totals(study.runs);
  const pieces = study.runs.flatMap((run) =>
    piecesOf(run).map((piece) => ({ ...piece, pJ: piece.pJ * (run.result.repeat ?? 1) })),
  );
  const byPart = sumsBy(
    pieces,
    ({ part }) => part,
    (piece) => piece.pJ,
  );
  const [most = ["", 0]] = [...byPart].sort(([, a], [, b]) => b - a);
  const what = study.groups.length === 1 ? "The layer does" : `The ${study.groups.length} layers do`;
  const where =
    pJ > 0 && partsOf(study.runs).length > 1 ? ` ${percent(most[1] / pJ)} of the energy goes to ${most[0]}.` : "";
  return `${what} ${count(macs)} MACs in ${count(cycles)} cycles with ${energy(pJ)}${macs === 0 ? "" : `, ${perMac(pJ, macs)}`}.${where} ${proofInWords(study)} ${checksInWords(study)}`.trim();
}

const perMac = (pJ: number, macs: number): string => `${short(pJ / macs)} pJ a MAC`;

function comparisonInWords(study: Study): string {
  const { contenders, groups } = study;
  const complete = contenders.filter((contender) => runsOf(study, contender).length === groups.length);
  const sums = complete.map((contender) => ({ contender, ...totals(runsOf(study, contender)) }));
  const ordered = [...sums].sort((a, b) => a.pJ - b.pJ);
  const [first] = ordered;
  const last = ordered.at(-1);
  const { product } = measuresOf(study);
  const wins = sumsBy(
    groups,
    (group) => winnerOf(study, group, product),
    () => 1,
  );
  const [champion = ["", 0], ...others] = [...wins].sort(([, a], [, b]) => b - a);
  const won = [
    `${champion[0]} wins ${champion[1]} of ${groups.length} layers`,
    ...others.map(([name, n]) => `${name} ${n}`),
  ];
  const least =
    first === undefined || last === undefined || first === last
      ? ""
      : `${first.contender} takes the least energy, ${energy(first.pJ)}; ${last.contender} the most, ${ratio(last.pJ / first.pJ)} as much.`;
  const layers = groups.length === 1 ? "" : ` By ${product.name}, ${listed(won)}.`;
  return `${least}${layers} ${proofInWords(study)}`.trim();
}

/** How many mappings are proven, and the worst of the others. */
function proofInWords({ runs }: Study): string {
  const searches = runs.flatMap(({ result }) => result.search ?? []);
  if (searches.length === 0) return "";
  const proven = searches.filter(({ status }) => status === "optimal").length;
  if (proven === searches.length)
    return proven === 1 ? "The mapping is proven optimal." : `All ${proven} mappings are proven optimal.`;
  const worst = searches.reduce((a, b) => (b.gap > a.gap ? b : a));
  if (searches.length === 1) return `The mapping takes ${verdict(worst)}.`;
  if (proven === 0) return `None of the ${searches.length} mappings is proven optimal; they take ${verdict(worst)}.`;
  return `${proven} of ${searches.length} mappings are proven optimal, the others take ${verdict(worst)}.`;
}

/** What the machine found, where it ran. */
function checksInWords({ runs }: Study): string {
  const checked = runs.flatMap(({ result }) => (result.validation === undefined ? [] : [result]));
  if (checked.length === 0) return "";
  const right = checked.filter(({ validation }) => validation?.status !== "failed").length;
  const exact = checked.every(({ validation }) => validation?.status !== "within-tolerance");
  const equal = exact ? "equal the reference" : "equal the reference within the tolerance of floating point";
  const agreeing = checked.filter(({ witness }) => witness?.model === "agrees").length;
  if (checked.length === 1)
    return right + agreeing === 2
      ? `Executed on real values: the outputs ${equal}, and the model agrees on every count.`
      : "Executed on real values: the outputs or the counts DIFFER.";
  return `Executed on real values, ${right} of ${checked.length} outputs ${equal}, and the model agrees on every count in ${agreeing}.`;
}

/** The figures of the whole at a glance; nothing where contenders are compared. */
export function factsHtml(study: Study): string {
  const results = study.runs.map(({ result }) => result);
  if (results.length === 0 || isCompared(study)) return "";
  const { pJ, cycles, macs } = totals(study.runs);
  const utilization = utilizationOf(results);
  const facts: readonly Fact[] = [
    { name: "energy", value: pJ, shown: energy(pJ), more: macs === 0 ? "" : perMac(pJ, macs) },
    { name: "cycles", value: cycles, shown: count(cycles), more: timeOf(study, cycles) },
    { name: "energy × delay", value: pJ * cycles, shown: short(pJ * cycles), more: "pJ·cycle" },
    {
      name: "MACs",
      value: macs,
      shown: count(macs),
      more: study.groups.length > 1 ? `${study.groups.length} layers` : "",
    },
    { name: "utilization", value: utilization, shown: percent(utilization), more: "of peak" },
    ...machineOf(results, cycles),
    ...leakageOf(results, pJ),
    ...areaOf(results),
  ];
  return `<dl class="facts">${facts.map(factHtml).join("")}</dl>`;
}

interface Fact {
  readonly name: string;
  readonly value: number;
  readonly shown: string;
  readonly more: string;
}

const factHtml = ({ name, value, shown, more }: Fact): string =>
  `<div><dt>${name}</dt><dd><data value="${value}">${escaped(shown)}</data>${more === "" ? "" : `<small>${escaped(more)}</small>`}</dd></div>`;

/** Cycles by the clock, where every layer ran by it. */
function machineOf(results: readonly LayerResult[], cycles: number): readonly Fact[] {
  if (results.some(({ machineCycles }) => machineCycles === undefined)) return [];
  const value = totalOf(results, ({ machineCycles = 0 }) => machineCycles);
  return [{ name: "machine cycles", value, shown: count(value), more: `${ratio(value / cycles)} the model's` }];
}

function leakageOf(results: readonly LayerResult[], pJ: number): readonly Fact[] {
  const value = totalOf(results, ({ leakage_pJ = 0 }) => leakage_pJ);
  return value === 0
    ? []
    : [{ name: "leakage", value, shown: energy(value), more: `${percent(value / pJ)} of the energy` }];
}

function areaOf(results: readonly LayerResult[]): readonly Fact[] {
  const area = results[0]?.area_um2 ?? 0;
  return area === 0
    ? []
    : [{ name: "area", value: area, shown: `${short(area / 1e6)} mm²`, more: "of all that has a figure" }];
}

/** Cycles as time, by the architecture's clock. */
function timeOf(study: Study, cycles: number): string {
  const clock = architectureOf(study, study.architectures[0] ?? "")?.clockHz ?? 0;
  if (clock <= 0) return "";
  const s = cycles / clock;
  const units = [
    ["s", 1],
    ["ms", 1e-3],
    ["µs", 1e-6],
    ["ns", 1e-9],
  ] as const;
  const [name, size] = units.find(([, least]) => s >= least) ?? ["ns", 1e-9];
  return `${short(s / size)} ${name} at ${clock >= 1e9 ? `${short(clock / 1e9)} GHz` : `${short(clock / 1e6)} MHz`}`;
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
