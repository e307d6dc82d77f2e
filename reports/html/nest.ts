import { drawLoopNest, type LegalMapping } from "../../mappings/index.js";
import { escaped } from "./elements.js";
import { letterColour } from "./palette.js";

/** The drawn loop nest with tensors in their colours, levels strong, spatial loops set apart. */
export function nestHtml(legal: LegalMapping): string {
  const colours = new Map(legal.layer.einsum.tensors.map(({ name, role }, place) => [name, letterColour(role, place)]));
  const lines = drawLoopNest(legal).split("\n").flatMap(unfolded);
  return `<pre tabindex="0" class="nest" aria-label="Loop nest">${lines.map((line) => lineHtml(line, colours)).join("\n")}</pre>`;
}

/** Spatial loops that share a line, one below the other: the column is narrow. */
function unfolded(line: string): readonly string[] {
  const [indent = ""] = /^ */.exec(line) ?? [];
  return line
    .trimStart()
    .split(/ {3,}/)
    .map((part) => indent + part);
}

function lineHtml(line: string, colours: ReadonlyMap<string, string>): string {
  const [, level, names, rule] = /^(\S.*?) \[(.*)\] (─*)$/.exec(line) ?? [];
  if (level !== undefined && names !== undefined) {
    const tensors = names
      .split(" ")
      .map((name) => `<span style="color:${colours.get(name) ?? "inherit"}">${escaped(name)}</span>`);
    return `<b>${escaped(level)}</b> [${tensors.join(" ")}] <i aria-hidden="true">${rule ?? ""}</i>`;
  }
  return escaped(line).replaceAll(/spatial-[xy]/g, (word) => `<em>${word}</em>`);
}
