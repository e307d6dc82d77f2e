import { energyParts, occupancy, verdict } from "../layer-text.js";
import { count, energy, exact, percent, seconds, short } from "../numbers.js";
import type { LayerResult, LevelResult } from "../result.js";
import { totalOf } from "../summary-text.js";
import { clockHtml } from "./clock-html.js";
import { type Cell, type DataTable, escaped, idOf, numeric, tableHtml } from "./elements.js";
import { figureHtml, type Numbering } from "./figure-html.js";
import { boundOf } from "./figures/latency.js";
import { furtherHtml } from "./further.js";
import { nestHtml } from "./nest.js";
import { pictureInWords, pictureOf } from "./picture.js";
import { isCompared, type Run, type Study } from "./study.js";

/** Every result in a row, with the totals where they mean something. */
export function resultsTable(study: Study): DataTable {
  const compared = isCompared(study);
  const results = study.runs.map(({ result }) => result);
  const repeats = results.some(({ repeat = 1 }) => repeat > 1);
  const searched = results.some(({ search }) => search !== undefined);
  const checked = results.some(({ validation }) => validation !== undefined);
  const passes = results.some(({ pass }) => pass !== undefined);
  const texts = [
    ...(passes ? ["pass"] : []),
    ...(compared ? ["under"] : []),
    ...["MACs", "cycles", "energy", "pJ a MAC", "energy × delay", "utilisation"],
    ...(searched ? ["proof", "time"] : []),
    ...(checked ? ["outputs", "model"] : []),
  ];
  const head = ["layer", ...(repeats ? ["runs"] : []), ...texts];
  const row = (run: Run): readonly Cell[] => [
    ...[
      run.group,
      ...(repeats ? [String(run.result.repeat ?? 1)] : []),
      ...(passes ? [run.result.pass ?? ""] : []),
      ...(compared ? [run.contender] : []),
    ],
    ...figuresOf(run.result),
    ...(searched ? proofCells(run.result) : []),
    ...(checked ? [run.result.validation?.status ?? "not run", run.result.witness?.model ?? "not run"] : []),
  ];
  const wordy = ["pass", "under", "proof", "outputs", "model"];
  return {
    caption: "Results of every layer",
    head,
    rows: study.runs.map(row),
    texts: head.flatMap((name, i) => (wordy.includes(name) ? [i] : [])),
    ...(compared || results.length === 1 ? {} : { foot: totalCells(results, head.length, repeats, passes) }),
  };
}

function figuresOf(result: LayerResult): readonly Cell[] {
  return [
    ...[numeric(result.macs, count), numeric(result.cycles, count), numeric(result.energy_pJ, energy)],
    ...[
      numeric(result.energy_pJ / result.macs, short),
      numeric(result.edp, short),
      numeric(result.utilization, percent),
    ],
  ];
}

const proofCells = ({ search }: LayerResult): readonly Cell[] =>
  search === undefined ? ["", ""] : [verdict(search), seconds(search.seconds)];

function totalCells(
  results: readonly LayerResult[],
  width: number,
  repeats: boolean,
  passes: boolean,
): readonly Cell[] {
  const [macs, cycles, pJ] = [
    totalOf(results, ({ macs }) => macs),
    totalOf(results, ({ cycles }) => cycles),
    totalOf(results, ({ energy_pJ }) => energy_pJ),
  ];
  const busy = totalOf(results, (result) => result.utilization * result.cycles);
  const cells = [
    ...["total", ...(repeats ? [String(totalOf(results, () => 1))] : []), ...(passes ? [""] : [])],
    ...[numeric(macs, count), numeric(cycles, count), numeric(pJ, energy), numeric(pJ / macs, short)],
    ...[numeric(pJ * cycles, short), numeric(busy / cycles, percent)],
  ];
  return [...cells, ...Array<string>(width - cells.length).fill("")];
}

const OPEN = 2;

/** One part a layer: under each contender the loop nest beside a picture of the architecture, every access, the energy by part. */
/** What a layer's part shows: layers of which this is the same are shown once. */
const contentOf = (runs: readonly Run[]): string =>
  JSON.stringify(
    runs.map(({ contender, legal, result: { layer: _, search, pass: __, ...rest } }) => [
      ...[contender, legal.layer.einsum, search?.gap, rest],
    ]),
  );

