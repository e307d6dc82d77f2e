import { expect } from "chai";

/** What is read of a trace in the Chrome trace-event format: metadata, complete slices, counters. */
export type TraceEvent = Metadata | Slice | Counter;
interface Common {
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
}
interface Metadata extends Common {
  readonly ph: "M";
  readonly args: { readonly name?: string; readonly sort_index?: number };
}
/** Times in microseconds, one of which is a cycle. */
export interface Slice extends Common {
  readonly ph: "X";
  readonly cat: string;
  readonly cname: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, unknown>>;
}
export interface Counter extends Common {
  readonly ph: "C";
  readonly ts: number;
  readonly args: Readonly<Record<string, number>>;
}

/** Colours that chrome://tracing knows by name, of which traces use these. */
const COLOURS = ["good", "bad", "terrible", "rail_load", "rail_idle"];

/**
 * The rules of the format, as Perfetto's importer holds to them: every track is named before it is used and once, counters are numbers, and on a track no
 * slice reaches into the next one, by not a nanosecond, whether the reader rounds to nanoseconds or cuts off (it drops such a slice).
 */
export function checkFormat(events: readonly TraceEvent[]): void {
  const named = new Map<string, string>();
  const processes = new Set(events.map(({ pid }) => pid));
  const slices = new Map<string, Slice[]>();
  for (const event of events) {
    const { pid, tid, name } = event;
    expect(Number.isSafeInteger(pid) && Number.isSafeInteger(tid) && name !== "", JSON.stringify(event)).to.equal(true);
    const track = `${pid} ${tid}`;
    switch (event.ph) {
      case "M": {
        const key = `${track} ${name}`;
        expect(named.has(key), `${key} twice`).to.equal(false);
        named.set(key, event.args.name ?? "");
        if (name.endsWith("_name")) expect(event.args.name).to.be.a("string");
        else expect(event.args.sort_index).to.be.a("number");
        expect(name).to.match(/^(process|thread)_(name|sort_index)$/);
        break;
      }
      case "X":
        expect(named.has(`${track} thread_name`) && named.has(`${track} thread_sort_index`), name).to.equal(true);
        expect(processes.has(tid), `track ${tid} is taken for a main thread`).to.equal(false);
        expect(event.ts >= 0 && event.dur >= 0 && event.cat !== "", JSON.stringify(event)).to.equal(true);
        expect(COLOURS).to.include(event.cname);
        slices.set(track, [...(slices.get(track) ?? []), event]);
        break;
      case "C":
        expect(event.ts).to.be.at.least(0);
        expect(Object.values(event.args).length).to.equal(1);
        for (const value of Object.values(event.args)) expect(Number.isFinite(value)).to.equal(true);
        break;
    }
  }
  for (const pid of processes) expect(named.has(`${pid} 0 process_name`), `name of ${pid}`).to.equal(true);
  for (const pid of processes) {
    const names = [...named].filter(([key]) => key.startsWith(`${pid} `) && key.endsWith("thread_name"));
    expect(new Set(names.map(([, name]) => name)).size, "tracks of one name").to.equal(names.length);
  }
  for (const [track, own] of slices)
    for (const toNanoseconds of [Math.trunc, Math.round]) {
      let end = 0;
      for (const { ts, dur, name } of own.toSorted((a, b) => a.ts - b.ts || a.dur - b.dur)) {
        expect(toNanoseconds(ts * 1000), `${name} on ${track}`).to.be.at.least(end);
        end = toNanoseconds(ts * 1000) + toNanoseconds(dur * 1000);
      }
    }
}
