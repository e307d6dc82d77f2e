import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { type Diagnostic, failed, ok, type Result } from "../base/index.js";
import type { LayerResult } from "./result.js";

const number = { type: "number" } as const;
const count = { type: "number", minimum: 0 } as const;
const text = { type: "string" } as const;

/** An object all of whose fields are named; those of `optional` may be absent. */
function object(
  fields: Readonly<Record<string, unknown>>,
  optional: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    type: "object",
    properties: { ...fields, ...optional },
    required: Object.keys(fields),
  };
}
const list = (items: unknown): Readonly<Record<string, unknown>> => ({ type: "array", items });

const tensor = object({
  ...{ tileWords: count, fills: count, reads: count, updates: count, drains: count, energy_pJ: count },
});
const level = object({
  ...{ name: text, instances: count, utilizedInstances: count },
  capacityWords: { type: ["number", "null"], description: "words of one instance; null: unlimited" },
  ...{ usedWords: count, cycles: count, energy_pJ: count },
  tensors: { type: "object", additionalProperties: tensor },
});
const search = object(
  {
    status: { enum: ["optimal", "gap", "heuristic"] },
    ...{ lowerBound: number, gap: number, mapspace: text, evaluated: count, seconds: count },
  },
  { counted: text },
);

const timing = object({
  ...{ computing: count, startUp: count, stalled: count, finalDrain: count, modelBound: text },
  waits: list(
    object({
      during: { enum: ["start-up", "run", "final drain"] },
      ...{ level: text, tensor: text },
      action: { enum: ["fill", "drain", "operands", "results"] },
      ...{ cause: text, cycles: count },
    }),
  ),
  levels: list(
    object({
      ...{ level: text, tensor: text, computing: count, filling: count, draining: count, stalled: number },
      ...{ fillsUnderWay: count, drainsUnderWay: count },
    }),
  ),
  activity: object({
    ...{ binCycles: count, compute: list(count) },
    levels: list(object({ name: text, words: list(count) })),
  }),
});

/** The JSON Schema of what `--format json` prints: a list of `loopwright/result@1`. Unknown fields are left alone. */
export const resultSchema: Readonly<Record<string, unknown>> = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Loopwright results: one object a layer. Counts in words and energies in pJ, totals over instances.",
  ...list(
    object(
      {
        schema: { const: "loopwright/result@1" },
        ...{ workload: text, layer: text, architecture: text },
        conventions: { enum: ["loopwright", "timeloop", "accelforge"] },
        ...{ macs: count, cycles: count, utilization: count, spatialUtilization: count },
        ...{ energy_pJ: count, edp: count, area_um2: count },
        levels: list(level),
        networks: list(object({ name: text, hops: count, energy_pJ: count })),
        compute: object({ operations: count, energy_pJ: count }, { posts: count }),
        mapping: list({ type: "object" }),
      },
      {
        unit: text,
        idle: object({ name: text, energy_pJ: count }),
        lowering: object({ kind: { const: "im2col" }, inputWords: count, unfoldedWords: count }),
        systolic: object({
          folds: count,
          cycles: object({ load: count, stream: count, drain: count }),
          waiting: object({ start: count, tiles: count, buffer: count, finish: count }),
          ...{ mappingEfficiency: count, utilization: count },
        }),
        ...{
          dataflow: text,
          objective: text,
          repeat: count,
          machineCycles: count,
          leakage_pJ: count,
          clock_Hz: count,
          search,
        },
        pass: { enum: ["forward", "input-gradient", "weight-gradient", "update"] },
        witness: object({ model: { enum: ["agrees", "differs", "not-run"] } }),
        validation: object({
          status: { enum: ["exact", "within-tolerance", "failed", "not-run"] },
          ...{ maxAbsError: number, compared: count },
        }),
        timing,
        findings: list(
          object({
            kind: { enum: ["capacity", "fan-out", "cycles", "energy", "dataflow"] },
            ...{ name: text, value: { type: ["number", "null"] }, limit: { type: ["number", "null"] } },
            ...{ binds: { type: "boolean" }, says: text },
          }),
        ),
        front: object({
          ...{ point: count, points: count },
          within: { type: ["number", "null"], description: "every mapping is within the factor 1 + this of a point" },
          open: list(object({ from: number, below: { type: ["number", "null"] }, energyAtLeast_pJ: number })),
        }),
        contest: object({
          ...{ best: number, yours: number, says: list(text) },
          outcome: { enum: ["behind", "level", "ahead"] },
          figures: list(object({ name: text, unit: { enum: ["pJ", "cycles"] }, best: number, yours: number })),
        }),
        explanations: list(
          object({
            ...{ count: text, says: text, value: number },
            unit: { enum: ["words", "pJ", "cycles"] },
            combine: { enum: ["sum", "largest"] },
            summands: list(object({ says: text, sign: { enum: [1, -1] }, instances: count, value: number })),
          }),
        ),
        timeloop: {
          type: "object",
          additionalProperties: {
            type: "object",
            additionalProperties: object({ reads: count, fills: count, updates: count }),
          },
        },
      },
    ),
  ),
};

/** Reads back what `printJson` printed; whatever else it is given becomes diagnostics. */
export function parseResults(source: string, file: string): Result<readonly LayerResult[]> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return failed([{ code: "result/not-json", message: `this is not JSON: ${message}`, at: { file, path: "" } }]);
  }
  const validate = new Ajv2020({ allErrors: true }).compile<readonly LayerResult[]>(resultSchema);
  return validate(value) ? ok(value) : failed(diagnosticsOf(validate.errors ?? [], file));
}

/** One diagnostic a mistake; what one object lacks is told together. */
function diagnosticsOf(errors: readonly ErrorObject[], file: string): readonly Diagnostic[] {
  const lacking = new Map<string, string[]>();
  const told: Diagnostic[] = [];
  for (const { instancePath, keyword, message, params } of errors) {
    const path = instancePath.replace(/^\//, "").replaceAll("/", ".");
    const name: unknown = params["missingProperty"];
    if (keyword === "required") lacking.set(path, [...(lacking.get(path) ?? []), String(name)]);
    else told.push(notAResult(file, path, `${message ?? "is wrong"}${allowedBy(params)}`));
  }
  const lacks = [...lacking].map(([path, names]) => notAResult(file, path, `lacks ${names.join(", ")}`));
  return [...told, ...lacks];
}

function allowedBy(params: Readonly<Record<string, unknown>>): string {
  const allowed = params["allowedValue"] ?? params["allowedValues"];
  return allowed === undefined ? "" : `: ${JSON.stringify(allowed)}`;
}

function notAResult(file: string, path: string, what: string): Diagnostic {
  return {
    code: "result/not-a-result",
    message: `not a result of Loopwright: ${path === "" ? "it" : path} ${what}`,
    at: { file, path },
    hint: "expected what `--format json` prints",
  };
}
