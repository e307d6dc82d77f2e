// Writes the JSON Schemas of all files, schemas/NAME.schema.json, from the built reports room.
import { mkdirSync, writeFileSync } from "node:fs";
import { schemas } from "../dist/reports/schemas/index.js";

mkdirSync("schemas", { recursive: true });
for (const [name, schema] of schemas)
  writeFileSync(`schemas/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
