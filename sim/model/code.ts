import { times } from "./code-text.js";
import type { Layout, TensorLayout } from "./layout.js";
import type { Visits } from "./motion.js";
import type { Link } from "./nest.js";
import { priceLines } from "./price-code.js";
import { isCoupled } from "./projection.js";
import type { EventTerm, LinkTerms, Requests, Spread, Terms } from "./terms.js";

/**
 * The source of an evaluator: a function of the loops' factors `f` and the output `o`, without loops, with branches only
 * where an event may keep something.
 */
export const codeOf = (terms: Terms, layout: Layout, visits: Visits): string => new Code(terms, layout, visits).text();

/** Writes the body of an evaluator, line by line. */
class Code {
  private readonly lines: string[] = [];
  private readonly terms: Terms;
  private readonly layout: Layout;
  private readonly visits: Visits;

  constructor(terms: Terms, layout: Layout, visits: Visits) {
    this.terms = terms;
    this.layout = layout;
    this.visits = visits;
  }

  text(): string {
    this.loops();
    const { networks, computeInstances } = this.layout;
    const spatial = this.indices((_, i) => this.terms.loops[i]?.kind === "spatial");
    this.set(computeInstances, times(spatial.map((i) => `n${i}`)));
    for (const { level, utilizedInstances } of this.layout.levels)
      this.set(utilizedInstances, this.instancesAbove(level));
    for (const { hops } of networks) this.set(hops, "0");
    for (const { tensors } of this.layout.levels)
      for (const t of tensors) for (const slot of [t.fills, t.reads, t.updates, t.drains]) this.set(slot, "0");
    this.terms.links.forEach((link, i) => {
      this.link(link, i);
    });
    this.lines.push(...priceLines(this.terms.structure.architecture, this.layout));
    return `return (f, o) => {\n${this.lines.join("\n")}\n};`;
  }

  private line(text: string): void {
    this.lines.push(text);
  }
  private set(slot: number, value: string): void {
    this.line(`o[${slot}] = ${value};`);
  }
  private add(slot: number, value: string): void {
    this.line(`o[${slot}] += ${value};`);
  }
  private indices(chosen: (variable: number, index: number) => boolean): readonly number[] {
    return this.terms.loops.flatMap(({ variable }, i) => (chosen(variable, i) ? [i] : []));
  }

  /** nᵢ: iterations; bᵢ: the extent below; tᵢ: temporal iterations outside and including i; eᵥ: a variable's bound. */
  private loops(): void {
    const { loops, structure } = this.terms;
    const below = structure.layer.einsum.variables.map(() => "1");
    const lines: string[] = [];
    loops.forEach((_, i) => {
      this.line(`const n${i} = f[${i}];`);
    });
    for (let i = loops.length - 1; i >= 0; i--) {
      const variable = loops[i]?.variable ?? 0;
      lines.push(`const b${i} = ${below[variable]};`);
      below[variable] = times([`n${i}`, `b${i}`]);
    }
    below.forEach((extent, v) => {
      lines.push(`const e${v} = ${extent};`);
    });
    let before = "1";
    loops.forEach(({ kind }, i) => {
      if (kind === "for") lines.push(`const t${i} = ${times([before, `n${i}`])};`);
      if (kind === "for") before = `t${i}`;
    });
    for (const line of lines) this.line(line);
    this.set(this.layout.steps, before);
  }

  private instancesAbove(level: number): string {
    const { loops } = this.terms;
    const above = loops.flatMap((loop, i) => (loop.kind === "spatial" && loop.fanout < level ? [`n${i}`] : []));
    return times(above);
  }

  /** The temporal iterations of all loops outside the place. */
  private visitsAbove(depth: number): string {
    const last = this.terms.loops.findLastIndex((loop, i) => loop.kind === "for" && i < depth);
    return last < 0 ? "1" : `t${last}`;
  }

  private extent(variable: number, depth: number): string {
    const last = this.terms.loops.findLastIndex((loop, i) => loop.variable === variable && i < depth);
    return last < 0 ? `e${variable}` : `b${last}`;
  }

