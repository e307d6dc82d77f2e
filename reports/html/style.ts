import { dark, declarations, light } from "./palette.js";

const darkFigures = declarations(dark);

/** The look of the report: one column of text with figures as in a paper, contents beside it where the window is wide. */
export const style: string = `
:root{color-scheme:light dark;${declarations(light)};
--serif:Charter,"Bitstream Charter","Sitka Text","Iowan Old Style",Cambria,Georgia,serif;
--sans:"Helvetica Neue","Segoe UI",Roboto,Helvetica,Arial,sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${darkFigures}}}
@media screen{:root[data-theme=dark]{color-scheme:dark;${darkFigures}}}
:root[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1.5rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--paper);color:var(--ink);font:15.5px/1.6 var(--sans);font-variant-numeric:tabular-nums lining-nums;-webkit-text-size-adjust:100%}
.page{display:grid;grid-template-columns:minmax(0,1fr);max-width:62rem;margin:0 auto;padding:0 1.5rem 4rem}
nav{font-size:.85rem;padding:1.25rem 0}
nav ol{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem}
nav a{color:var(--muted);text-decoration:none}
nav a:hover,nav a:focus-visible{color:var(--accent);text-decoration:underline}
nav .theme{margin-top:.75rem}
@media (min-width:76rem){.page{grid-template-columns:11.5rem minmax(0,62rem);gap:0 3rem;max-width:80rem}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:4.6rem 0 1rem;grid-row:1/span 3}
nav ol{display:block}nav li{padding:.22rem 0}main,header,footer{grid-column:2}}
header{padding:3.25rem 0 0}
h1{font:600 2.1rem/1.2 var(--serif);letter-spacing:-.01em;margin:0;text-wrap:balance;overflow-wrap:anywhere}
.byline{color:var(--muted);margin:.5rem 0 1.25rem;font-size:.95rem}
h2{font:600 1.4rem/1.3 var(--serif);margin:3.25rem 0 .35rem;letter-spacing:-.005em}
h3{font:600 1.05rem/1.4 var(--serif);margin:0}
.lead{font:1.08rem/1.65 var(--serif);max-width:44rem;margin:1.25rem 0;text-wrap:pretty}
p{max-width:46rem}
.note{color:var(--muted);font-size:.9rem;margin:.2rem 0 1rem}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:3px;border-radius:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem .75rem;z-index:1}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:0;margin:1.5rem 0 0;border-top:1px solid var(--line)}
.facts div{padding:.8rem 1rem .8rem 0;border-bottom:1px solid var(--line)}
.facts dt{font-size:.8rem;color:var(--muted)}
.facts dd{margin:0;font:500 1.35rem/1.35 var(--sans);letter-spacing:-.01em}
.facts dd small{display:block;font-size:.8rem;font-weight:400;color:var(--muted);letter-spacing:0}
figure{margin:1.75rem 0 2.5rem;break-inside:avoid}
.plot{overflow-x:auto;padding:.25rem 0}
figure svg{display:block;max-width:100%;height:auto}
.plot.wide svg{max-width:none}
figcaption{font:.95rem/1.55 var(--serif);color:var(--ink);margin-top:.6rem;max-width:46rem;text-wrap:pretty}
figcaption b{font-weight:600}
.tools{display:flex;flex-wrap:wrap;gap:.4rem 1.25rem;align-items:baseline;margin-top:.35rem}
.tools details{flex-basis:auto}.tools details[open]{flex-basis:100%;order:2;min-width:0}
button,.tools summary{font:.83rem/1.5 var(--sans);color:var(--accent);background:none;border:0;padding:.15rem 0;cursor:pointer}
button:hover,.tools summary:hover{text-decoration:underline}
.theme button{color:var(--muted)}
.scroll{overflow-x:auto;margin:.6rem 0 1rem}
table{border-collapse:collapse;font-size:.84rem;line-height:1.45;border-top:1.5px solid var(--ink);border-bottom:1.5px solid var(--ink)}
caption{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
th,td{padding:.26rem .85rem;text-align:right;white-space:nowrap;font-weight:400}
th:first-child,td:first-child{padding-left:.15rem;text-align:left}
th:last-child,td:last-child{padding-right:.15rem}
th.t,td.t{text-align:left}
td.long{white-space:normal;min-width:8rem}
tbody th,tbody td{vertical-align:top}
thead th{font-weight:600;border-bottom:1px solid var(--ink);white-space:normal;vertical-align:bottom}
tfoot th,tfoot td{border-top:1px solid var(--line);font-weight:600}
tbody tr:hover{background:var(--wash)}
.further{margin:1rem 0}
.again{color:var(--muted);opacity:.65}
.layers>details{border-top:1px solid var(--line)}
.layers>details:last-child{border-bottom:1px solid var(--line)}
.layers summary{cursor:pointer;padding:.7rem 0;list-style-position:outside;margin-left:1.1rem}
.layers summary h3{display:inline}
.layers summary span{color:var(--muted);font-size:.88rem;margin-left:.75rem}
.mapping{margin:.25rem 0 2rem}
.mapping h4{font:600 .95rem/1.4 var(--sans);margin:1.25rem 0 .25rem}
.beside{display:grid;grid-template-columns:minmax(0,1fr);gap:0 1.75rem}
@media (min-width:66rem){.beside{grid-template-columns:minmax(0,4fr) minmax(0,5fr)}}
.beside figure{margin:.5rem 0 1rem}
.nest{font:11.6px/1.62 var(--mono);margin:.5rem 0;padding:.9rem 1.1rem;background:var(--wash);border-radius:6px;overflow-x:auto;font-variant-ligatures:none;align-self:start}
.nest>b{font-weight:700}.nest i{color:var(--line);font-style:normal}.nest em{color:var(--accent);font-style:normal}
footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--muted);font-size:.85rem}
@media (max-width:40rem){body{font-size:15px}.page{padding:0 1rem 3rem}header{padding-top:1rem}h1{font-size:1.55rem}h2{margin-top:2.5rem}.facts{grid-template-columns:1fr 1fr}.facts dd{font-size:1.15rem}}
@page{margin:16mm 15mm}
@media print{body{font-size:9.5pt;line-height:1.45}.page{display:block;max-width:none;padding:0}
nav,button,.skip{display:none}header{padding-top:0}h1{font-size:19pt}h2{font-size:14pt;margin-top:9mm;break-after:avoid}h3,h4{break-after:avoid}
.lead{font-size:11pt}figcaption{font-size:9pt}table{font-size:7.6pt}th,td{padding:.15rem .45rem}
.scroll,.plot{overflow:visible}.plot svg{min-width:0!important}.facts{grid-template-columns:repeat(auto-fit,minmax(25mm,1fr))}.facts dd{font-size:12pt}summary{break-after:avoid}.nest i{display:none}.plot.wide svg{max-width:100%}
.tools details{display:none}.layers details::details-content{content-visibility:visible;block-size:auto}
tr,.facts div{break-inside:avoid}thead{display:table-header-group}
.nest{font-size:7.6pt;white-space:pre-wrap;padding:.6rem .8rem}.beside{grid-template-columns:minmax(0,4fr) minmax(0,5fr)}a{color:inherit;text-decoration:none}}
`.trim();
