// What the messages of an ONNX file look like once they are read: fields that are absent in the file are absent here (lists are empty).

export interface ModelProto {
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly graph?: GraphProto;
  readonly opsetImport: readonly OperatorSetIdProto[];
  readonly functions: readonly FunctionProto[];
}
export interface OperatorSetIdProto {
  readonly domain?: string;
  readonly version?: number;
}
export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly name?: string;
  readonly initializer: readonly TensorProto[];
  readonly sparseInitializer: readonly unknown[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly valueInfo: readonly ValueInfoProto[];
}
export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly domain?: string;
  readonly attribute: readonly AttributeProto[];
}
export interface AttributeProto {
  readonly name?: string;
  /** 1 float, 2 int, 3 string, 4 tensor, 5 graph, 6 floats, 7 ints, 8 strings; absent in old files. */
  readonly type?: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly Uint8Array[];
  /** In a function: the attribute of the function that is to stand here. */
  readonly refAttrName?: string;
}
export interface ValueInfoProto {
  readonly name?: string;
  readonly type?: TypeProto;
}
export interface TypeProto {
  readonly tensorType?: TensorTypeProto;
  readonly sequenceType?: unknown;
  readonly mapType?: unknown;
  readonly sparseTensorType?: unknown;
  readonly optionalType?: unknown;
}
export interface TensorTypeProto {
  readonly elemType?: number;
  readonly shape?: { readonly dim: readonly { readonly dimValue?: number; readonly dimParam?: string }[] };
}
export interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType?: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly number[];
  readonly uint64Data: readonly number[];
  readonly doubleData: readonly number[];
  readonly rawData?: Uint8Array;
  readonly name?: string;
  /** 1: the values lie in another file. */
  readonly dataLocation?: number;
}
export interface FunctionProto {
  readonly name?: string;
  readonly domain?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly string[];
  readonly attributeProto: readonly AttributeProto[];
  readonly node: readonly NodeProto[];
  readonly opsetImport: readonly OperatorSetIdProto[];
}
