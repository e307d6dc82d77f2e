import { expect } from "chai";
import fc from "fast-check";
import { format } from "../../base/index.js";
import { macsOf, parseWorkload, typeName, type Workload } from "../../workloads/index.js";

function read(text: string): Workload {
  const result = parseWorkload(text, "net.yaml");
  if (!result.ok) throw new Error(result.errors.map(format).join("\n"));
  return result.value;
}
function problems(text: string): string[] {
  const result = parseWorkload(text, "net.yaml");
  return result.ok ? [] : result.errors.map((error) => format(error).replace(/\n {2}at .*/, ""));
}

const FIRST_KINDS =
  "conv, conv1d, conv3d, fc, depthwise, deconv, deconv1d, deconv3d, gemm, add-bias, matmul, attention-scores, attention-context, max-pool, max-pool1d, max-pool3d, average-pool, average-pool1d, average-pool3d";

describe("layers files", () => {
  it("hold convolutions, products and Einsums", () => {
    const { name, layers } = read(`
source: test
defaults: {conv: {N: 2, R: 3, S: 3}, bias: true}
layers:
  - {name: a, conv: {M: 4, C: 3, H: 8, W: 8}, padding: free}
  - {name: b, conv: {N: 1, M: 4, C: 4, P: 6, Q: 6, Z: 1}, repeat: 3, types: int8}
  - {name: c, gemm: {M: 2, N: 5, K: 7}, norm: batch, types: {Inputs: float32}}
  - name: d
    bias: false
    einsum: O[n,m,p,q] += I[n,c,U*p+D*r-Z,U*q+D*s-Z] * F[m,c,r,s]
    bounds: {N: 1, M: 2, C: 3, P: 4, Q: 4, R: 3, S: 3}
    constants: {U: 2, D: 1, Z: 1}
    shapes: {I: [1, 3, 8, 8]}
`);
    expect(name).to.equal("net");
    const [a, b, c, d] = layers;
    expect(
      layers.map((layer) => [layer.name, layer.kind, layer.repeat, layer.biases ?? 0, layer.einsum.padding]),
    ).to.deep.equal([
      ["a", "conv", 1, 4, "free"],
      ["b", "conv", 3, 4, "counted"],
      ["c", "gemm", 1, 15, "counted"],
      ["d", "einsum", 1, 0, "counted"],
    ]);
    expect(a?.einsum.bounds[0]).to.equal(2);
    expect(b?.einsum.bounds[0]).to.equal(1);
    expect(b?.einsum.tensors.map((tensor) => typeName(tensor.type))).to.deep.equal(["int8", "int8", "int32"]);
    expect(c?.einsum.tensors.map((tensor) => typeName(tensor.type))).to.deep.equal(["float32", "int16", "float32"]);
    expect(d?.einsum.tensors[0]?.shape).to.deep.equal([1, 3, 8, 8]);
    expect(macsOf(d?.einsum ?? fail())).to.equal(2 * 3 * 16 * 9);
  });
  it("tell every mistake with its line", () => {
    const found = problems(`name: x
layer: []
defaults: {conv: {Stride: 2}, colour: red}
layers:
  - {name: a, conv: {M: 4, C: 0, H: 8, W: 8, R: 3, S: 30, Wstrde: 2}}
  - {name: a, conv: {M: 4, C: 3, H: 8, W: 8, R: 3, S: 3}, repeats: 2}
  - {conv: {M: 4, C: 3, H: 8, W: 8, R: 3, S: 3}, gemm: {M: 1, N: 1, K: 1}}
  - {name: e, einsum: "O[m] += A[m,k", bounds: {M: 4}}
  - {name: f, einsum: "O[m] += A[m,k]", bounds: {M: 4, L: 3}, types: int9, padding: none}
`);
    expect(found).to.deep.equal([
      'net.yaml:2:1: unknown key "layer" [workload/unknown-key]\n  hint: did you mean "layers"?',
      'net.yaml:3:19: unknown key "Stride" [workload/unknown-key]\n  hint: did you mean "stride"?',
      `net.yaml:3:31: unknown key "colour" [workload/unknown-key]\n  hint: expected one of: padding, types, bias, norm, repeat, ${FIRST_KINDS}, …`,
      "net.yaml:5:31: C must be a positive whole number, got 0 [workload/not-positive-whole]",
      "net.yaml:5:55: the filter is larger than its padded input: S=30 reaches over 30, W=8 with padding has 8 [workload/filter-too-large]\n  hint: add padding, use a smaller filter or dilation, or a larger input",
      'net.yaml:5:59: unknown key "Wstrde" [workload/unknown-key]\n  hint: did you mean "Wstride"?',
      'net.yaml:6:12: two layers are named "a" [workload/layer-twice]\n  hint: give each layer its own name; use repeat for equal ones',
      'net.yaml:6:59: unknown key "repeats" [workload/unknown-key]\n  hint: did you mean "repeat"?',
      `net.yaml:7:5: this layer says several things: conv, gemm [workload/one-kind]\n  hint: give exactly one of: ${FIRST_KINDS}, lp-pool, global-max-pool, global-average-pool, global-lp-pool, add, …`,
      "net.yaml:7:5: a layer needs name [workload/key-missing]",
      'net.yaml:8:36: expected "]", found the end, at character 14 of "O[m] += A[m,k" [workload/einsum-syntax]\n  hint: an Einsum reads like O[m,n] += A[m,k] * B[k,n]',
      "net.yaml:9:23: the bound K is missing [workload/bound-missing]\n  hint: L given and not used: rename one?",
      "net.yaml:9:59: L is given but nothing uses it [workload/bound-unused]\n  hint: expected one of: M, K",
      'net.yaml:9:70: a type must be one of int8, int16, int32, uint8, uint16, float16, float32, float64, found the text "int9" [workload/wrong-value]\n  hint: did you mean "int8"?',
      'net.yaml:9:85: padding must be one of counted, free, found the text "none" [workload/wrong-value]',
    ]);
  });
  it("tell values of the wrong kind", () => {
    const found = problems(`
name: [x]
notes: {a: b}
defaults: {conv: 3, bias: true}
layers:
  - 7
  - {name: b, conv: 3}
  - {name: c, conv: {M: {}, C: 1, H: 3, W: 3, R: 1, S: 1}, bias: 2, norm: big}
  - {name: d, gemm: {M: 1, N: 1, K: 1}, repeat: 0}
  - {name: e, einsum: 3}
  - {name: f, einsum: "O[m] += A[m]", bounds: [], shapes: 3}
  - {name: g, einsum: "O[m] += A[m]", bounds: {M: x}, shapes: {A: [0]}}
  - {name: h, gemm: {M: 1, N: 1, K: 1}, bounds: {M: 1}}
`).map((text) => text.split("\n")[0]?.replace(/^net.yaml:/, ""));
    expect(found).to.deep.equal([
      "2:7: name must be text, found a list [workload/wrong-value]",
      "3:8: a note must be text, found a mapping of keys [workload/wrong-value]",
      "4:18: conv must be a mapping of keys, found 3 [workload/wrong-value]",
      "6:5: a layer must be a mapping of keys, found 7 [workload/wrong-value]",
      "7:21: conv must be a mapping of keys, found 3 [workload/wrong-value]",
      "8:21: conv needs M [workload/key-missing]",
      "8:25: M must be a number, found a mapping of keys [workload/wrong-value]",
      "8:66: bias must be true or false, found 2 [workload/wrong-value]",
      '8:75: norm must be one of batch, layer, none, found the text "big" [workload/wrong-value]',
      "9:49: repeat must be a positive whole number, got 0 [workload/not-positive-whole]",
      "10:23: einsum must be text such as O[m,n] += A[m,k] * B[k,n], found 3 [workload/wrong-value]",
      "11:23: the bound M is missing [workload/bound-missing]",
      "11:47: bounds must be a mapping of names to whole numbers, found a list [workload/wrong-value]",
      "11:59: shapes must be a mapping of tensors to lists, found 3 [workload/wrong-value]",
      "12:23: the bound M is missing [workload/bound-missing]",
      '12:51: M must be a whole number, found the text "x" [workload/wrong-value]',
      "12:67: the shape of A must be a list of positive whole numbers, found a list [workload/wrong-value]",
      '13:41: unknown key "bounds" [workload/unknown-key]',
    ]);
  });
  it("refuse what is no workload", () => {
    expect(problems("")[0]).to.contain("the file is empty");
    expect(problems("- 1")[0]).to.contain("a workload must be a mapping");
    expect(problems("layers: []")[0]).to.contain("found an empty list");
    expect(problems("name: x")[0]).to.contain("a workload needs layers");
    expect(problems("layers: [\u0000]")[0]).to.contain("binary");
    expect(problems("layers: {a")[0]).to.contain("[yaml/syntax]");
  });
  it("never throw, whatever the text", () => {
    const value = fc.constantFrom(
      "{}",
      "[]",
      "4",
      "-1",
      "x",
      "~",
      "{M: 4, N: 4, K: 4}",
      "O[m] += A[m]",
      "[{name: a}]",
      "&a [*a]",
      "!!x 1",
    );
    const key = fc.constantFrom(
      "name",
      "layers",
      "defaults",
      "conv",
      "gemm",
      "einsum",
      "bounds",
      "types",
      "repeat",
      "shapes",
      "bias",
      "padding",
    );
    const entry = fc
      .tuple(fc.nat(3), key, value)
      .map(([depth, k, v]) => `${"  ".repeat(depth)}${depth > 0 ? "- " : ""}${k}: ${v}`);
    const text = fc.oneof(
      fc.string(),
      fc.array(entry, { maxLength: 8 }).map((lines) => lines.join("\n")),
    );
    fc.assert(
      fc.property(text, (source) => typeof parseWorkload(source, "x.yaml").ok === "boolean"),
      { numRuns: 1500 },
    );
  });
});

function fail(): never {
  throw new Error("unreachable");
}