const sameAs = (twin: string): string =>
  `<p class="note">The same shape, mapping and counts as <a href="#${idOf("layer", twin)}">${escaped(twin)}</a>.</p>`;

export function layersHtml(study: Study, numbering: Numbering, activities: ReadonlyMap<Run, string>): string {
  const shown = new Map<string, string>();
  return study.groups
    .map((group) => {
      const runs = study.runs.filter((run) => run.group === group);
      const [first] = runs;
      const content = contentOf(runs);
      const twin = shown.get(content);
      if (twin === undefined) shown.set(content, group);
      const open = study.groups.length <= OPEN ? " open" : "";
      const about =
        first === undefined ? "" : `${boundsOf(first)}${runs.length === 1 ? ` · ${inShort(first.result)}` : ""}`;
      return `<details id="${idOf("layer", group)}"${open}><summary><h3>${escaped(group)}</h3><span>${escaped(about)}</span></summary>
${twin === undefined ? runs.map((run) => mappingHtml(run, numbering, activities.get(run))).join("\n") : sameAs(twin)}</details>`;
    })
    .join("\n");
}

function boundsOf({ legal }: Run): string {
  const { variables, bounds } = legal.layer.einsum;
  return variables.map((name, i) => `${name.toUpperCase()} ${exact(bounds[i] ?? 1)}`).join(" ");
}

const inShort = (result: LayerResult): string =>
  `${energy(result.energy_pJ)}, ${count(result.cycles)} cycles${result.search === undefined ? "" : `, ${verdict(result.search)}`}`;

function mappingHtml(
  { result, legal, group, contender }: Run,
  numbering: Numbering,
  activity: string | undefined,
): string {
  const name = contender === "" ? group : `${group}, ${contender}`;
  const id = idOf("tiles", group, contender);
  const figure = figureHtml(
    {
      id,
      title: `Tiles of ${name}`,
      caption:
        "Largest tile in each buffer: words, shape, and a bar for its share of the capacity. Lines: words between levels, ↓ down and ↑ up, all instances together.",
      svg: pictureOf(legal, result),
      inWords: pictureInWords(result),
    },
    numbering,
  );
  const title =
    contender === ""
      ? ""
      : `<h4>${escaped(contender)} <small>${escaped(inShort(result))}; bound by ${escaped(boundOf(result))}</small></h4>`;
  return `<div class="mapping">${title}<div class="beside">${nestHtml(legal)}${figure}</div>
${tableHtml(accessesTable(result, `Accesses of ${name}`))}${energyTable(result, name)}${clockHtml(result, name, idOf("activity", group, contender), activity, numbering)}${furtherHtml(result)}</div>`;
}

/** Every access, in words over all instances. */
function accessesTable({ levels }: LayerResult, caption: string): DataTable {
  const rows = levels.flatMap((level) =>
    Object.entries(level.tensors).map(([tensor, t], i): readonly Cell[] => [
      ...(i === 0 ? aboutOf(level) : [{ again: level.name }, "", ""]),
      tensor,
      ...[t.tileWords, t.fills, t.reads, t.updates, t.drains].map((n) => numeric(n, count)),
      numeric(t.energy_pJ, energy),
    ]),
  );
  return {
    caption,
    head: ["level", "instances used", "words used", "tensor", "tile", "fills", "reads", "updates", "drains", "energy"],
    rows,
    texts: [3],
  };
}

const aboutOf = (level: LevelResult): readonly Cell[] => [
  level.name,
  level.utilizedInstances === level.instances
    ? count(level.instances)
    : `${count(level.utilizedInstances)} of ${count(level.instances)}`,
  occupancy(level),
];

function energyTable(result: LayerResult, name: string): string {
  const parts = energyParts(result);
  return tableHtml({
    caption: `Energy of ${name} by part`,
    head: ["", ...parts.map((part) => part.name)],
    rows: [
      ["energy", ...parts.map(({ pJ }) => numeric(pJ, energy))],
      ["share", ...parts.map(({ pJ }) => percent(result.energy_pJ === 0 ? 0 : pJ / result.energy_pJ))],
    ],
  });
}