  /** The length of a tile along an axis. */
  private lengthOf({ projection }: Link, axis: number, depth: number): string {
    const reaches = projection.coefficients.flatMap((perAxis, v) => {
      const coefficient = Math.abs(perAxis[axis] ?? 0);
      return coefficient === 0 ? [] : [`${coefficient === 1 ? "" : `${coefficient} * `}(${this.extent(v, depth)} - 1)`];
    });
    return ["1", ...reaches].join(" + ");
  }

  private step({ projection }: Link, loop: number, axis: number): string {
    const coefficient = projection.coefficients[this.terms.loops[loop]?.variable ?? -1]?.[axis] ?? 0;
    return coefficient === 1 ? `b${loop}` : `${coefficient} * b${loop}`;
  }

  private link(terms: LinkTerms, id: number): void {
    const { link } = terms;
    const parent = this.slotsOf(link.tensor, link.parent.level);
    const depth = link.kind === "storage" ? link.child.depth : null;
    const axes = link.projection.offsets.map((_, axis) => axis);
    if (parent === undefined) return;
    if (link.parent.depth === 0) {
      const whole = axes.map((axis) => `(${this.lengthOf(link, axis, 0)})`);
      this.set(parent.tile, times(whole));
    }
    if (depth === null) {
      this.operands(terms, parent, id);
      return;
    }
    const own = this.slotsOf(link.tensor, link.child.level);
    if (own === undefined) return;
    for (const axis of axes) this.line(`const l${id}_${axis} = ${this.lengthOf(link, axis, depth)};`);
    this.line(`const tile${id} = ${times(axes.map((axis) => `l${id}_${axis}`))};`);
    this.set(own.tile, `tile${id}`);
    this.entered(terms, id, depth);
    const isOutput = link.role === "output";
    const lengths = axes.map((axis) => `l${id}_${axis}`);
    this.line(
      `const in${id} = ${isOutput ? `entered${id} - ${this.spread(terms.held, link, lengths)}` : `entered${id}`};`,
    );
    this.set(own.fills, `in${id}`);
    this.set(parent.reads, times([`in${id}`, this.requests(terms.down[0], link)]));
    if (isOutput) {
      this.set(own.drains, `entered${id}`);
      this.set(parent.updates, times([`entered${id}`, this.requests(terms.up[0], link)]));
    }
    const parents = this.instancesAbove(link.parent.level);
    link.fanouts.forEach((fanout, i) => {
      const down = times([`in${id}`, this.requests(terms.down[i + 1], link)]);
      const up = isOutput ? ` + ${times([`entered${id}`, this.requests(terms.up[i + 1], link)])}` : "";
      this.add(this.hopsOf(fanout), `(${down}${up}) * (${parents})`);
    });
  }

  private operands({ link, held, up, down }: LinkTerms, parent: TensorLayout, id: number): void {
    const steps = this.visitsAbove(this.terms.loops.length);
    const parents = this.instancesAbove(link.parent.level);
    const isOutput = link.role === "output";
    this.line(`const ops${id} = ${times([steps, this.requests((isOutput ? up : down)[0], link)])};`);
    if (isOutput) {
      const points = link.projection.offsets.map(() => "1");
      this.set(parent.updates, `ops${id}`);
      this.line(`const old${id} = ops${id} - ${this.spread(held, link, points)};`);
      this.add(parent.reads, `old${id}`);
    } else this.set(parent.reads, `ops${id}`);
    link.fanouts.forEach((fanout, i) => {
      const words = times([steps, this.requests((isOutput ? up : down)[i + 1], link)]);
      this.add(this.hopsOf(fanout), `(${words}${isOutput ? ` + old${id}` : ""}) * (${parents})`);
    });
  }

