import Table from "cli-table3";
import stringWidth from "string-width";

/** How text is dressed up for where it is shown; `plainPaint` leaves it as it is. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  /** Characters that a line of a table may take; absent: as many as it needs. */
  readonly width?: number;
  /** Tables are written in Markdown. */
  readonly markdown?: boolean;
}
const same = (text: string): string => text;
export const plainPaint: Paint = { bold: same, dim: same, good: same, bad: same };
const strong = (text: string): string => `**${text}**`;
/** For issues and papers: GitHub's Markdown. */
export const markdownPaint: Paint = { bold: strong, dim: same, good: same, bad: strong, markdown: true };

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** Cells are drawn bars, which are left out where they do not fit. */
  readonly isBar?: boolean;
  /** Belongs to the column before and is never parted from it. */
  readonly follows?: boolean;
}
export const left = (title: string): Column => ({ title, align: "left" });
export const right = (title: string): Column => ({ title, align: "right" });
export const bars: Column = { title: "", align: "left", isBar: true };
/** A column that says more about the one before. */
export const beside = (title: string): Column => ({ title, align: "right", follows: true });

type Rows = readonly (readonly string[])[];

/**
 * An aligned table without lines: a dim heading, one line a row, no spaces at the ends. Where `paint.width` is too little for
 * it, bars are left out, then long words on the left are broken into lines, then the table is told in several below one another.
 */
export function table(columns: readonly Column[], rows: Rows, paint: Paint = plainPaint): string {
  if (paint.markdown === true) return markdown(...without(columns, rows, ({ isBar }) => isBar === true));
  const { width } = paint;
  if (width === undefined || needed(columns, rows) <= width) return aligned(columns, rows, null, paint);
  const [kept, cells] = without(columns, rows, ({ isBar }) => isBar === true);
  const squeezedTo = squeezed(kept, cells, width);
  if (needs(squeezedTo) <= width) return aligned(kept, cells, squeezedTo, paint);
  const first = naturalOf(kept, cells, 0);
  const widths = kept.map((_, i) => Math.min(naturalOf(kept, cells, i), Math.max(NARROWEST, width - first - GAP)));
  return parts(kept, widths, width)
    .map((picked) => {
      const of = <T>(all: readonly T[]): readonly T[] => picked.flatMap((i) => all[i] ?? []);
      return aligned(of(kept), cells.map(of), of(widths), paint);
    })
    .join("\n\n");
}

const GAP = 2;
const needs = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + GAP, -GAP);
const needed = (columns: readonly Column[], rows: Rows): number =>
  needs(columns.map((_, i) => naturalOf(columns, rows, i)));

function naturalOf(columns: readonly Column[], rows: Rows, i: number): number {
  return Math.max(stringWidth(columns[i]?.title ?? ""), ...rows.map((row) => stringWidth(row[i] ?? "")));
}

function without(
  columns: readonly Column[],
  rows: Rows,
  leave: (column: Column) => boolean,
): readonly [readonly Column[], Rows] {
  const kept = <T>(_: T, i: number): boolean => {
    const column = columns[i];
    return column !== undefined && !leave(column);
  };
  return [columns.filter(kept), rows.map((row) => row.filter(kept))];
}

/** Text on the left may be broken into lines of this many characters. */
const NARROWEST = 16;

/** The widths of the columns once the widest texts on the left have given way, as far as they must and can. */
function squeezed(columns: readonly Column[], rows: Rows, width: number): readonly number[] {
  const widths = columns.map((_, i) => naturalOf(columns, rows, i));
  let surplus = needs(widths) - width;
  while (surplus > 0) {
    const [widest, i] = columns.reduce<readonly [number, number]>(
      (most, { align }, at) => (align === "left" && (widths[at] ?? 0) > most[0] ? [widths[at] ?? 0, at] : most),
      [NARROWEST, -1],
    );
    if (i < 0) break;
    const next = Math.max(NARROWEST, widest - surplus);
    widths[i] = next;
    surplus -= widest - next;
  }
  return widths;
}

/** Which columns stand in each part of a table that is too wide: the first in all, the others in order, as many as fit. */
function parts(columns: readonly Column[], widths: readonly number[], width: number): readonly (readonly number[])[] {
  const tied: number[][] = [];
  columns.forEach(({ follows }, i) => {
    if (i === 0) return;
    const before = tied.at(-1);
    if (follows === true && before !== undefined) before.push(i);
    else tied.push([i]);
  });
  const found: number[][] = [];
  for (const group of tied) {
    const current = found.at(-1);
    const joined = [...(current ?? []), ...group];
    if (current !== undefined && needs(joined.map((i) => widths[i] ?? 0)) <= width) current.push(...group);
    else found.push([0, ...group]);
  }
  return found.length === 0 ? [[0]] : found;
}

const NO_LINES = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "" },
  ...{ "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  " },
};

function aligned(columns: readonly Column[], rows: Rows, widths: readonly number[] | null, paint: Paint): string {
  const grid = new Table({
    chars: NO_LINES,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colAligns: columns.map((column) => column.align),
    ...(widths === null ? {} : { colWidths: [...widths], wordWrap: true }),
  });
  grid.push(
    columns.map((column) => paint.dim(column.title)),
    ...rows.map((row) => [...row]),
  );
  return grid
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function markdown(columns: readonly Column[], rows: Rows): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const plain = (cell: string): string => cell.trim().replaceAll("|", "\\|").replaceAll("\n", " ");
  return [
    line(columns.map(({ title }) => plain(title))),
    line(columns.map(({ align }) => (align === "left" ? ":---" : "---:"))),
    ...rows.map((row) => line(row.map(plain))),
  ].join("\n");
}

/** A bar of at most `width` cells for a share between 0 and 1, in eighths of a cell. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8] ?? "";
  return "█".repeat(Math.floor(eighths / 8)) + rest;
}
