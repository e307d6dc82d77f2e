import { numberOf, StepError, wordOf } from "../../steps/step.js";
import {
  addLayer,
  type Call,
  einsumOf,
  has,
  inputOf,
  known,
  type Lowering,
  operandOf,
  outputName,
  step,
} from "./call.js";
import { activations } from "./recurrent-activations.js";

/** One direction of a recurrent network: its operands by name, states [batch, hidden], weights [gates·hidden, …]. */
interface Direction {
  readonly call: Call;
  readonly gates: number;
  readonly hidden: number;
  readonly batch: number;
  /** Weights and bias of the recurrence; the bias is null where none is given. */
  readonly r: string;
  readonly rBias: string | null;
  /** Peepholes [3·hidden], or null. */
  readonly peepholes: string | null;
  /** Activation number i; what goes in is clipped where the node says so (an LSTM's cell state is not, as onnxruntime has it). */
  readonly activate: (i: number, x: string, clips?: boolean) => string;
}
/** What a cell carries on: the hidden state, and the cell's (an LSTM's). */
interface State {
  readonly h: string;
  readonly c: string | null;
}
/** One step of a cell: `x` are the inputs of its gates, [batch, gates·hidden], biases of the inputs added. */
type Cell = (direction: Direction, x: string, state: State) => State;

/** h · Rᵀ, for all gates or for some of the rows of R: the layer of the recurrence. */
function recurrence({ call, batch, hidden }: Direction, h: string, r: string, bias: string | null): string {
  const rows = call.builder.operand(r).shape[0] ?? 1;
  return affine(call, { batch, inner: hidden, rows }, h, r, bias);
}

function affine(
  call: Call,
  { batch, inner, rows }: { readonly batch: number; readonly inner: number; readonly rows: number },
  x: string,
  weights: string,
  bias: string | null,
): string {
  const { type } = operandOf(call, 0);
  const bounds = new Map(Object.entries({ M: batch, N: rows, K: inner }));
  const einsum = einsumOf("Outputs[m,n] += Inputs[m,k] * Weights[n,k]", bounds, type);
  const wish = { kind: "gemm", einsum, inputs: [x, weights], type, shape: [batch, rows] };
  const sums = addLayer(call, { ...wish, biases: bias === null ? 0 : rows });
  return bias === null ? sums : step(call, "Add", [sums, bias]);
}

/** The parts of an axis of equal length, one for each gate. */
function parts(call: Call, x: string, axis: number, count: number): readonly string[] {
  const stem = call.builder.fresh(`${call.name}.part`);
  const names = Array.from({ length: count }, (_, i) => (i === 0 ? stem : `${stem}:${i}`));
  call.builder.step("Split", [x], names, { axis, num_outputs: count });
  return names;
}

const rnnCell: Cell = (direction, x, { h }) => {
  const sums = step(direction.call, "Add", [x, recurrence(direction, h, direction.r, direction.rBias)]);
  return { h: direction.activate(0, sums), c: null };
};

/** Gates in ONNX' order: update z, reset r, candidate h. */
const gruCell: Cell = (direction, x, { h }) => {
  const { call, r, rBias, activate } = direction;
  const s = (name: string, ...inputs: readonly string[]): string => step(call, name, inputs);
  const [xz = "", xr = "", xh = ""] = parts(call, x, 1, 3);
  const [rz = "", rr = "", rh = ""] = parts(call, r, 0, 3);
  const [bz = null, br = null, bh = null] = rBias === null ? [] : parts(call, rBias, 0, 3);
  const z = activate(0, s("Add", xz, recurrence(direction, h, rz, bz)));
  const reset = activate(0, s("Add", xr, recurrence(direction, h, rr, br)));
  const linear = numberOf(call.attributes, "linear_before_reset", 0) !== 0;
  const inner = linear
    ? s("Mul", reset, recurrence(direction, h, rh, bh))
    : recurrence(direction, s("Mul", reset, h), rh, bh);
  const candidate = activate(1, s("Add", xh, inner));
  const one = known(call, operandOf(call, 0).type, [], [1]);
  return { h: s("Add", s("Mul", s("Sub", one, z), candidate), s("Mul", z, h)), c: null };
};

