import { light } from "./palette.js";

/**
 * What the page does beyond being read, all of it by the browser alone: chooses light or dark, saves a figure as an SVG file (colours
 * of the light page, written out so that any program draws them), opens a layer that is linked to, and opens everything to be printed.
 */
export const script: string = `
(() => {
  const light = ${JSON.stringify(light)};
  const root = document.documentElement;
  const theme = document.querySelector(".theme button");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { theme.textContent = isDark() ? "Light page" : "Dark page"; };
  theme.hidden = false;
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();
  let saved = null;
  const save = (figure) => {
    const text = new XMLSerializer().serializeToString(figure.querySelector("svg"))
      .replaceAll(/var\\(--([\\w-]+)\\)/g, (all, name) => light[name] ?? all);
    const link = document.createElement("a");
    // Some browsers read it only once the click is over.
    if (saved) URL.revokeObjectURL(saved);
    saved = link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    link.download = figure.id + ".svg";
    link.click();
  };
  for (const button of document.querySelectorAll("button.save")) {
    button.hidden = false;
    button.addEventListener("click", () => save(button.closest("figure")));
  }
  const layers = [...document.querySelectorAll(".layers > details")];
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const closed = target && target.closest("details");
    if (closed) { closed.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  reveal();
  let shut = [];
  addEventListener("beforeprint", () => { shut = layers.filter((one) => !one.open); for (const one of shut) one.open = true; });
  addEventListener("afterprint", () => { for (const one of shut) one.open = false; });
})();
`.trim();
