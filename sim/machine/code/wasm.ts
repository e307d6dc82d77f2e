/**
 * A small assembler for WebAssembly. Code stands in the order of the stack machine, so that `add(get(a), i32(4))` is the code that
 * leaves a + 4; it is kept as nested lists of bytes, and written out once, at the end. Numbers of opcodes: WebAssembly Core
 * Specification 2.0, §5.4.
 */
export type Code = readonly (number | Code)[];

/** A parameter or local of the function being written. */
export type Local = number & { readonly local: true };

export type ValueType = "i32" | "f32" | "f64" | "v128";

const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const VOID = 0x40;

/** Unsigned LEB128. */
export function u32(value: number): Code {
  const bytes: number[] = [];
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

/** Signed LEB128. */
function s32(value: number): Code {
  const bytes: number[] = [];
  let rest = value | 0;
  while (rest < -64 || rest > 63) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  bytes.push(rest & 0x7f);
  return bytes;
}

export const seq = (...codes: readonly Code[]): Code => codes;
export const get = (local: Local): Code => [0x20, u32(local)];
export const set = (local: Local, value: Code): Code => [value, 0x21, u32(local)];
export const tee = (local: Local, value: Code): Code => [value, 0x22, u32(local)];
export const i32 = (value: number): Code => [0x41, s32(value)];
export const add = (a: Code, b: Code): Code => [a, b, 0x6a];
export const sub = (a: Code, b: Code): Code => [a, b, 0x6b];
export const mul = (a: Code, b: Code): Code => [a, b, 0x6c];
export const shl = (a: Code, bits: number): Code => [a, i32(bits), 0x74];
export const isAtLeast = (a: Code, b: Code): Code => [a, b, 0x4e];
export const loadI32 = (address: Code, offset = 0): Code => [address, 0x28, 2, u32(offset)];
export const storeI32 = (address: Code, offset: number, value: Code): Code => [address, value, 0x36, 2, u32(offset)];
/** Calls function number `index` of the module. */
export const call = (index: number, ...parameters: readonly Code[]): Code => [parameters, 0x10, u32(index)];
/** The step of a pointer or counter: `local += by`. */
export const advance = (local: Local, by: Code): Code => set(local, add(get(local), by));

/** An instruction of the vector extension. */
export const simd = (opcode: number, ...immediates: readonly (number | Code)[]): Code => [
  0xfd,
  u32(opcode),
  ...immediates,
];

/** Does the body `times` (at least 1) times, counting down in `counter`. */
export const repeat = (counter: Local, times: Code, body: Code): Code => [
  set(counter, times),
  [0x03, VOID, body, tee(counter, sub(get(counter), i32(1))), 0x0d, 0, 0x0b],
];

/** Does the body as long as the condition holds before it. */
export const whileTrue = (condition: Code, body: Code): Code => [
  [0x02, VOID, condition, 0x45, 0x0d, 0],
  [0x03, VOID, body, condition, 0x0d, 0, 0x0b],
  0x0b,
];

/** Does the body if the condition is not 0. */
export const when = (condition: Code, body: Code): Code => [condition, 0x04, VOID, body, 0x0b];
export const isNotNegative = (a: Code): Code => isAtLeast(a, i32(0));
export const isBelow = (a: Code, b: Code): Code => [a, b, 0x48];
export const both = (a: Code, b: Code): Code => [a, b, 0x71];

/** Does the case that the selector, from 0 up, stands for. */
export function choose(selector: Code, cases: readonly Code[]): Code {
  const last = cases.length - 1;
  const labels = cases.map((_, i) => u32(i));
  return [
    [0x02, VOID],
    cases.map(() => [0x02, VOID]),
    [selector, 0x0e, vector(labels), u32(last)],
    cases.map((body, i) => [0x0b, body, 0x0c, u32(last - i)]),
    0x0b,
  ];
}

/** A function of i32 parameters without a result. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** Hands out locals while a function is written. */
export class Locals {
  readonly types: ValueType[] = [];
  readonly parameters: number;
  constructor(parameters: number) {
    this.parameters = parameters;
  }
  parameter(index: number): Local {
    if (index >= this.parameters) throw new Error(`parameter ${index} of ${this.parameters}`);
    return index as Local;
  }
  fresh(type: ValueType): Local {
    this.types.push(type);
    return (this.parameters + this.types.length - 1) as Local;
  }
}

/** A module that imports its memory (`machine.memory`) and exports its functions. */
export function moduleOf(functions: readonly WasmFunction[]): Uint8Array {
  const signatures = functions.map(({ parameters }) => [0x60, vector(Array(parameters).fill([typeCodes.i32])), 0]);
  const bodies = functions.map(({ locals, body }) =>
    sized([vector(locals.map((type) => [1, typeCodes[type]])), body, 0x0b]),
  );
  return written([
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, vector(signatures)),
    section(2, vector([[text("machine"), text("memory"), 0x02, 0x00, 0]])),
    section(3, vector(functions.map((_, i) => u32(i)))),
    section(7, vector(functions.map(({ name }, i) => [text(name), 0x00, u32(i)]))),
    section(10, vector(bodies)),
  ]);
}

const vector = (items: readonly Code[]): Code => [u32(items.length), ...items];
const section = (id: number, content: Code): Code => [id, sized(content)];
const sized = (content: Code): Code => [u32(lengthOf(content)), content];
const text = (ascii: string): Code => [u32(ascii.length), ...Array.from(ascii, (letter) => letter.charCodeAt(0))];

function lengthOf(code: Code): number {
  let length = 0;
  for (const part of code) length += typeof part === "number" ? 1 : lengthOf(part);
  return length;
}

function written(code: Code): Uint8Array {
  const bytes = new Uint8Array(lengthOf(code));
  let at = 0;
  const write = (parts: Code): void => {
    for (const part of parts)
      if (typeof part === "number") bytes[at++] = part;
      else write(part);
  };
  write(code);
  return bytes;
}
