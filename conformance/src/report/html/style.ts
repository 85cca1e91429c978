/** The style sheet of the report. A verdict has a word everywhere; its colour only helps. */
export const STYLE = `
:root{color-scheme:light dark;--page:#faf9f6;--card:#fff;--ink:#1b1f24;--quiet:#626a74;--line:#e3e0d9;--faint:#f1efe9;
--good:#1a6f45;--good-bg:#e3f2e9;--bad:#ad1f1f;--bad-bg:#fbe3e1;--doubt:#855300;--doubt-bg:#fbefd6;--known:#5547ad;--known-bg:#ebe8fa;
--up:#2d63ab;--down:#0f7a6c;--accent:#e2500c;--focus:#2d63ab}
@media (prefers-color-scheme:dark){:root{--page:#121418;--card:#1a1d23;--ink:#e9e7e2;--quiet:#9aa2ad;--line:#2e333b;--faint:#20242b;
--good:#6fd39d;--good-bg:#15301f;--bad:#ff9388;--bad-bg:#451a19;--doubt:#f2bd62;--doubt-bg:#3a2b0e;--known:#b9aeff;--known-bg:#2a2548;
--up:#82b4f5;--down:#5fd0bf;--accent:#ff7a3d;--focus:#82b4f5}}
*{box-sizing:border-box}html{scroll-behavior:smooth}@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1240px;margin:0 auto;padding:2.2rem clamp(.9rem,3vw,2rem) 5rem}
a{color:inherit;text-decoration-color:color-mix(in srgb,currentColor 35%,transparent);text-underline-offset:3px}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:4px}
code,.id,.matrix tbody th[scope=row],.cells th[scope=row],.entries td{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
h1{font-size:clamp(1.7rem,4vw,2.4rem);line-height:1.2;letter-spacing:-.02em;margin:.1rem 0 .3rem;display:flex;flex-wrap:wrap;gap:.8rem;align-items:center;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.6rem 0 .7rem;letter-spacing:-.01em}
small{color:var(--quiet);font-weight:400}.quiet,.legend,.facts,.hint{color:var(--quiet)}
.suite{margin:0;color:var(--quiet);letter-spacing:.04em}.sentence{margin:0 0 1rem;font-size:1.05rem}
.verdict{display:inline-block;padding:.1em .6em;border-radius:99px;font-size:.8rem;font-weight:650;line-height:1.55;white-space:nowrap;letter-spacing:0}
h1 .verdict{font-size:1rem}
.pass{--c:var(--good);--b:var(--good-bg)}.fail,.stale-entry,.flaky{--c:var(--bad);--b:var(--bad-bg)}
.inconclusive,.not-tested,.blocked,.warn{--c:var(--doubt);--b:var(--doubt-bg)}.known-failing{--c:var(--known);--b:var(--known-bg)}.not-applicable{--c:var(--quiet);--b:var(--faint)}
.verdict{color:var(--c);background:var(--b)}
.claim{display:inline-flex;margin:0;border-radius:6px;overflow:hidden;border:1px solid var(--line);font-size:.9rem}.claim>*{padding:.2rem .65rem}.claim span{background:var(--faint);color:var(--quiet)}
.claim.green b{background:var(--good-bg);color:var(--good)}.claim.red b{background:var(--bad-bg);color:var(--bad)}.claim.yellow b{background:var(--doubt-bg);color:var(--doubt)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.7rem 1.6rem;margin:1.3rem 0 0;border-top:1px solid var(--line);padding-top:1rem}
dt{color:var(--quiet);font-size:.8rem}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse}th{text-align:left;font-weight:600}
.scroll,.matrix{overflow-x:auto;border:1px solid var(--line);border-radius:10px;background:var(--card)}
.profiles{width:100%}.profiles th,.profiles td{padding:.5rem .8rem;border-top:1px solid var(--line);vertical-align:top}.profiles thead th{border:0;color:var(--quiet);font-size:.8rem;font-weight:500}.profiles small{display:block}
.filters{border:0;padding:0;margin:0 0 .8rem;display:flex;flex-wrap:wrap;gap:.4rem}.filters legend{padding:0;margin-bottom:.4rem;color:var(--quiet);font-size:.85rem}
.filters input{position:absolute;opacity:0;pointer-events:none}.filters label{position:relative}.filters span{display:block;padding:.22rem .75rem;border:1px solid var(--line);border-radius:99px;background:var(--card);cursor:pointer;font-size:.9rem}
.filters input:checked+span{background:var(--ink);color:var(--page);border-color:var(--ink)}.filters input:checked+span small{color:inherit;opacity:.7}.filters input:focus-visible+span{outline:2px solid var(--focus);outline-offset:2px}
.matrix{max-height:78vh}.matrix table{border-collapse:separate;border-spacing:0;font-size:.78rem}
.matrix thead th{position:sticky;top:0;background:var(--card);z-index:2;vertical-align:bottom;padding:.6rem .2rem .5rem;border-bottom:1px solid var(--line);color:var(--quiet);font-weight:550}
.matrix thead abbr{text-decoration:none;display:block}.matrix thead span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap;margin:0 auto;display:block}
.matrix th.corner,.matrix tbody th[scope=row]{position:sticky;left:0;background:var(--card);z-index:1;padding:.28rem 1rem .28rem .8rem}.matrix th.corner{z-index:3}
.matrix tbody th[scope=row]{font-weight:500;font-size:.8rem;border-right:1px solid var(--line);max-width:24rem;overflow-wrap:anywhere}.matrix .passed{display:none}
.matrix tr.group th{padding:.8rem .8rem .2rem;font-weight:650}.matrix tr.group span{position:sticky;left:.8rem}
.worst.fail,.worst.stale-entry,.worst.flaky{color:var(--bad);font-weight:700}
.matrix td{padding:1px;text-align:center;min-width:2.5rem}.matrix td a{text-decoration:none}
.matrix td>a,.matrix td.pass{color:var(--c)}.matrix td>a{display:block;background:var(--b);border-radius:5px;padding:.2rem .3rem;font-weight:650}.matrix td>a:hover{outline:1px solid var(--c)}.matrix td.fail>a{font-weight:800}.matrix td.late>a{opacity:.55;text-decoration:line-through}
.matrix td.absent{color:color-mix(in srgb,var(--quiet) 45%,transparent)}.matrix tbody tr:not(.group):hover>*{background:var(--faint)}
.legend{font-size:.85rem;max-width:75rem}.legend b{color:var(--ink)}
.legend i{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-left:.6em;vertical-align:-.05em}.legend i.up{background:var(--up);margin-left:0}.legend i.down{background:var(--down)}.legend i.fault{background:var(--accent)}
.trace{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:.55rem 0}
.trace>summary{display:grid;grid-template-columns:3.9rem minmax(12rem,auto) 1fr auto;gap:.8rem;align-items:baseline;padding:.55rem .9rem;cursor:pointer;list-style:none}.trace>summary::-webkit-details-marker{display:none}
.trace>summary:hover{background:var(--faint);border-radius:10px}.trace>summary .verdict{text-align:center}.trace .id{font-size:.88rem;font-weight:600;overflow-wrap:anywhere}.trace .title,.trace .time{color:var(--quiet);font-size:.88rem}.trace .time{white-space:nowrap}
.body{padding:0 .9rem 1rem;scroll-margin-top:4rem}.facts{margin:.2rem 0 .6rem;font-size:.88rem}
.cells{width:100%;font-size:.88rem;margin-top:.8rem}.cells th,.cells td{padding:.35rem .7rem .35rem 0;vertical-align:top;border-top:1px solid var(--line)}.cells thead th,.entries thead th{color:var(--quiet);font-weight:500;font-size:.8rem;border:0}.cells th[scope=row]{white-space:nowrap}.cells th small{margin-left:.6em;font-size:.75em}
.cells strong{font-weight:600;overflow-wrap:anywhere;white-space:pre-wrap}.cells tr:target{background:var(--faint)}.cells tr{scroll-margin-top:6rem}
.replay{font-size:.88rem}code{background:var(--faint);padding:.1em .4em;border-radius:4px;overflow-wrap:anywhere}
.entries{margin-top:.8rem;font-size:.84rem}.entries summary{cursor:pointer;color:var(--quiet)}.entries table{margin-top:.4rem}.entries td,.entries th{padding:.1rem 1rem .1rem 0;vertical-align:top;overflow-wrap:anywhere}.entries td:first-child{text-align:right;white-space:nowrap;color:var(--quiet)}.entries tr.fault td{color:var(--accent);font-weight:650}
.drawing{overflow-x:auto;border:1px solid var(--line);border-radius:8px;background:var(--page)}svg{display:block;width:100%;height:auto;font:11px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}
svg .upstream{--lane:var(--up)}svg .client{--lane:var(--down)}svg .fault{--lane:var(--accent)}
svg .lane{font-weight:700;font-size:10.5px;letter-spacing:.08em;fill:var(--lane)}svg .connection{fill:var(--quiet)}svg .base{stroke:var(--line)}svg .life{stroke:var(--lane);stroke-width:2;opacity:.55}
svg .axis path{stroke:var(--quiet);fill:none}svg .axis text,svg .hint,svg .break text{fill:var(--quiet)}svg .break rect{fill:var(--line);opacity:.55}svg .break path{stroke:var(--quiet);fill:none;stroke-width:1.3}
svg .fault-line{stroke:var(--accent);stroke-width:1.5;stroke-dasharray:4 3}svg .silence{stroke:var(--up);stroke-width:5;stroke-dasharray:1.5 6;opacity:.7}svg .silence.fault{stroke:var(--accent)}
svg .shape{fill:var(--lane);stroke:var(--lane);stroke-width:1}svg .shape.open{fill:var(--page);stroke-width:1.8}svg .shape.ring{fill:none}svg .shape.line{fill:none;stroke-width:2.6;stroke-linecap:round}
svg .label{fill:var(--lane);font-weight:600;paint-order:stroke;stroke:var(--page);stroke-width:3px;stroke-linejoin:round}svg .label.fault{font-size:12.5px}
svg .hit{fill:transparent;width:10px;height:38px;rx:3px}svg .caption{visibility:hidden;font-size:12px;paint-order:stroke;stroke:var(--page);stroke-width:8px}svg .mark{outline:none;cursor:default}
svg .mark:hover .caption,svg .mark:focus-visible .caption{visibility:visible}svg .mark:hover .hit,svg .mark:focus-visible .hit{fill:color-mix(in srgb,var(--lane) 22%,transparent);stroke:var(--lane)}
svg:has(.mark:hover,.mark:focus-visible) .hint{visibility:hidden}
div.skipped{display:grid;grid-template-columns:3.9rem minmax(12rem,auto) 1fr;gap:.8rem;align-items:baseline;padding:.4rem .9rem;background:none;border-color:transparent;margin:0}div.skipped .verdict{text-align:center}div.skipped .id{font-weight:500}.matrix td.skipped{text-align:left;color:var(--quiet);padding:.25rem .5rem;white-space:nowrap}
.folded{margin:1rem 0}.folded>summary{cursor:pointer;color:var(--quiet);padding:.4rem .9rem}
.plain{font-size:.84rem;line-height:2;margin:.6rem 0}.plain a{text-decoration:none;color:var(--quiet);margin-left:.5em}.plain a:hover{text-decoration:underline}
@media (max-width:700px){div.skipped{grid-template-columns:auto 1fr}.matrix td.skipped{white-space:normal}}
@media (max-width:700px){main{padding-top:1.2rem}.trace>summary{grid-template-columns:auto 1fr auto}.trace .title{grid-column:1/-1;grid-row:2}
.matrix{max-height:none;border:0;background:none;overflow:visible}.matrix table,.matrix tbody,.matrix tr,.matrix th,.matrix td{display:block}.matrix thead,.matrix td.pass,.matrix td.absent{display:none}
.matrix tbody tr:not(.group){background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.4rem .6rem;margin:.35rem 0;display:flex;flex-wrap:wrap;gap:.3rem .4rem}
.matrix tbody th[scope=row]{position:static;border:0;padding:0;flex:1 0 100%;max-width:none;background:none}.matrix .passed{display:inline;float:right;color:var(--good);font-size:.78rem}.matrix td{min-width:0;padding:0}.matrix td>a{padding:.15rem .5rem}.matrix td>a::before{content:attr(title)}.matrix td::before{content:none}
.matrix td>a{display:inline-block}.matrix td[data-id]>a::before{content:none}.matrix td[data-id]{background:var(--b);border-radius:5px;padding:.1rem .1rem .1rem .5rem;color:var(--c);font-size:.76rem}.matrix td[data-id]::before{content:attr(data-id)}.matrix td.pass{display:none}
.profiles thead{display:none}.profiles tr{display:grid;grid-template-columns:1fr auto;gap:0 .6rem;padding:.5rem .8rem;border-top:1px solid var(--line)}.profiles th,.profiles td{border:0;padding:0}.profiles th{grid-column:1}.profiles td{font-size:.88rem;color:var(--quiet)}.profiles td:nth-child(3){grid-column:1/-1}.profiles td:nth-child(4){grid-column:1/-1}.cells thead{display:none}.cells tr{display:grid;grid-template-columns:1fr auto;border-top:1px solid var(--line);padding:.35rem 0}.cells th,.cells td{border:0;padding:.1rem 0}.cells td:last-child{grid-column:1/-1}}
@media print{.filters,.hint{display:none}.trace{break-inside:avoid}}
`
