/** The part of the WebAssembly API that the machine uses; it is there wherever JavaScript runs, but not among ES2023's types. */
interface WebAssemblyApi {
  readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, WasmMemory>>>>,
  ) => { readonly exports: Readonly<Record<string, WasmCall>> };
}
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}
export type WasmCall = (...parameters: readonly number[]) => void;

declare const WebAssembly: WebAssemblyApi;

export const memoryOf = (bytes: number): WasmMemory => {
  const pages = Math.ceil(bytes / 65536);
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
};

/** A compiled module. */
export type WasmModule = object;
export const compiled = (bytes: Uint8Array): WasmModule => new WebAssembly.Module(bytes);

/** The functions of a module that imports `machine.memory`. */
export function instantiate(module: WasmModule, memory: WasmMemory): Readonly<Record<string, WasmCall>> {
  return new WebAssembly.Instance(module, { machine: { memory } }).exports;
}
