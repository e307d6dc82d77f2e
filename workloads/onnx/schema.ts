import protobuf from "protobufjs/light.js";

/** Fields of a message: `name: [number, type]`, repeated where the type ends in `[]`. */
type Fields = Readonly<Record<string, readonly [number, string]>>;

/** The part of `onnx.proto` (ONNX 1.17, IR version 10; the schema is common to proto2 and proto3) that inference needs. */
const messages: Readonly<Record<string, Fields>> = {
  ModelProto: {
    irVersion: [1, "int64"],
    producerName: [2, "string"],
    producerVersion: [3, "string"],
    domain: [4, "string"],
    modelVersion: [5, "int64"],
    docString: [6, "string"],
    graph: [7, "GraphProto"],
    opsetImport: [8, "OperatorSetIdProto[]"],
    functions: [25, "FunctionProto[]"],
  },
  OperatorSetIdProto: { domain: [1, "string"], version: [2, "int64"] },
  GraphProto: {
    node: [1, "NodeProto[]"],
    name: [2, "string"],
    initializer: [5, "TensorProto[]"],
    sparseInitializer: [15, "SparseTensorProto[]"],
    docString: [10, "string"],
    input: [11, "ValueInfoProto[]"],
    output: [12, "ValueInfoProto[]"],
    valueInfo: [13, "ValueInfoProto[]"],
  },
  NodeProto: {
    input: [1, "string[]"],
    output: [2, "string[]"],
    name: [3, "string"],
    opType: [4, "string"],
    attribute: [5, "AttributeProto[]"],
    docString: [6, "string"],
    domain: [7, "string"],
    overload: [8, "string"],
  },
  AttributeProto: {
    name: [1, "string"],
    f: [2, "float"],
    i: [3, "int64"],
    s: [4, "bytes"],
    t: [5, "TensorProto"],
    g: [6, "GraphProto"],
    floats: [7, "float[]"],
    ints: [8, "int64[]"],
    strings: [9, "bytes[]"],
    tensors: [10, "TensorProto[]"],
    graphs: [11, "GraphProto[]"],
    type: [20, "int32"],
    refAttrName: [21, "string"],
  },
  ValueInfoProto: { name: [1, "string"], type: [2, "TypeProto"] },
  TypeProto: {
    tensorType: [1, "TensorTypeProto"],
    sequenceType: [4, "NestedTypeProto"],
    mapType: [5, "NestedTypeProto"],
    sparseTensorType: [8, "TensorTypeProto"],
    optionalType: [9, "NestedTypeProto"],
  },
  TensorTypeProto: { elemType: [1, "int32"], shape: [2, "TensorShapeProto"] },
  NestedTypeProto: {},
  TensorShapeProto: { dim: [1, "DimensionProto[]"] },
  DimensionProto: { dimValue: [1, "int64"], dimParam: [2, "string"] },
  TensorProto: {
    dims: [1, "int64[]"],
    dataType: [2, "int32"],
    floatData: [4, "float[]"],
    int32Data: [5, "int32[]"],
    stringData: [6, "bytes[]"],
    int64Data: [7, "int64[]"],
    name: [8, "string"],
    rawData: [9, "bytes"],
    doubleData: [10, "double[]"],
    uint64Data: [11, "uint64[]"],
    dataLocation: [14, "int32"],
  },
  SparseTensorProto: { values: [1, "TensorProto"], indices: [2, "TensorProto"], dims: [3, "int64[]"] },
  FunctionProto: {
    name: [1, "string"],
    input: [4, "string[]"],
    output: [5, "string[]"],
    attribute: [6, "string[]"],
    node: [7, "NodeProto[]"],
    opsetImport: [9, "OperatorSetIdProto[]"],
    domain: [10, "string"],
    attributeProto: [11, "AttributeProto[]"],
  },
};

const PACKED: ReadonlySet<string> = new Set(["floatData", "int32Data", "int64Data", "doubleData", "uint64Data"]);

function described(name: string, [id, type]: readonly [number, string]): protobuf.IField & { rule?: string } {
  const repeated = type.endsWith("[]");
  return {
    ...{ id, type: type.replace("[]", "") },
    ...(repeated ? { rule: "repeated", options: { packed: PACKED.has(name) } } : {}),
  };
}

const nested = Object.fromEntries(
  Object.entries(messages).map(([message, fields]) => [
    message,
    { fields: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, described(name, field)])) },
  ]),
);

const root = protobuf.Root.fromJSON({ nested: { onnx: { nested } } });

/** A message type of ONNX' files, by its name there. */
export const messageType = (name: "ModelProto" | "TensorProto"): protobuf.Type => root.lookupType(`onnx.${name}`);
