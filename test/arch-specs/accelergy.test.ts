import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import {
  type Architecture,
  applyReferenceTables,
  architectureNames,
  builtInArchitecture,
  type Level,
  parseArchitecture,
  parseReferenceTables,
  printArt,
  printErt,
  type ReferenceTables,
  type StorageLevel,
} from "../../arch-specs/index.js";
import { format } from "../../base/index.js";

function tables(text: string): ReferenceTables {
  const read = parseReferenceTables(text, "ert.yaml");
  if (!read.ok) throw new Error(read.errors.map(format).join("\n"));
  return read.value;
}
function builtIn(name: string): Architecture {
  const read = builtInArchitecture(name);
  if (read?.ok !== true) throw new Error(`${name} cannot be read`);
  return read.value;
}
/** The level without any energy or area. */
function bare(level: Level): Level {
  switch (level.kind) {
    case "storage":
      return { ...level, energy: { read: 0, write: 0, update: 0, leak: 0 }, area: 0 };
    case "fanout":
      return { ...level, hopEnergy: 0, leak: 0, area: 0 };
    case "compute":
      return { ...level, energy: 0, leak: 0, area: 0 };
  }
}
/** The level's figures without word of where they come from. */
function unsourced(level: Level): Omit<Level, "component"> {
  const { component: _, ...rest } = level;
  return rest;
}

/** The vector unit without its figures. */
function bareUnit({ vector }: Architecture): Pick<Architecture, "vector"> {
  return vector === undefined
    ? {}
    : { vector: { ...vector, energy: { operation: 0, activation: 0 }, leak: 0, area: 0 } };
}

describe("arch-specs: Accelergy's reference tables", () => {
  // The table that Timeloop's front end wrote for its eyeriss_like exercise (MIT-licensed data).
  const file = "test/oracles/timeloop/eyeriss-like.ert.yaml";

  it("are read by component and action", () => {
    const { energies, areas } = tables(readFileSync(file, "utf8"));
    expect([...energies.keys()]).to.deep.equal([
      "DRAM",
      "shared_glb",
      "ifmap_spad",
      "weights_spad",
      "psum_spad",
      "mac",
    ]);
    expect(energies.get("shared_glb")).to.deep.equal(
      new Map([
        ["write", 14.137929],
        ["read", 18.183829],
        ["leak", 0.005652],
        ["update", 14.137929],
      ]),
    );
    expect(areas.size).to.equal(0);
    expect(tables("ART: {version: '0.4', tables: [{name: 'a.b[1..2]', area: 12.5}]}").areas).to.deep.equal(
      new Map([["b", 12.5]]),
    );
  });

  it("replace the figures of the levels that they name", () => {
    const text = `technology: 45 nm
levels:
  - {storage: DRAM, energy: {read: 1, write: 1}}
  - {storage: shared_glb, class: sram, capacity: 8 KiB}
  - {fanout: PEs, x: 4}
  - {compute: mac, energy: 9}
`;
    const read = parseArchitecture(text, "a.yaml");
    if (!read.ok) throw new Error("the example cannot be read");
    const { architecture, unused } = applyReferenceTables(read.value, tables(readFileSync(file, "utf8")));
    const [dram, glb, , mac] = architecture.levels;
    expect(dram).to.have.nested.property("energy.read", 512);
    expect((glb as StorageLevel).energy).to.deep.equal({
      read: 18.183829,
      write: 14.137929,
      update: 14.137929,
      leak: 0.005652,
    });
    expect([...((glb as StorageLevel).component?.estimated.keys() ?? [])]).to.deep.equal(["area"]);
    expect(mac).to.include({ energy: 0.207692, leak: 0.002374 });
    expect(unused).to.deep.equal(["ifmap_spad", "weights_spad", "psum_spad"]);
  });

  it("come back as they were written, for every built-in architecture", () => {
    for (const name of architectureNames) {
      const architecture = builtIn(name);
      const written = `${printErt(architecture)}${printArt(architecture)}`;
      const blank = { ...architecture, levels: architecture.levels.map(bare), ...bareUnit(architecture) };
      const applied = applyReferenceTables(blank, tables(written));
      expect(applied.architecture.levels.map(unsourced), name).to.deep.equal(architecture.levels.map(unsourced));
      expect(applied.unused).to.deep.equal([]);
      const { vector } = architecture;
      if (vector === undefined) continue;
      const { energy, leak, area } = applied.architecture.vector ?? {};
      expect({ energy, leak, area }).to.deep.equal({ energy: vector.energy, leak: vector.leak, area: vector.area });
      expect([...(applied.taken.get(vector.name)?.keys() ?? [])]).to.have.members([
        "operation",
        "activation",
        "leak",
        "area",
      ]);
    }
  });

  it("are refused with a place where they are wrong, and never throw", () => {
    const codes = (text: string): readonly string[] => {
      const read = parseReferenceTables(text, "ert.yaml");
      return read.ok ? [] : read.errors.map(({ code, at }) => `${at.line}:${at.column} ${code}`);
    };
    expect(codes("tables: []")).to.deep.equal(["1:1 arch/missing"]);
    expect(codes("ERT: {tables: [{name: a, actions: [{name: read, energy: -1}, {name: write}]}]}")).to.deep.equal([
      "1:57 arch/wrong-kind",
      "1:62 arch/missing",
    ]);
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.constantFrom("ERT", "ART"), (value, key) => {
        codes(`${key}: ${value}`);
        codes(`${key}: {tables: [{name: x, actions: ${value}, area: ${value}}]}`);
      }),
    );
  });

  it("are read, all those of the shared oracles, where these are at hand", function () {
    const cases = "../shared/oracles/timeloop/cases";
    if (!existsSync(cases)) return;
    const files = readdirSync(cases).map((name) => join(cases, name, "ert.yaml"));
    for (const one of files) expect(parseReferenceTables(readFileSync(one, "utf8"), one).ok, one).to.equal(true);
    this.timeout(20_000);
  });
});
