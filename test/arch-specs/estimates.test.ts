import { expect } from "chai";
import {
  type Architecture,
  CLASS_NAMES,
  type ComputeLevel,
  estimates,
  type FanoutLevel,
  parseArchitecture,
  printArchitecture,
  type StorageLevel,
} from "../../arch-specs/index.js";
import { format } from "../../base/index.js";

function parsed(text: string): Architecture {
  const read = parseArchitecture(text, "test.yaml");
  if (!read.ok) throw new Error(read.errors.map(format).join("\n"));
  return read.value;
}
function said(text: string): readonly string[] {
  const read = parseArchitecture(text, "a.yaml");
  return read.ok ? [] : read.errors.map((error) => format(error).replaceAll(/\n {2}at .*/g, ""));
}
const TOP = "clock: 1 GHz\ntechnology: 45 nm\n";
const storage = (fields: string, top = TOP): StorageLevel =>
  parsed(`${top}levels:\n  - {storage: S, ${fields}}\n  - compute: M\n`).levels[0] as StorageLevel;
const compute = (fields: string, top = TOP): ComputeLevel =>
  parsed(`${top}levels:\n  - {storage: S, word: 8 bit}\n  - {compute: M, ${fields}}\n`).levels[1] as ComputeLevel;
const network = (fields: string, top = TOP): FanoutLevel =>
  parsed(`${top}levels:\n  - {storage: S, word: 8 bit}\n  - {fanout: F, x: 2, ${fields}}\n  - compute: M\n`)
    .levels[1] as FanoutLevel;

