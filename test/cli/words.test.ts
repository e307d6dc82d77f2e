import { expect } from "chai";
import fc from "fast-check";
import { commands } from "../../cli/commands/index.js";
import { commandHelp, everyOption, programHelp, readGiven, sortWords } from "../../cli/usage.js";

const known = [...commands.map(({ name }) => name), ...Object.keys(everyOption(commands)).map((name) => `--${name}`)];
const awkward = [
  "--",
  "-",
  "--=",
  "--__proto__",
  "--constructor=1",
  "--a.b.c=1",
  "-1",
  "--no-quiet",
  "--set",
  "a=b=c",
  "",
];

describe("the words of a command line", () => {
  it("never make it throw, whatever they are", () => {
    const word = fc.oneof(fc.constantFrom(...known, ...awkward), fc.string(), fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.constantFrom(...commands), (words, command) => {
        const given = readGiven(command, sortWords(words, everyOption(commands)));
        if (!given.ok) expect(given.errors).not.to.be.empty;
        else expect(Object.keys(given.value.values)).to.deep.equal(Object.keys(command.options));
      }),
      { numRuns: 300 },
    );
  });

  it("are taken as they are: no numbers, paths of keys or negations are guessed", () => {
    const sorted = sortWords(["list", "1e3", "--format", "007", "--set", "a=1", "--set=b=2"], everyOption(commands));
    expect(sorted.operands).to.deep.equal(["list", "1e3"]);
    expect(Object.fromEntries(sorted.options)).to.deep.equal({ format: ["007"], set: ["a=1", "b=2"] });
  });

  it("are explained: every command has help with examples of its own options", async () => {
    expect(await programHelp(commands, 100)).to.contain("loopwright map WORKLOAD");
    for (const command of commands) {
      const help = await commandHelp(command, 100);
      for (const name of Object.keys(command.options)) expect(help).to.contain(`--${name}`);
      expect(command.examples, command.name).not.to.be.empty;
      for (const [line] of command.examples) {
        const words = line.replaceAll("'", "").split(" ").slice(2);
        const sorted = sortWords(words, everyOption(commands));
        expect(readGiven(command, sorted).ok, line).to.equal(true);
      }
    }
  });
});