/** Gates in ONNX' order: input i, output o, forget f, cell c. */
const lstmCell: Cell = (direction, x, { h, c }) => {
  const { call, r, rBias, peepholes, activate } = direction;
  const s = (name: string, ...inputs: readonly string[]): string => step(call, name, inputs);
  const old = c ?? h;
  const [gi = "", go = "", gf = "", gc = ""] = parts(call, s("Add", x, recurrence(direction, h, r, rBias)), 1, 4);
  const [pi, po, pf] = peepholes === null ? [] : parts(call, peepholes, 0, 3);
  const peeped = (gate: string, peephole: string | undefined, cell: string): string =>
    peephole === undefined ? gate : s("Add", gate, s("Mul", peephole, cell));
  const i = activate(0, peeped(gi, pi, old));
  const one = known(call, operandOf(call, 0).type, [], [1]);
  const coupled = numberOf(call.attributes, "input_forget", 0) !== 0;
  const f = coupled ? s("Sub", one, i) : activate(0, peeped(gf, pf, old));
  const cell = s("Add", s("Mul", f, old), s("Mul", i, activate(1, gc)));
  const o = activate(0, peeped(go, po, cell));
  return { h: s("Mul", o, activate(2, cell, false)), c: cell };
};

/** The place of an operand among the inputs of each kind of node. */
interface Kind {
  readonly gates: number;
  readonly activations: readonly string[];
  readonly cell: Cell;
  readonly hasCellState: boolean;
}

/** Slice number d of the first axis. */
function sliceOf(call: Call, name: string, d: number): string {
  const { shape } = call.builder.operand(name);
  const part = step(call, "Slice", [name], { starts: [d], ends: [d + 1], axes: [0] });
  return step(call, "Reshape", [part], { shape: shape.slice(1) });
}

/** Inputs of a node: x, w, r, b, sequence_lens, initial_h, initial_c, p. */
function recurrent({ gates, activations: defaults, cell, hasCellState }: Kind): Lowering {
  return (call) => {
    const layout = numberOf(call.attributes, "layout", 0);
    const swapped = (name: string): string =>
      layout === 0 ? name : step(call, "Transpose", [name], { perm: [1, 0, 2] });
    const x = swapped(inputOf(call, 0));
    const [steps = 1, batch = 1, width = 1] = call.builder.operand(x).shape;
    const [directions = 1, rows = 1] = operandOf(call, 1).shape;
    if (rows % gates !== 0) throw new StepError(`weights of ${rows} rows for ${gates} gates`);
    const hidden = rows / gates;
    const functions = activations(call, defaults, directions);
    const way = wordOf(call.attributes, "direction", "forward");
    const initial = (i: number): string | null => (has(call, i) ? swapped(inputOf(call, i)) : null);
    const [startH, startC] = [initial(5), hasCellState ? initial(6) : null];
    const nothing = known(call, operandOf(call, 0).type, [batch, hidden], Array<number>(batch * hidden).fill(0));
    const runs = Array.from({ length: directions }, (_, d) => {
      const own = (i: number): string | null => (has(call, i) ? sliceOf(call, inputOf(call, i), d) : null);
      const bias = own(3);
      const [wBias = null, rBias = null] = bias === null ? [] : parts(call, bias, 0, 2);
      const flat = step(call, "Reshape", [x], { shape: [steps * batch, width] });
      const projected = affine(
        call,
        { batch: steps * batch, inner: width, rows },
        flat,
        sliceOf(call, inputOf(call, 1), d),
        wBias,
      );
      const inputs = step(call, "Reshape", [projected], { shape: [steps, batch, rows] });
      const activate = (i: number, value: string, clips = true): string =>
        functions[d * defaults.length + i]?.(value, clips) ?? value;
      const direction: Direction = {
        ...{ call, gates, hidden, batch, r: sliceOf(call, inputOf(call, 2), d), rBias, activate },
        peepholes: hasCellState ? own(7) : null,
      };
      const start: State = {
        h: startH === null ? nothing : sliceOf(call, startH, d),
        c: !hasCellState ? null : startC === null ? nothing : sliceOf(call, startC, d),
      };
      const backwards = way === "reverse" || (way === "bidirectional" && d === 1);
      return unrolled(direction, cell, inputs, start, backwards, nothing);
    });
    gather(call, runs, { steps, batch, hidden, layout });
  };
}

