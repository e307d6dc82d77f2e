import { stringify } from "csv-stringify/sync";
import { left, markdownPaint, type Paint, right, table } from "./table.js";

/** A plain table of named columns, for listings. */
export interface Sheet {
  readonly columns: readonly SheetColumn[];
  readonly rows: readonly SheetRow[];
  /** A last line for people; programs add up for themselves. */
  readonly totals?: SheetRow;
}
export interface SheetColumn {
  /** The key in JSON and the heading in CSV, with its unit: `energy_pJ`. */
  readonly key: string;
  readonly title: string;
  readonly align: "left" | "right";
  /** How a cell is shown to people. */
  readonly show: (cell: Cell) => string;
}
export type Cell = string | number | null;
export type SheetRow = Readonly<Record<string, Cell>>;

export const textColumn = (key: string, title: string = key): SheetColumn => ({
  key,
  title,
  align: "left",
  show: (cell) => (cell === null ? "" : String(cell)),
});

export const numberColumn = (key: string, title: string, show: (n: number) => string): SheetColumn => ({
  key,
  title,
  align: "right",
  show: (cell) => (typeof cell === "number" ? show(cell) : (cell ?? "")),
});

export type SheetFormat = "table" | "markdown" | "csv" | "json";

/** A sheet as an aligned table, a table in Markdown, CSV or JSON. */
export function sheetText(sheet: Sheet, format: SheetFormat, paint: Paint): string {
  const { columns, rows, totals } = sheet;
  const cells = (row: SheetRow): readonly Cell[] => columns.map(({ key }) => row[key] ?? null);
  switch (format) {
    case "json":
      return `${JSON.stringify(rows, null, 2)}\n`;
    case "csv":
      return stringify([columns.map(({ key }) => key), ...rows.map((row) => [...cells(row)])]);
    case "table":
    case "markdown": {
      const shown = [...rows, ...(totals === undefined ? [] : [totals])].map((row) =>
        columns.map(({ key, show }) => show(row[key] ?? null)),
      );
      const heads = columns.map(({ title, align }) => (align === "left" ? left(title) : right(title)));
      return `${table(heads, shown, format === "markdown" ? markdownPaint : paint)}\n`;
    }
  }
}
