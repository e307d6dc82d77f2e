import { expect } from "chai";
import { parseArchitecture, printArchitecture } from "../../arch-specs/index.js";

const withVector = (vector: string): string => `name: small
clock: 1 GHz
variables: {width: 8}
vector: ${vector}
levels:
  - {storage: DRAM}
  - {storage: GLB, capacity: 64}
  - {fanout: PEs, x: 4}
  - {storage: PE, capacity: 8}
  - {compute: MAC, energy: 1 pJ}
`;
const problems = (vector: string): readonly string[] => {
  const read = parseArchitecture(withVector(vector), "small.yaml");
  return read.ok ? [] : read.errors.map(({ at, code }) => `${at.line}:${at.column} ${code}`);
};

describe("vector units in architecture files", () => {
  it("are read with expressions and units, and printed so that they are read back", () => {
    const read = parseArchitecture(
      withVector("{name: VPU, at: GLB, lanes: 2 * width, energy: {operation: 0.1 pJ}}"),
      "a.yaml",
    );
    if (!read.ok) throw new Error(read.errors[0]?.message);
    const energy = { operation: 0.1, activation: 0.1 };
    expect(read.value.vector).to.deep.equal({ name: "VPU", level: 1, lanes: 16, energy, leak: 0, area: 0 });
    expect(parseArchitecture(printArchitecture(read.value), "b.yaml")).to.deep.equal(read);
  });
  it("leak and take area, lane by lane, as the file says or as the class of a lane has it", () => {
    const given = parseArchitecture(withVector("{at: GLB, lanes: 2, leak: 3 mW, area: 5 um2}"), "a.yaml");
    if (!given.ok) throw new Error(given.errors[0]?.message);
    expect(given.value.vector).to.include({ leak: 3, area: 5 });
    const made = parseArchitecture(
      withVector("{at: GLB, lanes: 2, class: int-adder, technology: 45 nm, energy: {activation: 4 pJ, leak: 0}}"),
      "a.yaml",
    );
    if (!made.ok) throw new Error(made.errors[0]?.message);
    const { energy, leak, area, component } = made.value.vector ?? {};
    expect(energy).to.deep.equal({ operation: 0.05, activation: 4 });
    expect(leak).to.equal(0);
    expect(area).to.be.above(0);
    expect([...(component?.estimated.keys() ?? [])]).to.deep.equal(["operation", "area"]);
    for (const read of [given, made])
      expect(parseArchitecture(printArchitecture(read.value), "b.yaml")).to.deep.equal(read);
    expect(problems("{at: GLB, lanes: 2, class: sram}")).to.deep.equal(["4:36 arch/contradiction"]);
    expect(problems("{at: GLB, lanes: 2, leak: 1, energy: {leak: 1}}")).to.deep.equal(["4:35 arch/contradiction"]);
    expect(problems("{at: GLB, lanes: 2, width: 8}")).to.deep.equal(["4:36 arch/missing"]);
  });
  it("have one energy for everything, or none", () => {
    const both = parseArchitecture(withVector("{at: DRAM, lanes: 1, energy: 2 pJ}"), "a.yaml");
    const none = parseArchitecture(withVector("{at: DRAM, lanes: 1}"), "a.yaml");
    expect(both.ok && both.value.vector?.energy).to.deep.equal({ operation: 2, activation: 2 });
    expect(none.ok && none.value.vector?.energy).to.deep.equal({ operation: 0, activation: 0 });
  });
  it("stand above all fan-outs, with lanes; every mistake is told where it stands", () => {
    expect(problems("{at: PE, lanes: 0, wdith: 3}")).to.deep.equal([
      "4:14 arch/not-one-of",
      "4:25 arch/out-of-range",
      "4:28 arch/unknown-key",
    ]);
    expect(problems("{}")).to.deep.equal(["4:9 arch/missing", "4:9 arch/missing"]);
    expect(problems("GLB")).to.deep.equal(["4:9 arch/wrong-kind"]);
  });
});