interface Unrolled {
  /** The hidden state after each step, in the order of time. */
  readonly outputs: readonly string[];
  readonly last: State;
}

/** Step after step. Beyond a sequence's own length its state stays, and its output is zero. */
function unrolled(
  direction: Direction,
  cell: Cell,
  inputs: string,
  start: State,
  backwards: boolean,
  nothing: string,
): Unrolled {
  const { call, batch } = direction;
  const steps = call.builder.operand(inputs).shape[0] ?? 1;
  const lengths = has(call, 4) ? step(call, "Reshape", [inputOf(call, 4)], { shape: [batch, 1] }) : null;
  const outputs = Array.from({ length: steps }, () => "");
  let state = start;
  for (let i = 0; i < steps; i++) {
    const t = backwards ? steps - 1 - i : i;
    const next = cell(direction, sliceOf(call, inputs, t), state);
    if (lengths === null) {
      state = next;
      outputs[t] = next.h;
      continue;
    }
    const runs = step(call, "Less", [known(call, "int32", [], [t]), lengths]);
    const chosen = (yes: string, no: string): string => step(call, "Where", [runs, yes, no]);
    outputs[t] = chosen(next.h, nothing);
    state = { h: chosen(next.h, state.h), c: next.c === null ? null : chosen(next.c, state.c ?? nothing) };
  }
  return { outputs, last: state };
}

/** Y [steps, directions, batch, hidden], Y_h and Y_c [directions, batch, hidden]; the batch first in layout 1. */
function gather(
  call: Call,
  runs: readonly Unrolled[],
  {
    steps,
    batch,
    hidden,
    layout,
  }: { readonly steps: number; readonly batch: number; readonly hidden: number; readonly layout: number },
): void {
  const directions = runs.length;
  const wants = (i: number): boolean => (call.outputs[i] ?? "") !== "";
  if (wants(0)) {
    const order = Array.from({ length: steps }, (_, t) => runs.map((run) => run.outputs[t] ?? "")).flat();
    const joined = step(call, "Concat", order, { axis: 0 });
    const shaped = { shape: [steps, directions, batch, hidden] };
    if (layout === 0) step(call, "Reshape", [joined], shaped, outputName(call, 0));
    else
      step(call, "Transpose", [step(call, "Reshape", [joined], shaped)], { perm: [2, 0, 1, 3] }, outputName(call, 0));
  }
  const states: readonly ((state: State) => string | null)[] = [({ h }) => h, ({ c }) => c];
  states.forEach((read, i) => {
    if (!wants(i + 1)) return;
    const joined = step(
      call,
      "Concat",
      runs.map((run) => read(run.last) ?? ""),
      { axis: 0 },
    );
    const shaped = { shape: [directions, batch, hidden] };
    if (layout === 0) step(call, "Reshape", [joined], shaped, outputName(call, i + 1));
    else
      step(call, "Transpose", [step(call, "Reshape", [joined], shaped)], { perm: [1, 0, 2] }, outputName(call, i + 1));
  });
}

/** Recurrent networks: their products of matrices as layers, step after step. */
export const recurrentNetworks: Readonly<Record<string, Lowering>> = {
  GRU: recurrent({ gates: 3, activations: ["sigmoid", "tanh"], cell: gruCell, hasCellState: false }),
  LSTM: recurrent({ gates: 4, activations: ["sigmoid", "tanh", "tanh"], cell: lstmCell, hasCellState: true }),
  RNN: recurrent({ gates: 1, activations: ["tanh"], cell: rnnCell, hasCellState: false }),
};
