import type { Attributes, Known } from "../../graph/types.js";
import { numberOf, numbersOf, StepError, wordOf } from "../../steps/step.js";
import { foreignTypeName, valueTypeOf } from "../tensors.js";
import { type Call, has, inputOf, type Lowering, operandOf } from "./call.js";

/** Adds the step of the node, with these attributes. */
function stepped(call: Call, name: string, attributes: Attributes, inputs: readonly string[] = call.inputs): void {
  call.builder.step(name, inputs, call.outputs, attributes);
}

/** The type that an attribute names by number. */
function typeNamed(call: Call, attribute: string): Attributes {
  const number = call.attributes[attribute];
  if (typeof number !== "number" || number === 0) return {};
  const type = valueTypeOf(number);
  if (type === undefined) throw new StepError(`values of type ${foreignTypeName(number)} are outside of the product`);
  return { type };
}

const typedBy =
  (name: string, attribute: string): Lowering =>
  (call) =>
    stepped(call, name, { ...call.attributes, ...typeNamed(call, attribute) });

/** Until operator set 12 these ran over all axes from one on (by default 1), as if they were one. */
const overAxes =
  (name: string): Lowering =>
  (call) =>
    stepped(call, name, call.opset < 13 ? { axis: 1, ...call.attributes, flatten: 1 } : call.attributes);

/** A constant is given by one of several attributes. */
const constant: Lowering = (call) => {
  const { value_float: float, value_int: int, value_floats: floats, value_ints: ints } = call.attributes;
  const tensor = (type: Known["type"], shape: readonly number[], numbers: readonly number[]): Known => ({
    ...{ type, shape },
    values: type === "float32" ? Float32Array.from(numbers) : Float64Array.from(numbers),
  });
  const list = (values: Attributes[string]): readonly number[] => (Array.isArray(values) ? values.map(Number) : []);
  if (typeof float === "number") stepped(call, "Constant", { value: tensor("float32", [], [float]) });
  else if (typeof int === "number") stepped(call, "Constant", { value: tensor("int64", [], [int]) });
  else if (floats !== undefined)
    stepped(call, "Constant", { value: tensor("float32", [list(floats).length], list(floats)) });
  else if (ints !== undefined) stepped(call, "Constant", { value: tensor("int64", [list(ints).length], list(ints)) });
  else stepped(call, "Constant", call.attributes);
};

/** Into as many parts as the node has outputs, where nothing else is said. */
const split: Lowering = (call) => stepped(call, "Split", { ...call.attributes, outputs: call.outputs.length });

/** Before operator set 11: scales alone, coordinates not centred, the nearest word below. */
const OLD_RESIZE: Attributes = { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };

const resize: Lowering = (call) => {
  if (call.opset >= 11) stepped(call, "Resize", call.attributes);
  else stepped(call, "Resize", { ...call.attributes, ...OLD_RESIZE }, [inputOf(call, 0), "", inputOf(call, 1)]);
};

const upsample: Lowering = (call) => {
  const scales = has(call, 1) ? inputOf(call, 1) : "";
  const given = numbersOf(call.attributes, "scales");
  const mode = wordOf(call.attributes, "mode", "nearest").replace("bilinear", "linear");
  const attributes = { ...OLD_RESIZE, mode, ...(given === undefined ? {} : { scales: given }) };
  stepped(call, "Resize", attributes, [inputOf(call, 0), "", scales]);
};

/** The ratio was an attribute until operator set 11; until 9 the mask had the type of the words. */
const dropout: Lowering = (call) => {
  if (call.opset >= 12) stepped(call, "Dropout", call.attributes);
  else stepped(call, "Dropout", call.opset < 10 ? { type: operandOf(call, 0).type } : {}, [inputOf(call, 0)]);
};

/** Until operator set 6 statistics of the batch were used unless the node said `is_test`. */
const batchNormalization: Lowering = (call) => {
  if (numberOf(call.attributes, "spatial", 1) === 0)
    throw new StepError("normalisation by position (spatial = 0) was taken out of ONNX and is not run");
  stepped(call, "BatchNormalization", call.attributes);
};

/** Operators whose attributes differ from version to version, or from those of the step that runs them. */
export const adapted: Readonly<Record<string, Lowering>> = {
  BatchNormalization: batchNormalization,
  Cast: typedBy("Cast", "to"),
  Constant: constant,
  Dropout: dropout,
  EyeLike: typedBy("EyeLike", "dtype"),
  Hardmax: overAxes("Hardmax"),
  LogSoftmax: overAxes("LogSoftmax"),
  QuantizeLinear: typedBy("QuantizeLinear", "output_dtype"),
  Resize: resize,
  Softmax: overAxes("Softmax"),
  Split: split,
  Upsample: upsample,
};
