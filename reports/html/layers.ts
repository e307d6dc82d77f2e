import type { LegalMapping } from "../../mappings/index.js";
import { energyParts, leakageOf, occupancy, verdict } from "../layer-text.js";
import { count, energy, exact, percent } from "../numbers.js";
import type { LayerResult, LevelResult } from "../result.js";
import { clockHtml } from "./clock-html.js";
import { type Cell, type DataTable, escaped, idOf, numeric, tableHtml } from "./elements.js";
import { figureHtml, type Numbering } from "./figure-html.js";
import { boundOf } from "./figures/latency.js";
import { furtherHtml } from "./further.js";
import { nestHtml } from "./nest.js";
import { pictureInWords, pictureOf } from "./picture.js";
import type { Run, Study } from "./study.js";

const OPEN = 2;

/** What a layer's part shows: layers of which this is the same are shown once. */
const contentOf = (runs: readonly Run[]): string =>
  JSON.stringify(
    runs.map(({ contender, legal, result: { layer: _, search, pass: __, ...rest } }) => [
      ...[contender, legal?.layer.einsum, search?.gap, rest],
    ]),
  );

const sameAs = (twin: string): string =>
  `<p class="note">The same shape, mapping and counts as <a href="#${idOf("layer", twin)}">${escaped(twin)}</a>.</p>`;

/** One part a layer: under each contender the loop nest beside a picture of the architecture, every access, the energy by part. */
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

function boundsOf({ legal, result }: Run): string {
  if (legal === null) return `on ${result.unit ?? "a vector unit"}`;
  const { variables, bounds } = legal.layer.einsum;
  return variables.map((name, i) => `${name.toUpperCase()} ${exact(bounds[i] ?? 1)}`).join(" ");
}

const inShort = (result: LayerResult): string =>
  `${energy(result.energy_pJ)}, ${count(result.cycles)} cycles${result.search === undefined ? "" : `, ${verdict(result.search)}`}`;

function mappingHtml(run: Run, numbering: Numbering, activity: string | undefined): string {
  const { result, legal, group, contender } = run;
  const name = contender === "" ? group : `${group}, ${contender}`;
  const title =
    contender === ""
      ? ""
      : `<h4>${escaped(contender)} <small>${escaped(inShort(result))}; bound by ${escaped(boundOf(result))}</small></h4>`;
  const beside =
    legal === null
      ? `<p class="note">Runs on ${escaped(result.unit ?? "a vector unit")}, word by word, without a mapping.</p>`
      : `<div class="beside">${nestHtml(legal)}${tilesFigure(legal, run, name, numbering)}</div>`;
  const clock = clockHtml(result, name, idOf("activity", group, contender), activity, numbering);
  return `<div class="mapping">${title}${beside}
${tableHtml(accessesTable(result, `Accesses of ${name}`))}${energyTable(result, name)}${clock}${furtherHtml(result)}</div>`;
}

function tilesFigure(legal: LegalMapping, { result, group, contender }: Run, name: string, next: Numbering): string {
  return figureHtml(
    {
      id: idOf("tiles", group, contender),
      title: `Tiles of ${name}`,
      caption:
        "Largest tile in each buffer: words, shape, and a bar for its share of the capacity. Lines: words between levels, ↓ down and ↑ up, all instances together.",
      svg: pictureOf(legal, result),
      inWords: pictureInWords(result),
    },
    next,
  );
}

/** Every access, in words over all instances, and what a level leaks: the energies of its rows are together that of the level. */
function accessesTable({ levels }: LayerResult, caption: string): DataTable {
  const rows = levels.flatMap((level) => {
    const accesses = Object.entries(level.tensors).map(([tensor, t], i): readonly Cell[] => [
      ...(i === 0 ? aboutOf(level) : [{ again: level.name }, "", ""]),
      tensor,
      ...[t.tileWords, t.fills, t.reads, t.updates, t.drains].map((n) => numeric(n, count)),
      numeric(t.energy_pJ, energy),
    ]);
    const rest = leakageOf(level);
    const leakage: readonly Cell[] = [
      ...[{ again: level.name }, "", "", "leakage", "", "", "", "", ""],
      numeric(rest, energy),
    ];
    return rest === 0 ? accesses : [...accesses, leakage];
  });
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
