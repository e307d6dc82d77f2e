import { isDeepStrictEqual } from "node:util";
import { ok } from "../../base/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import { type Findings, resultOf } from "../../reports/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import type { Answer } from "../answers.js";
import { type Command, command, type ExitCode } from "../command.js";
import { type Interrupt, interruptible } from "../interrupt.js";
import { givenMappings, misuse, prepare } from "../job.js";
import { runAll } from "../pool.js";
import { present } from "../present.js";
import { progressOn } from "../progress.js";
import * as shared from "../shared-options.js";
import type { Terminal } from "../terminal.js";
import type { Simulated, Simulation } from "../work.js";

/** `simulate`: executes mappings on real values; the model and the reference executor are its witnesses. */
export const simulate: Command = command({
  name: "simulate",
  summary: "Executes a mapping on real values, counts every access, and checks the outputs and the model.",
  operands: ["WORKLOAD"],
  options: {
    arch: shared.arch,
    set: shared.set,
    layer: shared.layer,
    mapping: shared.mapping,
    type: shared.type,
    seed: shared.seed,
    threads: shared.threads,
    out: shared.out,
    ...shared.common,
  },
  examples: [
    ["loopwright simulate vgg16 --layer conv3_1 --arch eyeriss", "finds the best mapping and runs it"],
    [
      "loopwright simulate conv:N=1,M=4,C=3,H=8,W=8,R=3,S=3 --arch textbook --mapping mine.yaml",
      "runs your own mapping",
    ],
    ["loopwright simulate resnet18 --layer 'conv2_*' --arch tpu-v1 --type float32", "in floating point"],
  ],
  run: async ({ operands, values, terminal }) => {
    const job = prepare(operands[0] ?? "", values);
    if (!job.ok) return job;
    const { mapping } = values;
    if (mapping === null) return misuse("missing", "--mapping is missing", "write one, or name a folder of them");
    const mappings = givenMappings(job.value, mapping, "loopwright");
    if (!mappings.ok) return mappings;
    const interrupt = interruptible();
    const found = mappings.value.map((legal) => ({ legal, findings: {} }));
    const runs = await execute(found, values, interrupt, terminal);
    interrupt.release();
    const answers = found.flatMap((one, i) => {
      const run = runs[i] ?? null;
      return run === null ? [] : [answerOf(one, run, job.value.workload.name)];
    });
    await present(answers, values, terminal);
    return ok(exitCodeOf(answers, interrupt));
  },
});

/** A mapping, and what its search found out. */
interface Found {
  readonly legal: LegalMapping;
  readonly findings: Pick<Findings, "objective" | "search">;
}

async function execute(
  found: readonly Found[],
  { seed, threads }: { readonly seed: number | null; readonly threads: number | null },
  interrupt: Interrupt,
  terminal: Terminal,
): Promise<readonly (Simulated | null)[]> {
  const progress = progressOn(terminal, found.length);
  const tasks = found.map(({ legal }) => ({ label: legal.layer.name, input: { legal, seed: seed ?? 1 } }));
  try {
    return await runAll<Simulation, Simulated>(tasks, {
      work: "simulate",
      stops: false,
      ...{ threads, interrupt, progress },
    });
  } finally {
    progress.stop();
  }
}

/** The machine's counts, priced; the model is asked for its own. */
function answerOf({ legal, findings }: Found, { counts, validation }: Simulated, workload: string): Answer {
  const model = isDeepStrictEqual(predict(legal), counts) ? "agrees" : "differs";
  const result = resultOf(legal, price(counts, legal), {
    ...{ workload, conventions: "loopwright", validation, witness: { model } },
    ...findings,
  });
  return { result, legal };
}

function exitCodeOf(answers: readonly Answer[], interrupt: Interrupt): ExitCode {
  if (interrupt.signal.aborted) return 130;
  const wrong = answers.some(
    ({ result }) => result.validation?.status === "failed" || result.witness?.model === "differs",
  );
  return wrong ? 1 : 0;
}
