import type { Figure } from "./charts.js";
import { style } from "./html-style.js";
import { energyParts, occupancy, verdict } from "./layer-text.js";
import { count, energy, percent, seconds, short } from "./numbers.js";
import type { LayerResult } from "./result.js";
import { totalOf } from "./summary-text.js";

/** A layer of the report: its result, and its mapping as text. */
export interface ReportLayer {
  readonly result: LayerResult;
  readonly loopNest: string;
}

/** One HTML file that needs nothing else: figures as SVG, tables, loop nests; light and dark, on screen and on paper. */
export async function printHtml(layers: readonly ReportLayer[]): Promise<string> {
  // The chart library is large; it is loaded only where a report is made.
  const { figuresOf } = await import("./charts.js");
  const results = layers.map(({ result }) => result);
  const figures = results.length === 0 ? [] : await figuresOf(results);
  const title = titleOf(results);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
${tiles(results)}
</header>
<main>
<section aria-label="Figures">
${figures.map(figureHtml).join("\n")}
</section>
<section>
<h2>Layers</h2>
${layersTable(results)}
</section>
<section>
<h2>Mappings and accesses</h2>
${layers.map(layerHtml).join("\n")}
</section>
</main>
<footer>Counts are words, totals over all instances. Made by Loopwright.</footer>
</body>
</html>
`;
}

function titleOf(results: readonly LayerResult[]): string {
  const [first] = results;
  return first === undefined ? "Loopwright" : `${first.workload} on ${first.architecture}`;
}

function tiles(results: readonly LayerResult[]): string {
  const compared = new Set(results.map(({ dataflow }) => dataflow)).size > 1;
  if (results.length === 0 || compared) return "";
  const cycles = totalOf(results, (result) => result.cycles);
  const busy = totalOf(results, (result) => result.utilization * result.cycles);
  const searched = results.flatMap(({ search }) => search ?? []);
  const proven = searched.filter(({ status }) => status === "optimal").length;
  const facts = [
    ["energy", energy(totalOf(results, (result) => result.energy_pJ))],
    ["cycles", count(cycles)],
    ["MACs", count(totalOf(results, (result) => result.macs))],
    ["utilization", percent(busy / cycles)],
    ...(searched.length === 0 ? [] : [["proven optimal", `${proven} of ${searched.length} layers`]]),
  ];
  return `<dl class="tiles">${facts.map(([name = "", value = ""]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("")}</dl>`;
}

function figureHtml({ title, caption, svg }: Figure): string {
  const labelled = svg.replace("<svg ", `<svg role="img" aria-label="${escaped(`${title}. ${caption}`)}" `);
  return `<figure><h2>${escaped(title)}</h2>${labelled}<figcaption>${escaped(caption)}</figcaption></figure>`;
}

function layersTable(results: readonly LayerResult[]): string {
  const compared = results.some(({ dataflow }) => dataflow !== undefined);
  const head = [
    "layer",
    ...(compared ? ["dataflow"] : []),
    ...["MACs", "cycles", "energy", "pJ/MAC", "pJ·cycle", "utilization", "proof", "time"],
  ];
  const rows = results.map((result) => [
    `<a href="#${anchorOf(result)}">${escaped(result.layer)}</a>`,
    ...(compared ? [escaped(result.dataflow ?? "")] : []),
    count(result.macs),
    count(result.cycles),
    energy(result.energy_pJ),
    short(result.energy_pJ / result.macs),
    short(result.edp),
    percent(result.utilization),
    result.search === undefined ? "" : escaped(verdict(result.search)),
    result.search === undefined ? "" : seconds(result.search.seconds),
  ]);
  return tableHtml(head, rows);
}

function layerHtml({ result, loopNest }: ReportLayer): string {
  const flow = result.dataflow === undefined ? "" : `, ${result.dataflow}`;
  return `<details id="${anchorOf(result)}" open>
<summary>${escaped(`${result.layer}${flow}`)}</summary>
<div class="layer">
<pre>${escaped(loopNest)}</pre>
<div>${accessesTable(result)}${energyTable(result)}</div>
</div>
</details>`;
}

function accessesTable(result: LayerResult): string {
  const head = ["level", "instances", "words used", "tensor", "tile", "fills", "reads", "updates", "drains", "energy"];
  const rows = result.levels.flatMap((level) =>
    Object.entries(level.tensors).map(([tensor, t], i) => [
      ...(i === 0
        ? [escaped(level.name), `${count(level.utilizedInstances)} of ${count(level.instances)}`, occupancy(level)]
        : ["", "", ""]),
      escaped(tensor),
      ...[t.tileWords, t.fills, t.reads, t.updates, t.drains].map(count),
      energy(t.energy_pJ),
    ]),
  );
  return tableHtml(head, rows);
}

function energyTable(result: LayerResult): string {
  const rows = energyParts(result).map(({ name, pJ }) => [
    escaped(name),
    energy(pJ),
    percent(result.energy_pJ === 0 ? 0 : pJ / result.energy_pJ),
  ]);
  return tableHtml(["part", "energy", "share"], rows);
}

function tableHtml(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag.split(" ")[0]}>`).join("")}</tr>`;
  return `<div class="scroll"><table><thead>${cells('th scope="col"', head)}</thead><tbody>${rows.map((row) => cells("td", row)).join("\n")}</tbody></table></div>`;
}

const anchorOf = ({ layer, dataflow }: LayerResult): string =>
  `layer-${`${layer}${dataflow === undefined ? "" : `-${dataflow}`}`.replaceAll(/[^\w-]+/g, "_")}`;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
]);
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (letter) => ENTITIES.get(letter) ?? letter);
