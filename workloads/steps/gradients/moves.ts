import { type Call, numbered, outputOf, type Pull, wantedOf } from "./call.js";

/** The outputs that one step gives: those that some gradient comes back from. */
const wantedOutputs = (call: Call): readonly number[] =>
  call.upstream.flatMap((slopes, output) => (slopes === undefined ? [] : [output]));

const shown = (call: Call, values: Float64Array): ReadonlyMap<number, Float64Array> => new Map([[call.wanted, values]]);

/**
 * Steps that only move words, or copy or drop them: run on words that are numbers of themselves, they tell where each came from; words of other
 * operands are the same when all numbers are 0. Every gradient goes back there, those of copies added up.
 */
const moved: Pull = (call) => {
  const { length } = wantedOf(call).values;
  const gradient = new Float64Array(length);
  for (const output of wantedOutputs(call)) {
    const nothing = outputOf(call, shown(call, new Float64Array(length)), output);
    const places = outputOf(call, shown(call, numbered(length)), output);
    call.upstream[output]?.forEach((g, i) => {
      const place = (places[i] ?? 0) - (nothing[i] ?? 0) - 1;
      if (place >= 0) gradient[place] = (gradient[place] ?? 0) + g;
    });
  }
  return gradient;
};

/** Steps that are linear in the operand: how much every output word takes of a word shows when that alone is 1. */
const mixed: Pull = (call) => {
  const { length } = wantedOf(call).values;
  const gradient = new Float64Array(length);
  const probe = new Float64Array(length);
  for (const output of wantedOutputs(call)) {
    const upstream = call.upstream[output] ?? probe;
    const nothing = outputOf(call, shown(call, probe), output);
    for (let word = 0; word < length; word++) {
      probe[word] = 1;
      const found = outputOf(call, shown(call, probe), output);
      probe[word] = 0;
      let slope = 0;
      for (let i = 0; i < found.length; i++) slope += ((found[i] ?? 0) - (nothing[i] ?? 0)) * (upstream[i] ?? 0);
      gradient[word] = (gradient[word] ?? 0) + slope;
    }
  }
  return gradient;
};

/** Nearest words are moved, others mixed. */
const resize: Pull = (call) => ((call.attributes["mode"] ?? "nearest") === "nearest" ? moved(call) : mixed(call));

/** The words pass, whatever their type. */
const passed: Pull = (call) => Float64Array.from(call.upstream[0] ?? new Float64Array(wantedOf(call).values.length));

const movers = [
  ...["Concat", "DepthToSpace", "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "Pad"],
  ...["CenterCropPad", "Compress", "MaxUnpool", "Reshape", "ReverseSequence", "Slice", "SpaceToDepth", "Split"],
  ...["Squeeze", "Tile", "Transpose", "Trilu", "Unsqueeze"],
];

export const moves: Readonly<Record<string, Pull>> = {
  ...Object.fromEntries(movers.map((name) => [name, moved])),
  Cast: passed,
  CastLike: passed,
  Col2Im: mixed,
  CumSum: mixed,
  Dropout: passed,
  Resize: resize,
};
