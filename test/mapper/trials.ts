// Tries the mapper on random problems, for as long as anyone likes: `npm run trials -- --from 1000 --to 2000 --kinds perfect,gap --most 20000`.
// (`--kinds descent`: descents on real layers, half the limit each for the search and for them.)
// Each answer is held to every legal mapping, or to many; what fails is printed as texts that can be run again.
import { parseArgs } from "node:util";
import { descentVerdict } from "./descent-trials.js";
import { verdictOf } from "./trial.js";
import { KINDS, type Kind, textOf, trialFrom } from "./trial-problems.js";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    to: { type: "string", default: "1000" },
    kinds: { type: "string", default: KINDS.join(",") },
    most: { type: "string", default: "6000" },
    /** CPU seconds of a search, and seconds in all. */
    limit: { type: "string", default: "10" },
    time: { type: "string", default: "3600" },
    /** Tells of every trial before it begins. */
    told: { type: "boolean", default: false },
  },
});
const kinds = values.kinds.split(",").filter((kind): kind is Kind => (KINDS as readonly string[]).includes(kind));
const [from, to, most, limit, time] = [values.from, values.to, values.most, values.limit, values.time].map(Number);
if ([from, to, most, limit, time].some(Number.isNaN)) {
  console.error("--from, --to, --most, --limit and --time are numbers; the last two are seconds");
  process.exit(2);
}
const tally = new Map<string, number>();
const count = (name: string): void => void tally.set(name, (tally.get(name) ?? 0) + 1);
const cpu = (): number => process.cpuUsage().user / 1e6;
const begun = performance.now();

/** What has been tried so far. */
const told = (): string =>
  `${[...tally].map(([name, n]) => `${name} ${n}`).join(", ")} in ${((performance.now() - begun) / 1000).toFixed(0)} s`;

for (let seed = from ?? 1; seed < (to ?? 0); seed++)
  for (const kind of kinds) {
    if (performance.now() - begun > 1000 * (time ?? 0)) break;
    const trial = trialFrom(kind, seed);
    let start: number | null = null;
    const isLong = (): boolean => {
      start ??= cpu();
      return cpu() - start > (limit ?? 0);
    };
    if (values.told) process.stderr.write(`${kind} ${seed}: ${told()}\n`);
    try {
      const { outcome, failure } = verdictOf(trial, { most: most ?? 0, cancelled: isLong });
      count(`${kind} ${outcome}`);
      if (failure === null) continue;
      count(`${kind} FAILED`);
      console.log(`*** ${failure}\n${textOf(trial)}`);
    } catch (error) {
      count(`${kind} FAILED`);
      console.log(`*** ${error instanceof Error ? error.stack : error}\n${textOf(trial)}`);
    }
    process.exitCode = 1;
  }
for (let seed = from ?? 1; seed < (to ?? 0) && values.kinds.split(",").includes("descent"); seed++) {
  if (performance.now() - begun > 1000 * (time ?? 0)) break;
  const start = cpu();
  const verdict = descentVerdict(seed, {
    searched: () => cpu() - start > (limit ?? 0) / 2,
    descended: () => cpu() - start > (limit ?? 0),
  });
  if (verdict === null) continue;
  count(verdict.failure === null ? "descent" : "descent FAILED");
  console.log(verdict.failure === null ? verdict.told : `*** ${verdict.failure}`);
  if (verdict.failure !== null) process.exitCode = 1;
}
console.log(told());
