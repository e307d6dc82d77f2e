import type { Diagnostic, Location } from "../../base/index.js";

// Every problem with an ONNX file, as a diagnostic.

const whole = (file: string): Location => ({ file, path: "" });

export const notAModel = (file: string): Diagnostic => ({
  code: "onnx/not-a-model",
  message: "this is no ONNX model: its bytes are not those of a ModelProto with a graph",
  at: whole(file),
  hint: "was it downloaded completely, or is it a Git LFS pointer?",
});

export const notATensor = (file: string, reason: string): Diagnostic => ({
  code: "onnx/not-a-tensor",
  message: `this tensor cannot be read: ${reason}`,
  at: whole(file),
  hint: "expected is a TensorProto with its values inside, as in input_0.pb of ONNX' test-suite",
});

export const notRun = (at: Location, operator: string, reason: string): Diagnostic => ({
  code: "onnx/operator-refused",
  message: `the operator ${operator} cannot be run: ${reason}`,
  at,
  hint: "docs/onnx.md lists the operators that can, and why others cannot",
});

export const badNode = (at: Location, operator: string, reason: string): Diagnostic => ({
  code: "onnx/node",
  message: `${operator}: ${reason}`,
  at,
  hint: "compare the node with the operator's text in ONNX' documentation",
});

export const missingTensor = (at: Location, name: string): Diagnostic => ({
  code: "onnx/missing-tensor",
  message: `there is no tensor ${JSON.stringify(name)} at this point`,
  at,
  hint: "nodes must stand in the order in which they run, and read inputs, initializers or outputs of earlier nodes",
});

export const notATensorType = (at: Location, name: string, kind: string): Diagnostic => ({
  code: "onnx/operator-refused",
  message: `${name} is a ${kind}; only tensors of numbers can be run`,
  at,
  hint: "docs/onnx.md tells what is outside of the product",
});

export const openShape = (at: Location, name: string, shape: string): Diagnostic => ({
  code: "onnx/open-shape",
  message: `the shape of the input ${name} is not fixed: ${shape}`,
  at,
  hint: "give inputs with --inputs DIR, or fix the shape in the model; an open first extent (the batch) is taken as 1",
});

export const badConstant = (at: Location, name: string, reason: string): Diagnostic => ({
  code: "onnx/initializer",
  message: `the tensor ${JSON.stringify(name)} cannot be read: ${reason}`,
  at,
});

export const noLayers = (file: string): Diagnostic => ({
  code: "onnx/no-layers",
  message: "this model has no layer that an accelerator could run (no convolution, product of matrices or pooling)",
  at: whole(file),
  hint: "its steps alone can be run as a case: loopwright simulate --suite DIR",
});

export const noValue = (at: Location, name: string): Diagnostic => ({
  code: "onnx/no-value",
  message: `there is no value for the input ${JSON.stringify(name)}`,
  at,
  hint: "inputs are read from input_0.pb, input_1.pb, … in the order of the model's",
});
