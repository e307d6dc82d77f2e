import { type DataTable, escaped, tableHtml } from "./elements.js";

/** Gives figures their numbers in the order in which they stand. */
export type Numbering = () => number;

export function numbering(): Numbering {
  let last = 0;
  return () => ++last;
}

/** What stands in a `<figure>`: the picture, and the same as a table or in words. */
export interface Pictured {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
  readonly table?: DataTable;
  /** For those who cannot see it, where no table says the same. */
  readonly inWords?: string;
}

/** A numbered figure with its caption, a button that saves it, and the numbers behind it. */
export function figureHtml({ id, title, caption, svg, table, inWords = caption }: Pictured, next: Numbering): string {
  const label = `aria-label="${escaped(`${title}. ${inWords}`)}"`;
  const width = Number(/ width="([\d.]+)/.exec(svg)?.[1] ?? 0);
  // Narrower than this, letters could not be read: the figure scrolls instead.
  const least = `style="min-width:${Math.min(Math.ceil(width), 480)}px"`;
  const picture = svg.replace("<svg ", `<svg role="img" ${label} ${least} `);
  const numbers = table === undefined ? "" : `<details><summary>The numbers</summary>${tableHtml(table)}</details>`;
  const wide = width > 980 ? " wide" : "";
  return `<figure id="${id}"><div class="plot${wide}"${wide === "" ? "" : ` role="region" tabindex="0" aria-label="${escaped(title)}"`}>${picture}</div>
<figcaption><b>Figure ${next()}. ${escaped(title)}.</b> ${escaped(caption)}</figcaption>
<div class="tools">${numbers}<button type="button" class="save" hidden aria-label="${escaped(`Save as SVG: ${title}`)}">Save as SVG</button></div></figure>`;
}
