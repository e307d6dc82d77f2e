import { jointAtoms, type Setting } from "./atoms.js";
import { ChainAtoms } from "./chain-atoms.js";
import { ChainPowers, ColumnAtoms } from "./chain-powers.js";
import type { ChainLoop } from "./chains.js";
import type { Column, Relaxation, Term } from "./relaxation.js";

/**
 * The relaxation with one column for all that are equal whatever the splits. As a rule that is a quarter of them less: where nothing is shared, all kinds of
 * transfers are alike. Differences go that are nothing; terms of one column stay apart, since products cover differences one by one (`coversOf`).
 */
export function condensed(setting: Setting, relaxation: Relaxation): Relaxation {
  const { columns, energy, delays, capacities, fanouts, leaks } = relaxation;
  const names = namesOf(setting, relaxation);
  const tiles = new Set(capacities.flatMap((limit) => limit.columns));
  // Capacities know their columns by the tiles that these are.
  const like = names.map((name, c) => (tiles.has(c) ? c : names.indexOf(name)));
  const terms = [...energy, ...delays.flat()];
  const isOne = (c: number): boolean => names[c] === names.at(-1);
  const isNothing = ({ v }: Term): boolean => v >= 0 && isOne(v);
  const used = new Set([
    ...[...tiles, ...fanouts.map(({ column }) => column)],
    ...leaks.flatMap(({ instances, lasting }) => [instances, lasting]),
    ...terms.filter((term) => !isNothing(term)).flatMap(({ column, v }) => (v < 0 ? [column] : [column, v])),
  ]);
  const left = [...new Set([...used].map((c) => like[c] ?? c))].sort((a, b) => a - b);
  const at = like.map((c) => left.indexOf(c));
  const to = (c: number): number => at[c] ?? -1;
  const termsOf = (all: readonly Term[]): readonly Term[] =>
    all
      .filter((term) => !isNothing(term))
      .map(({ weight, column, v }) => ({ weight, column: to(column), v: v < 0 ? -1 : to(v) }));
  return {
    ...relaxation,
    columns: left.flatMap((c) => columns[c] ?? []),
    energy: termsOf(energy),
    delays: delays.map(termsOf),
    capacities: capacities.map(({ columns: of, most }) => ({ columns: of.map(to), most })),
    fanouts: fanouts.map(({ column, most }) => ({ column: to(column), most })),
    leaks: leaks.map(({ weight, instances, lasting }) => ({ weight, instances: to(instances), lasting: to(lasting) })),
  };
}

/** Per column a name that tells its factor for every split; behind them the name of what is always 1. */
function namesOf(setting: Setting, relaxation: Relaxation): readonly string[] {
  const { problem } = setting;
  const columns: readonly Column[] = [...relaxation.columns, { times: [], over: [], entered: -1, held: -1 }];
  const names = columns.map(({ entered, held }) => [`${entered} ${held}`]);
  const of = new ColumnAtoms({ ...relaxation, columns });
  problem.bounds.forEach((_, variable) => {
    const powers = new ChainPowers(setting, of, new ChainAtoms(setting, variable), variable);
    const kinds = loopsOf(setting, variable).map((loop) => powers.kinds[powers.kindOf(loop)]?.powers);
    const tiles = columns.map(() => new Map<number, number>());
    for (const { column, node, power } of powers.held) tiles[column]?.set(node, (tiles[column].get(node) ?? 0) + power);
    names.forEach((name, c) => {
      name.push(kinds.map((own) => own?.[c]).join(), netOf(tiles[c] ?? new Map()));
    });
  });
  problem.groups.forEach((_, group) => {
    const joint = new Set(jointAtoms(setting, group));
    columns.forEach(({ times, over }, c) => {
      const net = new Map<number, number>();
      for (const atom of times) if (joint.has(atom)) net.set(atom, (net.get(atom) ?? 0) + 1);
      for (const atom of over) if (joint.has(atom)) net.set(atom, (net.get(atom) ?? 0) - 1);
      names[c]?.push(netOf(net));
    });
  });
  return names.map((name) => name.join(" / "));
}

/** What is there to a power other than 0. */
const netOf = (powers: ReadonlyMap<number, number>): string =>
  [...powers]
    .filter(([, power]) => power !== 0)
    .sort(([a], [b]) => a - b)
    .map(([of, power]) => `${of}^${power}`)
    .join();

/** A loop of the variable of each kind: in every region, and on every axis of every fan-out. */
function loopsOf({ problem, placement }: Setting, variable: number): readonly ChainLoop[] {
  const some = { variable, count: 2, by: 1, position: 0 };
  const regions = [...placement.nodes.keys(), placement.nodes.length];
  return [
    ...regions.map((place): ChainLoop => ({ ...some, place, fanout: -1, axis: "x" })),
    ...problem.fanouts.flatMap((__, fanout) =>
      (["x", "y"] as const).map((axis): ChainLoop => ({ ...some, place: -1, fanout, axis })),
    ),
  ];
}
