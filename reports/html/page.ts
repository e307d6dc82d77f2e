import { type Missing, missingGroups } from "../missing.js";
import { escaped, tableHtml } from "./elements.js";
import { figureHtml, type Numbering, numbering } from "./figure-html.js";
import type { Figure } from "./figures/figure.js";
import * as figures from "./figures/index.js";
import { layersHtml } from "./layers.js";
import { resultsTable } from "./results-table.js";
import { script } from "./script.js";
import { setupHtml } from "./setup.js";
import { isCompared, isOfFronts, type ReportLayer, type Run, type Study, studyOf } from "./study.js";
import { style } from "./style.js";
import { abstractOf, bylineOf, factsHtml, titleOf } from "./summary.js";

interface Section {
  readonly id: string;
  readonly title: string;
  readonly html: string;
}

/** One HTML file that needs nothing else: figures with the tables behind them, loop nests beside pictures; light, dark, on paper. */
export async function printHtml(layers: readonly ReportLayer[], missing: readonly Missing[] = []): Promise<string> {
  const study = studyOf(layers);
  const title = titleOf(study);
  const drawn = study.runs.length === 0 ? [] : await sectionsOf(study);
  const overview = drawn.filter(({ id }) => id === FRONT || id === COMPARISON);
  const sections = [...overview, ...missingSection(study, missing), ...drawn.slice(overview.length)];
  const contents = sections.map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`).join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
<div class="page">
<nav aria-label="Contents"><ol>${contents}</ol><div class="theme"><button type="button" hidden>Dark page</button></div></nav>
<header>
<h1>${escaped(title)}</h1>
<p class="byline">${escaped(bylineOf(study))}</p>
<p class="lead">${escaped(abstractOf(study))}</p>
</header>
<main id="main">
${factsHtml(study)}
${sections.map(sectionHtml).join("\n")}
</main>
<footer>Counts are words, energies and counts totals over all instances. Made by Loopwright.</footer>
</div>
<script>${script}</script>
</body>
</html>
`;
}

const sectionHtml = ({ id, title, html }: Section): string =>
  `<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${html}
</section>`;

async function sectionsOf(study: Study): Promise<readonly Section[]> {
  const compared = isCompared(study);
  const next = numbering();
  const several = study.groups.length > 1 || compared;
  // Points of the same number have nothing in common from layer to layer.
  const contest =
    compared && !(isOfFronts(study) && study.groups.length > 1)
      ? [await figures.contestOverall(study), await figures.contest(study)]
      : [];
  const energies = [
    ...(compared ? [] : [await figures.energyOverall(study)]),
    ...(several ? [await figures.energyByLevel(study), await figures.energyByTensor(study)] : []),
  ];
  const cycles = [
    ...(several ? [await figures.latency(study)] : []),
    ...(await figures.clock(study)),
    ...(await figures.rooflines(study)),
  ];
  const activities = new Map<Run, string>();
  for (const run of study.runs)
    if (run.result.timing !== undefined) activities.set(run, await figures.activityPicture(run.result.timing.activity));
  const searched = study.runs.some(({ result }) => result.search !== undefined);
  const proofs = searched ? [await figures.proof(study)] : [];
  return [
    ...shown(FRONT, "The front of energy and delay", await figures.fronts(study), next),
    ...shown(COMPARISON, "Comparison", contest, next),
    ...shown("energy-use", "Energy", energies, next),
    ...shown("time", "Latency and utilization", cycles, next),
    ...(study.runs.length === 1 ? inNumbers("proofs", PROOF, proofs) : shown("proofs", PROOF, proofs, next)),
    { id: "results", title: "Results", html: tableHtml(resultsTable(study)) },
    { id: "layers", title: "Mappings and accesses", html: mappingsHtml(study, next, activities) },
    { id: "setup", title: "Architecture", html: setupHtml(study) },
  ];
}

function missingSection({ runs }: Study, missing: readonly Missing[]): readonly Section[] {
  if (missing.length === 0) return [];
  const results = runs.map(({ result }) => result);
  const rows = missingGroups(missing, results).map(({ contender, layers, why }) => [contender, layers, why]);
  const table = { caption: "Without a legal mapping", head: ["", "layers", "why"], texts: [1, 2], long: [1, 2], rows };
  return [{ id: "missing", title: "Without a legal mapping", html: tableHtml(table) }];
}

const FRONT = "front";
const COMPARISON = "comparison";
const PROOF = "How good the proof is";

/** The numbers alone, where a picture would be of one bar. */
const inNumbers = (id: string, title: string, figures: readonly Figure[]): readonly Section[] =>
  figures.map(({ caption, table }) => ({
    id,
    title,
    html: `<p class="note">${escaped(caption)}</p>${tableHtml(table)}`,
  }));

function shown(id: string, title: string, figures: readonly Figure[], next: Numbering): readonly Section[] {
  if (figures.length === 0) return [];
  return [{ id, title, html: figures.map((figure) => figureHtml(figure, next)).join("\n") }];
}

const mappingsHtml = (study: Study, next: Numbering, activities: ReadonlyMap<Run, string>): string =>
  `<p class="note">Fills are written from above, reads go below, updates come from below, drains go above; a read that serves many instances is one.</p>
<div class="layers">${layersHtml(study, next, activities)}</div>`;
