/** The frame of a page that needs nothing else: no network, no script, light or dark as the reader's machine. */

/** `body` is markup; the title is not. */
export const pageOf = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
  :root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1b; --soft: #5f5f5f; --line: #ddd; --axis: #999;
    --c0: #2563eb; --c1: #c2410c; --c2: #047857; --c3: #7e22ce; --c4: #a16207; --c5: #be185d; }
  @media (prefers-color-scheme: dark) { :root { --paper: #16181c; --ink: #e6e6e6; --soft: #a3a3a3; --line: #33373d; --axis: #70757d;
    --c0: #7aa7ff; --c1: #fb923c; --c2: #34d399; --c3: #c794fb; --c4: #eab308; --c5: #f472b6; } }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper); }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; } p { color: var(--soft); }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin-top: 0.5rem; }
  td, th { padding: 0.15rem 0.6rem; text-align: right; border-bottom: 1px solid var(--line); font-weight: normal; }
  td:first-child, th:first-child { text-align: left; }
  th { color: var(--soft); } .wide { overflow-x: auto; }
  svg { margin-right: 1rem; max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
  .axis { stroke: var(--axis); fill: none; } .aid { stroke: var(--axis); stroke-dasharray: 4 3; }
  .dot, .box { fill: var(--c); } .faint { fill-opacity: 0.6; } .bar { stroke: var(--c); stroke-width: 1.5; fill: none; } svg .key { fill: var(--c); }
  ${[0, 1, 2, 3, 4, 5].map((at) => `.c${at} { --c: var(--c${at}); }`).join(" ")}
  figure { display: inline-block; vertical-align: top; margin: 0.5rem 1rem 0.5rem 0; max-width: 100%; } figcaption { font-weight: 600; }
  .legend { font-size: 0.85rem; margin: 0; max-width: 26rem; } .keyed { color: var(--c); }
  dl { color: var(--soft); font-size: 0.9rem; } dt { color: var(--ink); margin-top: 0.4rem; } dd { margin: 0 0 0 1.2rem; }
  @media print { h2 { break-after: avoid; } }
</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`;

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** Cells are text; the first row is the head. */
export const tableHtml = ([head = [], ...rows]: readonly (readonly string[])[]): string =>
  `<div class="wide"><table>
<tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join("")}</tr>
${rows.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`).join("\n")}
</table></div>`;
