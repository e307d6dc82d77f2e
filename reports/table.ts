import Table from "cli-table3";

/** How text is dressed up for a terminal; `plainPaint` leaves it as it is. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}
const same = (text: string): string => text;
export const plainPaint: Paint = { bold: same, dim: same, good: same, bad: same };

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}
export const left = (title: string): Column => ({ title, align: "left" });
export const right = (title: string): Column => ({ title, align: "right" });

const NO_LINES = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "" },
  ...{ "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  " },
};

/** An aligned table without lines: a dim heading, one line a row, no spaces at the ends. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Paint = plainPaint,
): string {
  const grid = new Table({
    chars: NO_LINES,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colAligns: columns.map((column) => column.align),
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

/** A bar of at most `width` cells for a share between 0 and 1, in eighths of a cell. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8] ?? "";
  return "█".repeat(Math.floor(eighths / 8)) + rest;
}
