import { MessageChannel } from "node:worker_threads";
import { Tinypool } from "tinypool";
import { putTogether, type Search, type Searched } from "../cli/search.js";
import { sharingBetween } from "../cli/sharing.js";
import { parseObjective } from "../mapper/index.js";
import { parseInlineLayer } from "../workloads/index.js";
import { type Job, unwrapped } from "./search.js";

/** The threads of the command line, kept from search to search as it keeps them from layer to layer. */
export class Threads {
  private readonly count: number;
  private readonly pool: Tinypool;

  constructor(count: number) {
    this.count = count;
    const filename = new URL("../cli/worker.js", import.meta.url).href;
    this.pool = new Tinypool({ filename, minThreads: count, maxThreads: count });
  }

  /** Waits until all have loaded the program. */
  async ready(job: Job): Promise<void> {
    const { layers } = unwrapped(parseInlineLayer("gemm:M=1,N=1,K=1"));
    for (const layer of layers) await this.proof({ ...job, layer }, 1);
  }

  /** Seconds by the clock until all threads together have the proof, at most the limit; null if they have none by then. */
  async proof(job: Job, limitSeconds: number): Promise<number | null> {
    const { layer, architecture, dataflow, conventions, imperfect = false } = job;
    const objective = parseObjective(job.objective);
    if (objective === null) throw new Error(`no objective ${job.objective}`);
    const input: Search = {
      ...{ layer, architecture, dataflow, objective, conventions, imperfect },
      ...{ gap: 0, start: null, timeLimitSeconds: limitSeconds },
    };
    const start = performance.now();
    const parts = await Promise.all(
      sharingBetween(this.count).map((sharing) => this.search(sharing.of > 1 ? { ...input, sharing } : input)),
    );
    const seconds = (performance.now() - start) / 1e3;
    return putTogether(parts, 0)?.search.status === "optimal" ? seconds : null;
  }

  private async search(input: Search): Promise<Searched> {
    const { port1, port2 } = new MessageChannel();
    const wires = { port: port2, stop: new SharedArrayBuffer(4) };
    try {
      return await this.pool.run({ input, wires }, { name: "search", transferList: [port2] });
    } finally {
      port1.close();
    }
  }

  end(): Promise<void> {
    return this.pool.destroy();
  }
}
