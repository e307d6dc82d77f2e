import { contestText } from "../contest.js";
import { explanationText } from "../explanation-text.js";
import { findingsText } from "../findings-text.js";
import type { LayerResult } from "../result.js";
import { plainPaint } from "../table.js";
import { escaped } from "./elements.js";

/** What was asked for beside the result, as the command line tells it: how numbers come about, what binds, a mapping of the user's. */
export function furtherHtml(result: LayerResult): string {
  const { explanations = [], findings = [], contest, objective = "" } = result;
  const texts = [
    ...(findings.length === 0 ? [] : [findingsText(result, plainPaint)]),
    ...(contest === undefined ? [] : [contestText(contest, objective, plainPaint)]),
    ...explanations.map((explanation) => explanationText(explanation, plainPaint)),
  ];
  return texts.map((text) => `<pre tabindex="0" class="nest further">${escaped(text.trimEnd())}</pre>`).join("");
}