describe("arch-specs: estimates", () => {
  it("give Horowitz' 45 nm figures where they stand in his table", () => {
    const access = (capacity: string): number =>
      storage(`class: sram, word: 64 bit, capacity: ${capacity}`).energy.read;
    expect([access("8 KiB"), access("32 KiB"), access("1 MiB")]).to.deep.equal([10, 20, 100]);
    const operation = (fields: string): number => compute(fields).energy;
    expect(operation("class: int-adder, width: 8 bit")).to.equal(0.03);
    expect(operation("class: int-adder, width: 16 bit")).to.equal(0.05);
    expect(operation("class: int-multiplier, width: 32 bit")).to.equal(3.1);
    expect(operation("class: int-mac, width: 8 bit, accumulator: 8 bit")).to.be.closeTo(0.23, 1e-12);
    expect(operation("class: int-mac")).to.be.closeTo(0.3, 1e-12); // 8-bit words, 32-bit sums
    expect(operation("class: float-mac, width: 32 bit")).to.be.closeTo(4.6, 1e-12);
    expect(operation("class: float-adder, width: 16 bit")).to.equal(0.4);
    expect(storage("class: dram, word: 64 bit").energy.read).to.equal(1300);
    expect(storage("class: DRAM, type: LPDDR4, word: 64 bit").energy.write).to.equal(512);
  });

  it("give the register file of Accelergy's exercises: 64 words of 8 bits at 40 nm, 0.42564 pJ", () => {
    const file = storage("class: regfile, word: 8 bit, capacity: 64", "technology: 40 nm\n");
    expect(file.energy.read).to.be.closeTo(0.42564, 1e-9);
  });

  it("stay near what CACTI says for the memories of Timeloop's exercises at 45 nm", () => {
    // simba_like's global buffer: 2048 x 256 bits in 4 banks, 51.9 pJ a read; simple_weight_stationary's scratchpad: 0.68 pJ.
    const buffer = storage("class: sram, word: 256 bit, capacity: 2048, banks: 4").energy.read;
    expect(buffer / 51.870888).to.be.within(0.5, 2);
    const pad = storage("class: sram, word: 16 bit, capacity: 192").energy.read;
    expect(pad / 0.680237).to.be.within(0.5, 2);
  });

  it("grow with capacity, width, ports and node, and fall with banks and voltage", () => {
    const read = (fields: string, top = TOP): number => storage(`class: sram, ${fields}`, top).energy.read;
    const base = read("word: 16 bit, capacity: 32 KiB");
    expect(read("word: 16 bit, capacity: 64 KiB")).to.be.above(base);
    expect(read("word: 32 bit, capacity: 32 KiB")).to.be.closeTo(2 * base, 1e-9);
    expect(read("word: 16 bit, block: 4, capacity: 32 KiB")).to.be.closeTo(4 * base, 1e-9);
    expect(read("word: 16 bit, capacity: 32 KiB, ports: 2")).to.be.above(base);
    expect(read("word: 16 bit, capacity: 32 KiB, banks: 4")).to.be.below(base);
    expect(read("word: 16 bit, capacity: 32 KiB", "technology: 65 nm\n")).to.be.above(base);
    expect(read("word: 16 bit, capacity: 32 KiB", "technology: 7 nm\n")).to.be.below(base / 4);
    expect(read("word: 16 bit, capacity: 32 KiB", "technology: 45 nm\nvoltage: 0.7 V\n")).to.be.below(base);
    const short = network("class: hop, length: 0.1 mm").hopEnergy;
    expect(network("class: hop, length: 1 mm").hopEnergy).to.be.above(short);
    expect(network("class: wire, length: 0.1 mm").hopEnergy).to.be.below(short);
  });

  it("fill in only what the file leaves out, and name their sources", () => {
    const level = storage("class: sram, capacity: 8 KiB, energy: {read: 3 pJ}");
    expect(level.energy.read).to.equal(3);
    expect(level.energy.write).to.be.above(0);
    expect([...(level.component?.estimated.keys() ?? [])]).to.deep.equal(["write", "update", "leak", "area"]);
    const rows = estimates(
      parsed(
        `source: me\n${TOP}levels:\n  - {storage: S, class: sram, capacity: 8 KiB, energy: {read: 3 pJ}}\n  - {fanout: F, x: 4}\n  - {compute: M, class: int-mac, area: 5}\n`,
      ),
    );
    expect(rows.map(({ level: name, figure, instances }) => `${name} ${figure} ${instances}`)).to.deep.equal([
      "S read 1",
      "S write 1",
      "S update 1",
      "S leak 1",
      "S area 1",
      "F hop 4",
      "F leak 4",
      "F area 4",
      "M operation 4",
      "M leak 4",
      "M area 4",
    ]);
    expect(rows[0]?.source).to.equal("given in the file: me");
    expect(rows[1]?.source).to.match(/^Horowitz/);
    expect(rows[5]?.source).to.equal("not given");
    expect(rows[10]).to.include({ value: 5, unit: "um2", source: "given in the file: me" });
  });

  it("give every class its energies, and say of each figure where it comes from", () => {
    const published = /Horowitz|Aladdin|Accelergy/;
    for (const name of CLASS_NAMES) {
      const alternatives = [
        `  - {storage: S, class: ${name}, capacity: 8 KiB, word: 8 bit}\n  - compute: M\n`,
        `  - {storage: D, word: 8 bit}\n  - {fanout: S, x: 2, class: ${name}, length: 0.5 mm}\n  - compute: M\n`,
        `  - {storage: D, word: 8 bit}\n  - {compute: S, class: ${name}, width: 16 bit}\n`,
      ];
      const read = alternatives.flatMap((levels) => {
        const file = parseArchitecture(`technology: 28 nm\nlevels:\n${levels}`, "a.yaml");
        return file.ok ? [file.value] : [];
      });
      const figures = read.flatMap((one) => estimates(one)).filter(({ level }) => level === "S");
      const energies = figures.filter(({ figure }) => !["leak", "area"].includes(figure));
      expect(energies, name).not.to.be.empty;
      for (const { value, source } of energies) {
        expect(value, name).to.be.above(0);
        expect(source, name).to.match(published);
      }
      for (const { figure, value, source } of figures)
        if (value === 0) expect(`${figure} ${source}`, name).to.match(/^(leak|area) not given$/);
    }
  });

  it("hold the energies of a vector unit, which its file gives", () => {
    const vector = "vector: {name: V, at: S, lanes: 8, energy: {operation: 0.1 pJ}}";
    const rows = estimates(parsed(`source: me\n${vector}\nlevels:\n  - storage: S\n  - compute: M\n`));
    expect(
      rows.slice(-4).map(({ level, instances, figure, value, source }) => [level, instances, figure, value, source]),
    ).to.deep.equal([
      ["V", 8, "operation", 0.1, "given in the file: me"],
      ["V", 8, "activation", 0.1, "given in the file: me"],
      ["V", 8, "leak", 0, "not given"],
      ["V", 8, "area", 0, "not given"],
    ]);
  });

  it("hold those of a vector unit's class, a lane of it, where the file leaves them to it", () => {
    const vector = "vector: {name: V, at: S, lanes: 8, class: int-adder, width: 32 bit, energy: {activation: 7 pJ}}";
    const rows = estimates(parsed(`source: me\n${TOP}${vector}\nlevels:\n  - storage: S\n  - compute: M\n`));
    const [operation, activation, leak, area] = rows.slice(-4);
    expect(operation).to.include({ class: "int-adder", technologyNm: 45, instances: 8, value: 0.1, unit: "pJ" });
    expect(operation?.source).to.match(/^Horowitz/);
    expect(activation).to.include({ value: 7, source: "given in the file: me" });
    expect(leak?.value).to.be.above(0);
    expect(area?.value).to.be.above(0);
    expect([leak?.source, area?.source].join()).to.match(/^Aladdin.*Aladdin/);
    const assumed = estimates(
      parsed(`${TOP}${vector.replace(/, energy.*/, "}")}\nlevels:\n  - storage: S\n  - compute: M\n`),
    );
    expect(assumed.at(-3)).to.include({ figure: "activation", value: 0.1 });
    expect(assumed.at(-3)?.source).to.contain("assumed: an activation takes what an operation does");
  });

  it("say when a figure was scaled between nodes", () => {
    const row = estimates(
      parsed(`technology: 65 nm\nlevels:\n  - storage: S\n  - {compute: M, class: int-mac}\n`),
    ).find(({ figure }) => figure === "operation");
    expect(row?.source).to.contain("Stillmaker and Baas");
  });

  it("come from tables of the user's own, and from components composed of others", () => {
    const text = `${TOP}components:
  mine: {source: measured, actions: {read: 3 pJ, write: 2 pJ}, leak: 1 uW, area: 100 um2}
  smart:
    parts:
      storage: {class: sram, capacity: 8 KiB, access: 64 bit}
      address: {class: int-adder, width: 16 bit}
    actions: {read: storage.read + 2 * address.compute, write: storage.write}
levels:
  - {storage: A, class: mine}
  - {storage: B, class: smart, word: 64 bit}
  - compute: M
`;
    const architecture = parsed(text);
    const [a, b] = architecture.levels as readonly StorageLevel[];
    expect(a?.energy).to.deep.equal({ read: 3, write: 2, update: 2, leak: 0.001 });
    expect(a?.area).to.equal(100);
    expect(a?.component?.estimated.get("read")).to.equal("measured");
    expect(b?.energy.read).to.be.closeTo(10.1, 1e-12);
    expect(b?.energy.update).to.equal(10);
    expect(b?.component?.estimated.get("read")).to.match(
      /^storage: Horowitz.* \(leakage: CACTI.*, area: CACTI.*\); address: Horowitz.* \(leakage: Aladdin.*, area: Aladdin.*\)$/,
    );
    expect(parseArchitecture(printArchitecture(architecture), "p.yaml")).to.deep.equal({
      ok: true,
      value: architecture,
    });
  });

  it("come back from print as they were, for every class", () => {
    const level: Readonly<Record<string, string>> = {
      storage: "storage: S, capacity: 8 KiB, ports: 2, leak: 0",
      fanout: "fanout: F, x: 2, length: 0.35 mm",
      compute: "compute: M, energy: {leak: 0}",
    };
    for (const name of CLASS_NAMES)
      for (const technology of ["technology: 28 nm\n", "technology: 7 nm\nvoltage: 0.75 V\n"]) {
        const fits = Object.entries(level).flatMap(([kind, fields]) => {
          const own = `  - {${fields}, class: ${name}}\n`;
          const levels = kind === "storage" ? `${own}  - compute: M\n` : `  - storage: D\n${own}`;
          const end = kind === "fanout" ? "  - compute: M\n" : "";
          const read = parseArchitecture(`${technology}levels:\n${levels}${end}`, "a.yaml");
          return read.ok ? [read.value] : [];
        });
        expect(fits, name).to.have.length(1);
        for (const architecture of fits)
          expect(parseArchitecture(printArchitecture(architecture), "a.yaml")).to.deep.equal({
            ok: true,
            value: architecture,
          });
      }
  });

  it("are refused where something is missing or does not fit", () => {
    const level = (fields: string, top = ""): readonly string[] =>
      said(`${top}levels:\n  - storage: D\n  - {${fields}}\n  - compute: M\n`);
    expect(level("storage: S, class: sram")).to.deep.equal([
      'a.yaml:3:25: the technology of "S" is missing [arch/missing]\n  hint: add `technology: 45 nm` to the level or at the top',
      'a.yaml:3:25: the capacity of "S" is missing [arch/missing]\n  hint: the estimator of sram needs it',
    ]);
    expect(level("storage: S, class: srm", TOP)).to.deep.equal([
      'a.yaml:5:25: the class of "S" cannot be srm [arch/not-one-of]\n  hint: did you mean "sram"?',
    ]);
    expect(level("storage: S, class: int-mac", TOP)).to.deep.equal([
      'a.yaml:5:25: the class int-mac of "S" is for compute, not for storage [arch/contradiction]\n  hint: choose another class',
    ]);
    expect(level("storage: S, banks: 2")).to.deep.equal([
      'a.yaml:3:25: the class of "S" is missing [arch/missing]\n  hint: banks belongs to a class',
    ]);
    expect(level("storage: S", "technology: 45 pm\n")[0]).to.match(/^a.yaml:1:13: technology: "pm" is neither/);
    expect(level("storage: S", "technology: 3 nm\n")).to.deep.equal([
      "a.yaml:1:13: technology must be from 7 nm to 130 nm, got 3 [arch/out-of-range]\n  hint: write 45 nm",
    ]);
    expect(level("storage: S", "components: {c: {actions: {read: a.read, fly: 1 pJ}}}\n")).to.deep.equal([
      'a.yaml:1:34: read of the component c: "a.read" is neither a variable nor a unit [arch/unknown-name]\n  hint: the file has no variables',
      'a.yaml:1:42: actions of the component c has no key "fly" [arch/unknown-key]\n  hint: expected one of: read, write, update, compute, transfer',
    ]);
  });
});
