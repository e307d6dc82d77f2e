import { architectureSchema } from "./architecture.js";
import { dataflowSchema, mappingSchema } from "./mapping.js";
import type { Schema } from "./parts.js";
import { referenceTablesSchema } from "./reference-tables.js";
import { describedResultSchema } from "./result.js";
import { workloadSchema } from "./workload.js";

export type { Schema } from "./parts.js";

/** The JSON Schemas of every file that is read and of what is printed, by name: `schemas/NAME.schema.json` of the package. */
export const schemas: ReadonlyMap<string, Schema> = new Map([
  ["architecture", architectureSchema],
  ["workload", workloadSchema],
  ["mapping", mappingSchema],
  ["dataflow", dataflowSchema],
  ["reference-tables", referenceTablesSchema],
  ["result", describedResultSchema],
]);
