/** A cell of a table: text, a number with the way it is shown, or the text of the row above once more. */
export type Cell = string | { readonly value: number; readonly shown: string } | { readonly again: string };

/** A table of the report. The first column names the row. */
export interface DataTable {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Columns of text, by number; the others are numbers and stand to the right. The first is always text. */
  readonly texts?: readonly number[];
  /** Columns of text that may be broken into lines where there is little room. */
  readonly long?: readonly number[];
  /** A last row that sums up. */
  readonly foot?: readonly Cell[];
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
]);

/** Text as it may stand in HTML, in an attribute too. */
export const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (letter) => ENTITIES.get(letter) ?? letter);

/** A number and how it is shown; where that is not exact, the value stays in the page for programs. */
export const numeric = (value: number, show: (n: number) => string): Cell => ({ value, shown: show(value) });

/** A table with its caption, in a region that scrolls by itself (by keyboard, too) where the page is narrow. */
export function tableHtml({ caption, head, rows, texts = [], long = [], foot }: DataTable): string {
  const side = (column: number): string => {
    if (column !== 0 && !texts.includes(column)) return "";
    return long.includes(column) ? ' class="t long"' : ' class="t"';
  };
  const row = (cells: readonly Cell[]): string =>
    `<tr>${cells.map((cell, i) => (i === 0 ? `<th scope="row">${cellHtml(cell)}</th>` : `<td${side(i)}>${cellHtml(cell)}</td>`)).join("")}</tr>`;
  const heads = head.map((title, i) => `<th scope="col"${side(i)}>${escaped(title)}</th>`).join("");
  const last = foot === undefined ? "" : `<tfoot>${row(foot)}</tfoot>`;
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(caption)}"><table><caption>${escaped(caption)}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${rows.map(row).join("\n")}</tbody>${last}</table></div>`;
}

function cellHtml(cell: Cell): string {
  if (typeof cell === "string") return escaped(cell);
  if ("again" in cell) return `<span class="again">${escaped(cell.again)}</span>`;
  if (cell.shown.replaceAll(",", "") === String(cell.value)) return cell.shown;
  return `<data value="${cell.value}">${escaped(cell.shown)}</data>`;
}

/** A name as it may stand in an `id`: letters and digits, the rest underlined; different names stay different. */
export function idOf(...names: readonly string[]): string {
  const given = names.filter((name) => name !== "");
  return given.map((name) => name.replaceAll(/[^\w-]/g, (c) => `_${(c.codePointAt(0) ?? 0).toString(36)}`)).join("-");
}