  /** `entered`: the tile at every visit, less what every event keeps. */
  private entered(terms: LinkTerms, id: number, depth: number): void {
    const visits = times([`tile${id}`, this.visitsAbove(depth)]);
    if (this.visits === "whole") {
      this.line(`const entered${id} = ${visits};`);
      return;
    }
    const { projection } = terms.link;
    const coupled = projection.groups.filter((group) => group.variables.some((v) => isCoupled(projection, v)));
    const axes = coupled.flatMap((group) => group.axes);
    const rest = projection.offsets.flatMap((_, axis) => (axes.includes(axis) ? [] : [`l${id}_${axis}`]));
    this.line(`let kept${id} = 0;`);
    if (terms.events.some((event) => event.moves === "along")) {
      this.line(`let slides${id} = false;`);
      for (const axis of axes) this.line(`let w${id}_${axis} = 0, d${id}_${axis} = 0;`);
      this.line(`const rest${id} = ${times(rest)};`);
    }
    this.line(`link${id}: {`);
    let mayMove = false;
    for (const event of terms.events) {
      mayMove ||= event.moves === "along";
      if (event.moves === "apart") this.line(`if (n${event.loop} > 1) break link${id};`);
      else if (mayMove) this.slide(terms, event, axes, id);
      else this.line(`kept${id} += ${this.happening(event)} * tile${id};`);
    }
    this.line("}");
    this.line(`const entered${id} = ${visits} - kept${id};`);
  }

  private happening({ loop }: EventTerm): string {
    return times([`(n${loop} - 1)`, this.visitsAbove(loop)]);
  }

  /** An event that may move the tile along the coupled axes. */
  private slide({ link, reuse }: LinkTerms, event: EventTerm, axes: readonly number[], id: number): void {
    const { loop } = event;
    this.line(`if (n${loop} > 1) {`);
    for (const axis of axes) {
      const own = event.moves === "along" ? this.step(link, loop, axis) : "0";
      this.line(`const s${axis} = ${own}, m${axis} = s${axis} - w${id}_${axis};`);
      const wraps = this.visits === "extrapolated" ? `s${axis}` : `(n${loop} - 1) * s${axis}`;
      if (event.moves === "along") this.line(`w${id}_${axis} += ${wraps};`);
    }
    const stands = axes.map((axis) => `m${axis} === 0`).join(" && ");
    this.line(`if (${stands}) kept${id} += ${this.happening(event)} * tile${id};`);
    const overlap = axes.map((axis) => `Math.max(0, l${id}_${axis} - Math.abs(m${axis}))`);
    const keeps = `kept${id} += ${times([this.happening(event), `rest${id}`, ...overlap])};`;
    if (reuse === "overlap") this.line(`else ${keeps}`);
    if (reuse === "slide") {
      const goesOn = axes.map((axis) => `m${axis} === d${id}_${axis}`).join(" && ");
      this.line("else {");
      this.line(`if (!slides${id}) { slides${id} = true; ${axes.map((a) => `d${id}_${a} = m${a};`).join(" ")} }`);
      this.line(`if (${goesOn}) ${keeps}`);
      this.line("}");
    }
    this.line("}");
  }

  private requests(requests: Requests | undefined, link: Link): string {
    if (requests === undefined) throw new Error("a fan-out without requests");
    const points = link.projection.offsets.map(() => "1");
    return times([...requests.times.map((loop) => `n${loop}`), this.spread(requests.places, link, points)]);
  }

  /** Words in the union of copies of a box with these lengths. */
  private spread({ times: apart, unions }: Spread, link: Link, lengths: readonly string[]): string {
    const joined = unions.flatMap((union) => union.axes);
    const plain = lengths.filter((_, axis) => !joined.includes(axis));
    const shadows = unions.map(({ axes, loops }) => {
      const own = axes.map((axis) => lengths[axis] ?? "1");
      const [axis = 0] = axes;
      const [loop = 0] = loops;
      if (loops.length === 1 && own.every((length) => length === "1")) return `n${loop}`;
      if (axes.length > 1) {
        const moves = loops.map((i) => `[n${i}, ${axes.map((a) => this.step(link, i, a)).join(", ")}]`);
        return `unionVolume([${own.join(", ")}], ${moves.join(", ")})`;
      }
      const moves = loops.map((i) => `n${i}, ${this.step(link, i, axis)}`);
      return `unionLength(${own[0]}, ${moves.join(", ")})`;
    });
    return times([...apart.map((loop) => `n${loop}`), ...plain, ...shadows]);
  }

  private slotsOf(tensor: number, level: number): TensorLayout | undefined {
    return this.layout.levels.find((l) => l.level === level)?.tensors.find((t) => t.tensor === tensor);
  }

  private hopsOf(fanout: number): number {
    const network = this.layout.networks.find(({ level }) => level === fanout);
    if (network === undefined) throw new Error(`no fan-out ${fanout}`);
    return network.hops;
  }
}
