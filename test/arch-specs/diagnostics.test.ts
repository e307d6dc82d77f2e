import { expect } from "chai";
import fc from "fast-check";
import { parseArchitecture } from "../../arch-specs/index.js";
import { format } from "../../base/index.js";

/** What is said about a file: `line:column: message [code]`, with the hint where there is one. */
function said(text: string, settings: Readonly<Record<string, string>> = {}): readonly string[] {
  const read = parseArchitecture(text, "a.yaml", new Map(Object.entries(settings)));
  return read.ok ? [] : read.errors.map((error) => format(error).replaceAll(/\n {2}at .*/g, ""));
}
/** What is said about one level between a DRAM and a compute. */
const saidOf = (level: string): readonly string[] =>
  said(`levels:\n  - storage: DRAM\n  - ${level}\n  - compute: MAC\n`);

describe("arch-specs: what is said about mistakes", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "a misspelt key",
      "{storage: GLB, capcity: 64 KiB}",
      'a.yaml:3:20: "GLB" has no key "capcity" [arch/unknown-key]\n  hint: did you mean "capacity"?',
    ],
    [
      "a systolic array that keeps what it adds up",
      "{fanout: PEs, x: 4, y: 4, reduction: {y: [Outputs]}, systolic: {drain: none}}",
      'a.yaml:3:76: "PEs" adds partial sums up along y, yet does not drain them through the columns [arch/contradiction]\n  hint: write drain: columns, or reduction: none',
    ],
    [
      "a systolic array that drains somewhere",
      "{fanout: PEs, x: 4, systolic: {drain: rows}}",
      'a.yaml:3:43: drain of the systolic array "PEs" cannot be rows [arch/not-one-of]\n  hint: expected one of: columns, none',
    ],
    [
      "a capacity in MHz",
      "{storage: GLB, capacity: 64 MHz}",
      'a.yaml:3:30: capacity of "GLB" is given in the wrong unit: 1/s [arch/wrong-unit]\n  hint: write 65536, 64 KiB or 1024 word',
    ],
    [
      "an unknown unit",
      "{storage: GLB, capacity: 64 KiBs}",
      'a.yaml:3:30: capacity of "GLB": "KiBs" is neither a variable nor a unit [arch/unknown-name]\n  hint: did you mean "KiB"?',
    ],
    [
      "a negative capacity",
      "{storage: GLB, capacity: -1}",
      'a.yaml:3:30: capacity of "GLB" must be a whole number, 1 or more, below 2^53, of words, got -1 [arch/out-of-range]\n  hint: write 65536, 64 KiB or 1024 word',
    ],
    [
      "a capacity below a word",
      "{storage: GLB, capacity: 4 bit}",
      'a.yaml:3:30: capacity of "GLB" must be a whole number, 1 or more, below 2^53, of words, got 0 [arch/out-of-range]\n  hint: write 65536, 64 KiB or 1024 word',
    ],
    [
      "a huge capacity",
      "{storage: GLB, capacity: 1e300}",
      'a.yaml:3:30: capacity of "GLB" must be a whole number, 1 or more, below 2^53, of words, got 1e+300 [arch/out-of-range]\n  hint: write 65536, 64 KiB or 1024 word',
    ],
    [
      "a number that is none",
      "{storage: GLB, block: .nan}",
      'a.yaml:3:27: block of "GLB" must be a whole number, 1 or more, below 2^53, of words, got NaN [arch/out-of-range]\n  hint: write 1, 4 word or 64 bit',
    ],
    [
      "a fan-out without a size",
      "fanout: PEs",
      'a.yaml:3:5: the size of "PEs" is missing [arch/missing]\n  hint: add x: 14 or y: 12, or both',
    ],
    [
      "half an instance",
      "{fanout: PEs, x: 1.5}",
      'a.yaml:3:22: x of "PEs" must be a whole number, 1 or more, below 2^53, got 1.5 [arch/out-of-range]\n  hint: write 12',
    ],
    [
      "a memory of less than nothing, once",
      "{storage: GLB, class: sram, technology: 45 nm, capacity: -4}",
      'a.yaml:3:62: capacity of "GLB" must be a whole number, 1 or more, below 2^53, of words, got -4 [arch/out-of-range]\n  hint: write 65536, 64 KiB or 1024 word',
    ],
    [
      "a memory without a port",
      "{storage: GLB, ports: 0}",
      'a.yaml:3:27: ports of "GLB" must be a whole number, 1 or more, below 2^53, got 0 [arch/out-of-range]\n  hint: write 1',
    ],
    [
      "too many instances",
      "{fanout: PEs, x: 2^40, y: 2^40}",
      'a.yaml:3:5: the number of instances below "PEs" must be below 2^53, got 1.2089258196146292e+24 [arch/out-of-range]\n  hint: write smaller x and y',
    ],
    [
      "a policy that does not exist",
      "{storage: GLB, reuse: overlaps}",
      'a.yaml:3:27: reuse of "GLB" cannot be overlaps [arch/not-one-of]\n  hint: did you mean "overlap"?',
    ],
    [
      "a rate by the second without a clock",
      "{storage: GLB, bandwidth: 1 GB/s}",
      'a.yaml:3:31: bandwidth of "GLB" is given per second, but the file gives no clock [arch/needs-clock]\n  hint: add `clock: 200 MHz` at the top, or give it per cycle',
    ],
    [
      "keeping and bypassing",
      "{storage: GLB, keeps: [Weights], bypasses: [Weights]}",
      'a.yaml:3:48: "GLB" both keeps and bypasses Weights [arch/contradiction]\n  hint: leave out one of them',
    ],
    [
      "keeping without room",
      "{storage: GLB, capacity: {Inputs: 4}, keeps: [Weights]}",
      'a.yaml:3:30: "GLB" keeps Weights, but its capacity has no part for it [arch/contradiction]\n  hint: add Weights: …',
    ],
    [
      "two levels of one name",
      "storage: DRAM",
      'a.yaml:3:14: two levels are named "DRAM" (line 2) [arch/duplicate-name]\n  hint: give each its own name',
    ],
    [
      "a misspelt kind",
      "storag: GLB",
      'a.yaml:3:5: a level without storage, fanout or compute has no key "storag" [arch/unknown-key]\n  hint: did you mean "storage"?',
    ],
    [
      "two kinds at once",
      "{storage: GLB, fanout: PEs}",
      'a.yaml:3:5: a level has exactly one of the keys "storage", "fanout", "compute"; this one has "storage", "fanout" [arch/level-kind]\n  hint: for example `- storage: GLB`',
    ],
    [
      "compute before the end",
      "compute: ALU",
      'a.yaml:3:14: the compute "ALU" is not the last level [arch/order]\n  hint: compute stands once, at the end of the list',
    ],
    [
      "wrong instances",
      "{storage: GLB, instances: 3}",
      'a.yaml:3:31: "GLB" says 3 instances, but the fan-outs above it make 1 [arch/contradiction]\n  hint: correct the fan-outs\' x and y, or leave out instances',
    ],
    [
      "a function definition",
      '{storage: GLB, capacity: "f(x) = x"}',
      'a.yaml:3:30: capacity of "GLB": a definition of a function cannot be used in an expression [arch/expression]\n  hint: an expression has numbers, units, variables, + - * / % ^ and min, max, ceil, floor, round, abs, sqrt, log2',
    ],
    [
      "an import",
      "{storage: GLB, capacity: \"import('fs')\"}",
      'a.yaml:3:30: capacity of "GLB": text in quotes cannot be used in an expression [arch/expression]\n  hint: an expression has numbers, units, variables, + - * / % ^ and min, max, ceil, floor, round, abs, sqrt, log2',
    ],
    [
      "apples and pears",
      "{storage: GLB, capacity: 1 KiB + 1 pJ}",
      'a.yaml:3:30: capacity of "GLB" adds or compares bit with pJ [arch/wrong-unit]\n  hint: both sides need the same unit',
    ],
    [
      "a number for a name",
      "storage: 12",
      "a.yaml:3:14: the name of a storage level must be a name, got 12 [arch/bad-name]\n  hint: a name is one word: letters, digits and _ . - / @ +, with a letter or _ first",
    ],
    [
      "an energy that is no mapping",
      "{storage: GLB, energy: 6 pJ}",
      'a.yaml:3:28: energy of "GLB" must be a mapping such as {read: 6 pJ}, got the text "6 pJ" [arch/wrong-kind]',
    ],
  ];
  for (const [name, level, expected] of cases)
    it(name, () => {
      expect(saidOf(level)).to.deep.equal([expected]);
    });

  it("levels, storage and compute that are missing", () => {
    expect(said("name: x\n")).to.deep.equal([
      "a.yaml:1:1: levels is missing [arch/missing]\n  hint: list the levels, outermost first, ending in compute",
    ]);
    expect(said("levels:\n  - {fanout: PEs, x: 4}\n").map((line) => line.split("\n")[0])).to.deep.equal([
      "a.yaml:2:3: there is no storage [arch/order]",
      "a.yaml:2:3: there is no compute [arch/order]",
    ]);
    expect(said("levels:\n  - {fanout: F, x: 4}\n  - storage: D\n  - compute: M\n")).to.deep.equal([
      'a.yaml:2:14: the outermost level must be a storage, got the fanout "F" [arch/order]\n  hint: put a storage above it, such as `- storage: DRAM`',
    ]);
  });

  it("variables and settings", () => {
    const levels = "levels:\n  - storage: D\n  - compute: M\n";
    expect(said(`variables: {a: b + 1, b: a}\n${levels}`)).to.deep.equal([
      "a.yaml:1:16: variables refer to each other in a circle: a → b → a [arch/circular]",
    ]);
    expect(said(`variables: {rows: 4}\n${levels}`, { row: "8" })).to.deep.equal([
      '--set row=8: there is no variable "row" to set [arch/unknown-variable]\n  hint: did you mean "rows"?',
    ]);
    expect(said(`variables: {rows: 4}\n${levels}`, { rows: "8 +" })[0]).to.match(
      /^--set rows=8 \+: variable "rows" cannot be read as an expression: .* \[arch\/expression\]$/,
    );
    expect(said(`variables: {pJ: 4}\n${levels}`)[0]).to.match(/^a.yaml:1:13: "pJ" cannot be the name of a variable/);
  });

  it("all at once, down the file", () => {
    const text =
      "clok: 1 GHz\nclock: 3 pJ\nlevels:\n  - {storage: D, capacity: 0, keep: all}\n  - {compute: M, energy: x}\n";
    expect(said(text).map((line) => line.split(":").slice(0, 3).join(":"))).to.deep.equal([
      "a.yaml:1:1",
      "a.yaml:2:8",
      "a.yaml:4:28",
      "a.yaml:4:31",
      "a.yaml:5:26",
    ]);
  });

  it("never throws, whatever the text", () => {
    const word = fc.constantFrom(
      "levels:",
      "variables:",
      "- storage: D",
      "- compute: M",
      "- {fanout: F, x: ",
      "capacity:",
      "energy:",
      "{",
      "}",
      "[",
      "]",
      ": ",
      "\n",
      "  ",
      "all",
      "64 KiB",
      "&a",
      "*a",
      "<<",
      "!!set",
      "1e999",
      "sqrt(-1)",
      "((",
      "'",
      '"',
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.array(word, { maxLength: 20 }).map((words) => words.join("")),
    );
    fc.assert(
      fc.property(texts, fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }), (text, settings) => {
        const read = parseArchitecture(text, "a.yaml", new Map(Object.entries(settings)));
        expect(read.ok || read.errors.length > 0).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });

  it("told the workload's tensors: names that are nearly one of them, and no others", () => {
    const text = `levels:
  - {storage: DRAM, keeps: [Input, Bias], capacity: {Weight: 4, Weights: 4, Input: 9, Bias: 9}}
  - {fanout: PEs, x: 2, multicast: {x: [outputs]}}
  - compute: MAC
`;
    const read = parseArchitecture(text, "a.yaml", new Map(), ["Inputs", "Weights", "Outputs"]);
    const errors = read.ok ? [] : read.errors.map(({ code, at, hint }) => `${code} ${at.line}:${at.column} ${hint}`);
    expect(errors).to.deep.equal([
      'arch/unknown-tensor 2:29 did you mean "Inputs"?',
      'arch/unknown-tensor 2:54 did you mean "Weights"?',
      'arch/unknown-tensor 2:77 did you mean "Inputs"?',
      'arch/unknown-tensor 3:41 did you mean "Outputs"?',
    ]);
    expect(parseArchitecture(text, "a.yaml").ok).to.equal(true);
  });

  it("never throws, whatever stands where a figure is expected", () => {
    const figure = fc.oneof(
      fc.json({ maxDepth: 2 }),
      fc.string().map((text) => JSON.stringify(text)),
    );
    fc.assert(
      fc.property(
        figure,
        fc.constantFrom("word", "capacity", "keeps", "energy", "bandwidth", "reuse"),
        (value, key) => {
          const text = `levels:\n  - {storage: D, ${key}: ${value}}\n  - compute: M\n`;
          const read = parseArchitecture(text, "a.yaml");
          expect(read.ok || read.errors.length > 0).to.equal(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
