/** The convolution that Timeloop's exercises keep in `problem_base.yaml`, which their layer shapes include. */
export const PROBLEM_BASE = `problem_base: &problem_base
  version: 0.4
  shape:
    name: CNN_Layer
    dimensions: [C, M, R, S, N, P, Q]
    coefficients:
    - {name: Wstride, default: 1}
    - {name: Hstride, default: 1}
    - {name: Wdilation, default: 1}
    - {name: Hdilation, default: 1}
    data_spaces:
    - {name: Weights, projection: [[[C]], [[M]], [[R]], [[S]]]}
    - {name: Inputs, projection: [[[N]], [[C]], [[R, Wdilation], [P, Wstride]], [[S, Hdilation], [Q, Hstride]]]}
    - {name: Outputs, projection: [[[N]], [[M]], [[Q]], [[P]]], read_write: true}
  instance: {C: 1, M: 1, R: 1, S: 1, N: 1, P: 1, Q: 1}`;

/** The same with groups: tensors of all groups side by side. */
const GROUPED = `shape:
    name: Grouped_CNN_Layer
    dimensions: [C, M, R, S, N, P, Q, G]
    coefficients:
    - {name: Wstride, default: 1}
    - {name: Hstride, default: 1}
    - {name: Wdilation, default: 1}
    - {name: Hdilation, default: 1}
    data_spaces:
    - {name: Weights, projection: [[[G]], [[C]], [[M]], [[R]], [[S]]]}
    - {name: Inputs, projection: [[[G]], [[N]], [[C]], [[R, Wdilation], [P, Wstride]], [[S, Hdilation], [Q, Hstride]]]}
    - {name: Outputs, projection: [[[G]], [[N]], [[M]], [[Q]], [[P]]], read_write: true}`;

const GEMM = `shape:
    name: GEMM
    dimensions: [M, N, K]
    data_spaces:
    - {name: A, projection: [[[M]], [[K]]]}
    - {name: B, projection: [[[K]], [[N]]]}
    - {name: Z, projection: [[[M]], [[N]]], read_write: true}`;

const CONV_1D = `shape:
    name: Conv1D
    dimensions: [R, P]
    data_spaces:
    - {name: Weights, projection: [[[R]]]}
    - {name: Inputs, projection: [[[R], [P]]]}
    - {name: Outputs, projection: [[[P]]], read_write: true}`;

/** Shapes that `shape: NAME` may call, as YAML texts with a key `shape` somewhere inside. */
export const SHAPES: ReadonlyMap<string, string> = new Map([
  ["cnn-layer", PROBLEM_BASE],
  ["grouped-cnn-layer", GROUPED],
  ["gemm", GEMM],
  ["conv1d", CONV_1D],
]);
