import { estimates } from "../../arch-specs/index.js";
import { layerTables } from "./layers.js";
import { power } from "./power.js";
import { architectureOf, priced } from "./recorded.js";
import { areas, batches, dataflows, fig10, relative } from "./sections.js";
import { LARGER_BATCHES, SAME_HARDWARE, SAME_STORAGE } from "./studies.js";

/** The tables of docs/validation.md that are made here, by the name of their place. */
export function sections(): ReadonlyMap<string, string> {
  const same = priced(SAME_HARDWARE);
  return new Map([
    ["relative", relative(estimates(architectureOf("isca16-65nm.yaml")))],
    ["area", areas(estimates(architectureOf("eyeriss-65nm.yaml")))],
    ["fig10", fig10(same)],
    ["dataflows", dataflows(same, priced(SAME_STORAGE))],
    ["batches", batches([[16, same], ...LARGER_BATCHES.map(([batch, study]) => [batch, priced(study)] as const)])],
    ...layerTables(),
    ["power-alexnet", power("alexnet")],
    ["power-vgg16", power("vgg16")],
  ]);
}

/** A document with the tables between `<!-- validate:NAME -->` and `<!-- end -->` made anew. */
export function withSections(document: string, made: ReadonlyMap<string, string>): string {
  return document.replaceAll(/(<!-- validate:([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g, (whole, open, name, close) => {
    const table = made.get(name);
    return table === undefined ? whole : `${open}\n${table}\n\n${close}`;
  });
}
