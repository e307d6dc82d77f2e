import type { DataTable } from "../elements.js";

/** A figure of the report with the numbers behind it. */
export interface Figure {
  /** Its place in addresses and file names: `energy-by-level`. */
  readonly id: string;
  readonly title: string;
  /** Says what is shown, and how to read it. */
  readonly caption: string;
  /** An `<svg>` element whose colours are CSS variables of the page. */
  readonly svg: string;
  readonly table: DataTable;
}
