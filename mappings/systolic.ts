import { type Architecture, type FanoutLevel, mustKeep, type TensorSet } from "../arch-specs/index.js";
import { type Einsum, operandsOf, outputOf, startOf, type Tensor } from "../workloads/index.js";
import { isRelevant } from "./tensors.js";

/** A systolic array, and what each of a matrix product's tensors and variables does on it. Levels are indices into `architecture.levels`. */
export interface SystolicRoles {
  readonly fanout: number;
  readonly array: FanoutLevel;
  /** The storage that feeds the array, and the registers in its elements. */
  readonly feeder: number;
  readonly registers: number;
  /** Tensor numbers: which stays in the elements, which travels along x, which along y. */
  readonly stationary: number;
  readonly alongX: number;
  readonly alongY: number;
  /** The variables that lie across the columns (x), down the rows (y), and of the words that stream through. */
  readonly columns: number;
  readonly rows: number;
  readonly stream: number;
  /** Variables of all three tensors: one product after another. */
  readonly groups: readonly number[];
}

/**
 * Finds out how a product `Outputs[p,m] += Inputs[p,k] * Weights[m,k]` runs on the architecture's systolic array. The file says it all: the tensor
 * that the elements keep is stationary; of the other two one is multicast along x, the other multicast (an operand) or reduced (the output) along y. What
 * travels along an axis does not know the variable that lies across it; the third variable streams. Undefined where the
 * architecture has no systolic array between two storages, or the layer is no plain product of three variables (beside groups).
 */
export function systolicRoles(einsum: Einsum, architecture: Architecture): SystolicRoles | undefined {
  const place = arrayIn(architecture);
  const tensors = einsum.tensors;
  if (place === undefined || !isPlainProduct(einsum)) return undefined;
  const { array, registers } = place;
  const held = architecture.levels[registers];
  if (held?.kind !== "storage") return undefined;
  const kept = [...tensors.keys()].filter((t) => mustKeep(held, tensors[t] as Tensor));
  const [stationary, ...more] = kept;
  if (stationary === undefined || more.length > 0) return undefined;
  const moving = [...tensors.keys()].filter((t) => t !== stationary);
  const travels = (t: number, axis: "x" | "y"): boolean => {
    const tensor = tensors[t];
    return tensor !== undefined && hasTensor(array[tensor.role === "output" ? "reduction" : "multicast"][axis], tensor);
  };
  const alongX = moving.find((t) => travels(t, "x") && tensors[t]?.role === "input");
  const alongY = moving.find((t) => t !== alongX && travels(t, "y"));
  if (alongX === undefined || alongY === undefined) return undefined;
  const groups = variablesOf(einsum, (knows) => knows.every((known) => known));
  const only = (unknown: number): number | undefined => {
    const found = variablesOf(einsum, (knows) => knows.every((known, t) => known === (t !== unknown)));
    return found.length === 1 ? found[0] : undefined;
  };
  const [columns, rows, stream] = [only(alongX), only(alongY), only(stationary)];
  if (columns === undefined || rows === undefined || stream === undefined) return undefined;
  return { ...place, stationary, alongX, alongY, columns, rows, stream, groups };
}

type Place = Pick<SystolicRoles, "fanout" | "array" | "feeder" | "registers">;

/** The one fan-out, if it is systolic and stands between two storages. */
function arrayIn({ levels }: Architecture): Place | undefined {
  const fanouts = levels.flatMap((level, i) => (level.kind === "fanout" ? [{ level, i }] : []));
  const [only, ...more] = fanouts;
  if (only === undefined || more.length > 0 || only.level.systolic === undefined) return undefined;
  const { level: array, i: fanout } = only;
  const between = levels[fanout - 1]?.kind === "storage" && levels[fanout + 1]?.kind === "storage";
  if (!between || fanout + 3 !== levels.length) return undefined;
  return { fanout, array, feeder: fanout - 1, registers: fanout + 1 };
}

/** A sum of products of two operands, every axis a variable by itself, no post-conditions on where it starts. */
function isPlainProduct(einsum: Einsum): boolean {
  const { combine, reduce } = einsum.operation;
  if (combine !== "multiply" || reduce !== "add" || startOf(einsum) !== undefined) return false;
  if (operandsOf(einsum).length !== 2 || outputOf(einsum).ranks.length === 0) return false;
  return einsum.tensors.every(({ ranks }) =>
    ranks.every(({ terms: [term, ...more], offset }) => more.length === 0 && offset === 0 && term?.coefficient === 1),
  );
}

/** The variables whose tensors (a flag each) are as asked. */
function variablesOf(einsum: Einsum, isWanted: (knows: readonly boolean[]) => boolean): readonly number[] {
  return [...einsum.variables.keys()].filter((v) => isWanted(einsum.tensors.map((tensor) => isRelevant(tensor, v))));
}

const hasTensor = (set: TensorSet, { name, alias }: Tensor): boolean =>
  set === "all" || set.has(name) || set.has(alias);
