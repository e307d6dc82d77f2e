import type {
  Architecture,
  ComputeLevel,
  FanoutLevel,
  Level,
  StorageLevel,
  TensorSet,
} from "../../arch-specs/index.js";
import type { Location } from "../../base/index.js";
import type { Component, Container } from "./components.js";
import { energyOf, type Tables } from "./energies.js";
import type { Reader } from "./reader.js";
import { clusterOf, noteAttributes, readStorage } from "./storage.js";

/** What a mapping says that shapes the architecture. */
export interface Uses {
  /** Whether the mapping keeps something in the storage of this name. */
  readonly keepsIn: (storage: string) => boolean;
  /** Tensors that are neither multicast nor reduced below the target of this name. */
  readonly unshared: (target: string) => ReadonlySet<string>;
  /** Tensors that neighbours do not pass on below the target of this name. */
  readonly unlinked: (target: string) => ReadonlySet<string>;
  /** Instances in use of the storage of this name, where a mapping is known. */
  readonly instancesOf: (storage: string) => number | null;
  /** All tensors, for sets that leave some out. */
  readonly tensors: readonly string[];
}

/** A storage of the files, outermost first. Those that only spread (`dummy_storage`) are not levels of ours. */
export interface StorageSite {
  readonly name: string;
  readonly isLevel: boolean;
  /** The fan-outs between it and the next storage or compute, by the names that a mapping may call them, outermost first. */
  readonly fanouts: readonly FanoutSite[];
}
export interface FanoutSite {
  readonly target: string;
  readonly level: string;
}
export interface Hierarchy {
  readonly architecture: Architecture;
  readonly storages: readonly StorageSite[];
}

export interface Surroundings {
  /** What the architecture is called. */
  readonly name: string;
  readonly tables: Tables;
  readonly hasTables: boolean;
  readonly uses: Uses;
  readonly at: Location;
}

/** Builds our levels: a storage level for each storage, a fan-out where the mesh grows from one component to the next. */
export function buildHierarchy(
  components: readonly Component[],
  { name, tables, hasTables, uses, at }: Surroundings,
  reader: Reader,
): Hierarchy | null {
  const { storages, compute } = split(components, at, reader);
  if (compute === null || storages.length === 0) return null;
  const levels: Level[] = [];
  const sites: StorageSite[] = [];
  storages.forEach((component, i) => {
    const next = storages[i + 1] ?? compute;
    const isLevel = !isDummy(component) || uses.keepsIn(component.name);
    const instances = component.meshX * component.meshY;
    if (i === 0 && instances > 1)
      reader.report(
        "outermost-mesh",
        component.at,
        `${component.name} is outermost and has ${instances} instances, not one`,
      );
    if (isLevel) levels.push(storageLevel(component, tables, uses, reader));
    else reader.note(`${component.name} only spreads what passes by: a fan-out, not a level`);
    const fanouts = fanoutsBelow(component, next, reader);
    levels.push(...fanouts.map((fanout) => fanoutLevel(fanout, uses)));
    sites.push({
      name: component.name,
      isLevel,
      fanouts: fanouts.map(({ level, target }) => ({ level, target })),
    });
  });
  levels.push(computeLevel(compute, tables, reader));
  if (!hasTables) reader.note("no energy reference table (ERT) is given: all energies are 0");
  checkNames(levels, at, reader);
  noteAttributes(components, reader);
  const seconds = components[0]?.attributes.get("global_cycle_seconds")?.value;
  const cycle = seconds === undefined ? 1e-9 : (reader.rate(seconds, "global_cycle_seconds") ?? 1e-9);
  const clockHz = Math.round(1 / cycle) || 1;
  return { architecture: { name, source: "imported from Timeloop", clockHz, levels }, storages: sites };
}

const NETWORK = /noc|network|legacy|reductiontree|simplemulticast|^bus$/i;
const COMPUTE = /mac|compute|alu|multiplier/i;
const isDummy = (component: Component): boolean => component.componentClass === "dummy_storage";

function split(
  components: readonly Component[],
  at: Location,
  reader: Reader,
): { readonly storages: readonly Component[]; readonly compute: Component | null } {
  const used = components.filter(({ name, componentClass }) => {
    const isNetwork = NETWORK.test(componentClass);
    if (isNetwork) reader.note(`${name} (${componentClass}) is not modelled: networks cost nothing here`);
    return !isNetwork;
  });
  const compute = used.findLast(({ componentClass }) => COMPUTE.test(componentClass)) ?? used.at(-1) ?? null;
  const storages = used.slice(0, compute === null ? 0 : used.indexOf(compute));
  for (const extra of compute === null ? [] : used.slice(used.indexOf(compute) + 1))
    reader.note(`${extra.name} stands below compute and is left out`);
  if (compute === null) reader.report("no-compute", at, "the architecture has no compute component");
  else if (storages.length === 0) reader.report("no-storage", at, "the architecture has no storage above compute");
  return { storages, compute };
}

