# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The style sheet of the HTML report: light and dark, wide and narrow, screen and paper.

Blue, orange and dark red, which also those tell apart who do not see red and green; a letter or a word stands beside
every colour.
"""

from __future__ import annotations

# Text and ground of everything that has a ground of its own: in the light, then in the dark.
PALETTE = {
    "page": ("#1b1f24", "#ffffff", "#e6e9ee", "#12161c"),
    "muted": ("#525b66", "#ffffff", "#a9b2be", "#12161c"),
    "link": ("#0a4a8f", "#ffffff", "#8ec2f5", "#12161c"),
    "panel": ("#1b1f24", "#f1f4f8", "#e6e9ee", "#1c222b"),
    "panel-muted": ("#525b66", "#f1f4f8", "#a9b2be", "#1c222b"),
    "good": ("#0a3a6b", "#cfe2f6", "#d6e8fb", "#143d69"),
    "running": ("#0a3a6b", "#eef3f9", "#b9d8f7", "#1d2733"),
    "partly": ("#5c3300", "#ffe2b8", "#ffe2b8", "#573a10"),
    "mixed": ("#4a2800", "#f7bd72", "#fff0da", "#7a4a08"),
    "late": ("#ffffff", "#a8480a", "#ffffff", "#a8480a"),
    "bad": ("#ffffff", "#8c1414", "#ffffff", "#a51d1d"),
    "unclear": ("#ffffff", "#3f4350", "#15181d", "#d0d4dc"),
    "lost": ("#454c57", "#e4e6ea", "#b4bcc8", "#2a313b"),
    "band-good": ("#ffffff", "#0a3a6b", "#ffffff", "#123f70"),
    "band-bad": ("#ffffff", "#7a1010", "#ffffff", "#861717"),
    "band-unclear": ("#ffffff", "#3f4350", "#ffffff", "#3f4350"),
}
# Lines and areas that hold no text: in the light, then in the dark.
LINES = {
    "line": ("#c6cdd6", "#3b4552"),
    "hatch": ("#d5d8de", "#343d49"),
    "now": ("#8c1414", "#ff8f8f"),
    "mark": ("#0a3a6b", "#b9d8f7"),
    "inside": ("#cfe2f6", "#143d69"),
    "over": ("#ffe2b8", "#573a10"),
    "bar-well": ("#2f6fb3", "#5b9bdd"),
    "bar-late": ("#e59a3c", "#e8a54f"),
    "bar-later": ("#b3570f", "#d0701f"),
    "bar-gone": ("#8c1414", "#d23b3b"),
}
# Which selectors have which text and ground.
GROUNDS = {
    "good": ".heat td, .legend dt, .state.protected, .states .protected b, .retention .held",
    "partly": ".heat .P, .legend .P, .retention .part",
    "mixed": ".heat .M, .legend .M, .state.stale, .states .stale b",
    "late": ".heat .F, .legend .F, .state.failing, .states .failing b",
    "bad": ".heat .N, .legend .N, .state.unprotected, .states .unprotected b, .retention .gap",
    "running": ".heat .R, .legend .R, .state.pending, .states .pending b",
    "lost": ".heat .x, .legend .x, .state.not_applicable, .states .not_applicable b, .heat .o",
    "unclear": ".state.unknown, .states .unknown b, .heat .q",
    "page": ".heat .d, .legend .d, .heat .e, .legend .e, .rules td",
    "band-good": ".band.compliant",
    "band-bad": ".band.non_compliant",
    "band-unclear": ".band.unknown",
}
LAYOUT = """
* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--page-text); background: var(--page-ground); }
main, nav, footer { max-width: 80rem; margin: 0 auto; padding: 0 1.25rem; }
a { color: var(--link-text); }
h2 { margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 1.375rem; }
h3 { margin: 1.5rem 0 .25rem; font-size: 1.0625rem; }
p { margin: .5rem 0; max-width: 75ch; }
small, footer { color: var(--muted-text); }
small { font-size: .875em; }
code, pre { font-family: ui-monospace, monospace; font-size: .875em; }
pre, .facts code, footer code { overflow-wrap: anywhere; }
bdi, dd, li, p, h1 { overflow-wrap: anywhere; }
td, th { overflow-wrap: break-word; }
:focus-visible { outline: 3px solid var(--link-text); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--page-ground); z-index: 2; }
.skip:focus { left: 0; }
.band { padding: 1.5rem max(1.25rem, calc((100% - 80rem) / 2 + 1.25rem)); }
.band p { max-width: 90ch; }
.band code { white-space: nowrap; }
.band .word { margin: 0; font-weight: 700; letter-spacing: .04em; text-transform: uppercase; }
.band h1 { margin: .25rem 0 .5rem; font-size: 1.75rem; line-height: 1.25; max-width: 40em; }
.band .notice { padding-left: .75rem; border-left: 4px solid currentColor; font-weight: 600; }
.band.unknown { border-bottom: 8px solid var(--mixed-ground); }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: .75rem 0; padding: 0; list-style: none; }
nav a { display: block; padding: .25rem 0; }
.states { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem; margin: 1rem 0;
  padding: 0; list-style: none; }
