/** The look of the report. Series colours are told apart with any colour vision (Okabe and Ito's set, lightened in the dark). */
export const style: string = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1e21; --quiet: #d5d8dc; --soft: #f4f5f7; --accent: #0062a3;
  --series-1: #0072b2; --series-2: #e69f00; --series-3: #009e73; --series-4: #cc79a7; --series-5: #56b4e9; --series-6: #d55e00;
  --series-7: #b8a600; --series-8: #7f7f7f; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181c; --ink: #e6e8eb; --quiet: #3a4048; --soft: #1f2329; --accent: #6cb8f0;
  --series-1: #3d9bd6; --series-2: #f0b440; --series-3: #2fbf97; --series-4: #dc9abf; --series-5: #85caf0; --series-6: #f0803c;
  --series-7: #e0d050; --series-8: #a5a5a5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 1rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
a { color: var(--accent); }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0; }
.tiles div { background: var(--soft); border-radius: .5rem; padding: .6rem 1rem; }
.tiles dt { font-size: .8rem; opacity: .75; } .tiles dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
figure { margin: 0 0 1rem; break-inside: avoid; } figure svg { max-width: 100%; height: auto; }
figcaption, footer { font-size: .85rem; opacity: .8; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .85rem; margin: .5rem 0; }
th, td { padding: .2rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--quiet); }
th:first-child, td:first-child { text-align: left; }
thead th { font-weight: 600; }
details { border-top: 1px solid var(--quiet); padding: .5rem 0; } summary { cursor: pointer; font-weight: 600; }
.layer { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
pre { background: var(--soft); border-radius: .5rem; padding: .75rem 1rem; overflow-x: auto; font: 12.5px/1.4 ui-monospace, monospace; margin: .5rem 0; }
footer { margin-top: 2rem; }
@media print { body { max-width: none; padding: 0; } details { break-inside: avoid; } }
`;