interface Spread extends FanoutSite {
  readonly x: number;
  readonly y: number;
}

function fanoutsBelow(above: Component, below: Component, reader: Reader): readonly Spread[] {
  const x = below.meshX / above.meshX;
  const y = below.meshY / above.meshY;
  if (!Number.isInteger(x) || !Number.isInteger(y)) {
    const meshes = `${below.name} is ${below.meshX} by ${below.meshY}, ${above.name} ${above.meshX} by ${above.meshY}`;
    reader.report("mesh-ratio", below.at, `the mesh must grow by whole factors: ${meshes}`);
    return [];
  }
  const spreading = below.containers.filter((container: Container) => container.x * container.y > 1);
  if (spreading.length > 0)
    return spreading.map(({ name, x: columns, y: rows }) => ({ level: name, target: name, x: columns, y: rows }));
  if (x * y === 1) return [];
  const level = isDummy(above) ? above.name : `${above.name}-${below.name}`;
  return [{ level, target: above.name, x, y }];
}

function fanoutLevel({ level, target, x, y }: Spread, uses: Uses): FanoutLevel {
  const without = (excluded: ReadonlySet<string>): { readonly x: TensorSet; readonly y: TensorSet } => {
    const set: TensorSet = excluded.size === 0 ? "all" : new Set(uses.tensors.filter((name) => !excluded.has(name)));
    return { x: set, y: set };
  };
  const shared = without(uses.unshared(target));
  return {
    kind: "fanout",
    name: level,
    x,
    y,
    multicast: shared,
    reduction: shared,
    links: without(uses.unlinked(target)),
    hopEnergy: 0,
    leak: 0,
    area: 0,
  };
}

function storageLevel(component: Component, tables: Tables, uses: Uses, reader: Reader): StorageLevel {
  const { name } = component;
  const { block, capacity, wordBits, bandwidth, buffering } = readStorage(component, reader);
  const scale = clusterScale(component, uses, reader);
  const action = (names: readonly string[]): number => (energyOf(tables, name, names) ?? 0) * scale;
  if (tables.energies.size > 0 && !tables.energies.has(name) && !isDummy(component))
    reader.note(`the energy reference table has no entry for ${name}: its energies are 0`);
  return {
    kind: "storage",
    name,
    capacity: { kind: "shared", words: capacity },
    wordBits,
    block,
    reuse: "slide",
    keeps: new Set(),
    mayKeep: "all",
    bandwidth,
    energy: {
      read: action(["read", "random_read"]),
      write: action(["write", "fill", "random_fill"]),
      update: action(["update", "random_update", "write", "random_fill"]),
      leak: energyOf(tables, name, ["leak"]) ?? 0,
    },
    buffering,
    area: tables.areas.get(name) ?? 0,
  };
}

/** Clustered instances share one access; how many do depends on the mapping, so the energies are those of this mapping. */
function clusterScale(component: Component, uses: Uses, reader: Reader): number {
  const cluster = clusterOf(component, reader);
  const used = uses.instancesOf(component.name);
  if (cluster === 1) return 1;
  if (used === null) {
    reader.note(`${component.name} has clusters of ${cluster} instances, which are not modelled without a mapping`);
    return 1;
  }
  const clusters = Math.min(used, Math.floor((component.meshX * component.meshY) / cluster));
  reader.note(
    `${component.name} has clusters of ${cluster} instances that share an access: with this mapping (${used} instances in ${clusters} clusters) its energies are divided by ${used / clusters}`,
  );
  return clusters / used;
}

function computeLevel(component: Component, tables: Tables, reader: Reader): ComputeLevel {
  const { name } = component;
  const energy = energyOf(tables, name, ["compute", "mac_random", "mac", "random_compute", "multiply"]);
  if (energy === undefined && tables.energies.size > 0)
    reader.note(`the energy reference table has no compute energy for ${name}: it is 0`);
  if ((energyOf(tables, name, ["leak"]) ?? 0) > 0)
    reader.note(`Timeloop does not count the leakage of ${name}: it is left out`);
  return {
    kind: "compute",
    name,
    operationsPerCycle: 1,
    energy: energy ?? 0,
    leak: 0,
    latency: 0,
    area: tables.areas.get(name) ?? 0,
  };
}

function checkNames(levels: readonly Level[], at: Location, reader: Reader): void {
  const seen = new Set<string>();
  for (const { name } of levels) {
    if (seen.has(name)) reader.report("repeated-name", at, `two components are called ${JSON.stringify(name)}`);
    seen.add(name);
  }
}