.states li { padding: .75rem; border-radius: .375rem; color: var(--panel-text); background: var(--panel-ground); }
.states b { display: inline-block; min-width: 2.5rem; padding: 0 .5rem; border-radius: .25rem; font-size: 1.5rem;
  line-height: 1.4; text-align: center; }
.states span { display: block; margin-top: .25rem; font-weight: 600; }
.states small { display: block; line-height: 1.35; color: var(--panel-muted-text); }
.states .none b { padding: 0; text-align: left; font-weight: 400; }
.facts, .terms { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr));
  gap: .25rem 2rem; margin: 1rem 0; }
.facts div { padding: .25rem 0; border-bottom: 1px solid var(--line); }
.facts dt { font-size: .8125rem; color: var(--muted-text); }
.terms dt { font-weight: 600; }
.facts dd, .terms dd { margin: 0; }
.terms div { padding: .25rem 0; }
.legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); gap: .25rem 1.5rem;
  margin: .75rem 0; }
.legend div { display: flex; gap: .5rem; align-items: baseline; font-size: .875rem; }
.legend dt { flex: 0 0 1.75rem; height: 1.5rem; line-height: 1.5rem; text-align: center; font-weight: 700; }
.legend .e { flex-basis: 3rem; font-weight: 400; border: 1px dashed var(--line); }
.legend .d { border: 1px solid var(--line); }
.legend dd { margin: 0; }
.wide { position: relative; margin: .75rem 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; line-height: 1.4; }
caption { padding: .25rem 0; text-align: left; font-weight: 600; color: var(--muted-text); }
th, td { padding: .375rem .625rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { vertical-align: bottom; background: var(--panel-ground); color: var(--panel-text); }
tbody th { font-weight: 600; }
tbody th { min-width: 7rem; }
tbody td { min-width: 5rem; }
.worst { width: 100%; }
.worst tbody th { min-width: 13rem; max-width: 22rem; overflow-wrap: anywhere; }
.worst td:nth-child(3), .worst td:nth-child(5) { min-width: 6rem; max-width: 12rem; }
.worst td:nth-child(4), .worst td:nth-child(4) small { white-space: nowrap; }
.worst td:nth-child(4) small { display: block; }
.worst td:nth-child(7) { min-width: 7rem; }
.worst td:last-child { min-width: 16rem; }
.state { display: inline-block; padding: 0 .5rem; border-radius: .25rem; font-weight: 600; white-space: nowrap; }
.heat { border-collapse: separate; border-spacing: 1px; }
.heat td { min-width: 1.5rem; height: 1.5rem; padding: 0 .125rem; border: 0; text-align: center; vertical-align: middle;
  font: 700 .8125rem/1 ui-monospace, monospace; }
.heat .q, .heat .o { padding: 0 .5rem; text-align: left; font: inherit; }
.heat .d, .heat .e, .rules td { font-weight: 400; }
.heat .x { background-image: repeating-linear-gradient(135deg, transparent 0 4px, var(--hatch) 4px 6px);
  font-weight: 400; }
.heat .R, .legend .R, .state.pending, .states .pending b { box-shadow: inset 0 0 0 1px currentColor; }
.heat thead th { padding: .125rem; text-align: center; font-weight: 400; }
.heat thead tr:first-child th { font-weight: 600; }
.heat thead tr:first-child th:first-child, .heat tbody th { padding: .125rem .5rem .125rem 0; text-align: left; }
.heat tbody th, .heat thead tr:first-child th:first-child { position: sticky; left: 0; z-index: 1;
  background: var(--page-ground); border: 0; }
.heat tbody th { min-width: 8rem; max-width: 16rem; font-weight: 400; }
.heat tbody th div { display: flex; gap: .375rem; align-items: baseline; }
.heat tbody bdi, .times tbody bdi { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical;
  -webkit-line-clamp: 2; }
.times tbody bdi { -webkit-line-clamp: 3; }
abbr { text-decoration: none; }
.heat thead tr:first-child th span { position: sticky; left: 0; white-space: nowrap; }
.rules td { min-width: 1.75rem; font-size: .6875rem; border-bottom: 1px solid var(--line); }
.retention td, .retention thead th { white-space: nowrap; }
.retention td:nth-child(3) { white-space: normal; min-width: 14rem; }
.checks td:nth-child(n + 3):not(:last-child) { text-align: right; font-variant-numeric: tabular-nums; }
.checks thead th { max-width: 7rem; }
.checks td:nth-child(2), .checks td:last-child { min-width: 14rem; }
.exemptions td:last-child, .failures tbody th, .failures td:last-child { min-width: 14rem; }
.times tbody th { min-width: 8rem; max-width: 14rem; overflow-wrap: anywhere; }
.times td { min-width: 6.5rem; }
.times svg { max-width: none; }
.pair { display: flex; flex-wrap: wrap; gap: 0 3rem; align-items: center; }
.pair .wide { max-width: 100%; }
svg { display: block; }
svg text { fill: currentColor; font: .8125rem system-ui, sans-serif; }
.mark { fill: var(--mark); }
.inside { fill: var(--inside); stroke: none; }
.over { fill: var(--over); stroke: none; }
.tick { stroke: var(--line); }
.now { stroke: var(--now); stroke-width: 2; }
.well { fill: var(--bar-well); }
.late { fill: var(--bar-late); }
.later { fill: var(--bar-later); }
.gone { fill: var(--bar-gone); }
pre { max-height: 40rem; padding: .75rem; overflow: auto; background: var(--panel-ground); color: var(--panel-text); }
summary { cursor: pointer; }
footer { margin: 3rem auto 1.5rem; font-size: .8125rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  main, nav, footer { padding: 0 .875rem; }
  .band { padding: 1rem .875rem; }
  .band h1 { font-size: 1.375rem; }
  .states { grid-template-columns: 1fr 1fr; gap: .5rem; }
  .heat tbody th { min-width: 6rem; max-width: 8rem; }
  .heat tbody th div { display: block; }
  .worst tbody th { min-width: 8rem; }
}
@media print {
  @page { size: A4 landscape; margin: 12mm 12mm 14mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10pt; }
  nav, .skip { display: none; }
  main { max-width: none; padding: 0; }
  .band { padding: 5mm; }
  .band h1 { font-size: 16pt; }
  footer { font-size: 8pt; }
  .states { grid-template-columns: repeat(7, 1fr); gap: 2mm; }
  .facts { grid-template-columns: repeat(3, 1fr); }
  h2 { margin-top: 6mm; }
  .wide { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding: .8mm 2mm; }
  thead { display: table-header-group; break-after: avoid; }
  tbody tr:first-child { break-before: avoid; }
  tr, .states li, .facts div, .legend div, .terms div, svg { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  .heat td, .heat thead th { min-width: 0; height: 4.5mm; font-size: 7pt; }
  .heat tbody th { min-width: 35mm; max-width: 50mm; position: static; }
  .worst td { min-width: 0; }
  .worst tbody th { min-width: 45mm; }
  .retention td, .retention thead th { min-width: 0; padding: .5mm; white-space: normal; overflow-wrap: anywhere; }
  .retention td:nth-child(3) { min-width: 35mm; }
  .times svg { width: 120mm; height: auto; }
}
"""


def page_style(text: str) -> str:
    """What stands at the foot of every printed page. All but letters and digits is escaped, so it cannot end early."""
    escaped = "".join(letter if letter.isascii() and letter.isalnum() else f"\\{ord(letter):x} " for letter in text)
    return (
        f'@page {{ @bottom-left {{ content: "{escaped}"; width: 85%; font: 7pt/1.2 system-ui, sans-serif; }}\n'
        '@bottom-right { content: counter(page) " / " counter(pages); font: 7pt/1.2 system-ui, sans-serif; } }'
    )


def _colours(text: int, ground: int, line: int) -> str:
    """Custom properties, taken from the columns of the tables."""
    pairs = (f"--{name}-text: {row[text]}; --{name}-ground: {row[ground]};" for name, row in PALETTE.items())
    lines = (f"--{name}: {row[line]};" for name, row in LINES.items())
    return "\n".join((*pairs, *lines))


def _grounds() -> str:
    return "\n".join(
        f"{selector} {{ color: var(--{name}-text); background-color: var(--{name}-ground); }}"
        for name, selector in GROUNDS.items()
    )


STYLE = f"""
:root {{
{_colours(0, 1, 0)}
}}
@media screen and (prefers-color-scheme: dark) {{ :root {{
{_colours(2, 3, 1)}
}} }}
{_grounds()}
{LAYOUT}"""
