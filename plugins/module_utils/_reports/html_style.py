# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The style sheet of the HTML report: light and dark, wide and narrow, screen and paper.

Blue, orange and dark red can be distinguished without seeing red and green; a letter or a word goes with every colour.
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
# Lines that hold no text: in the light, then in the dark.
LINES = {"line": ("#c6cdd6", "#3b4552"), "hatch": ("#d5d8de", "#343d49")}
# Which selectors have which text and ground.
GROUNDS = {
    "good": ".heat td, .legend dt, .state.protected, .states .protected b",
    "partly": ".heat .P, .legend .P",
    "mixed": ".heat .M, .legend .M, .state.stale, .states .stale b",
    "late": ".heat .F, .legend .F, .state.failing, .states .failing b",
    "bad": ".heat .N, .legend .N, .state.unprotected, .states .unprotected b, .retention .gap",
    "running": ".heat .R, .legend .R, .state.pending, .states .pending b",
    "lost": ".heat .x, .legend .x, .state.not_applicable, .states .not_applicable b, .heat .o",
    "unclear": ".state.unknown, .states .unknown b, .heat .q",
    "page": ".heat .d, .legend .d, .heat .e, .legend .e",
    "band-good": ".band.compliant",
    "band-bad": ".band.non_compliant",
    "band-unclear": ".band.unknown",
}
LAYOUT = """
* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--page-text); background: var(--page-ground); }
main, nav, footer { max-width: 84rem; margin: 0 auto; padding: 0 1.25rem; }
a { color: var(--link-text); }
h2 { margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 1.375rem; }
h3 { margin: 1.5rem 0 .25rem; font-size: 1.0625rem; }
h4 { margin: 0; font-size: 1rem; }
h3 small, h4 small { font-weight: 400; }
p { margin: .5rem 0; max-width: 80ch; }
small, footer, .facts { color: var(--muted-text); }
small { font-size: .875em; }
code { font-family: ui-monospace, monospace; font-size: .875em; overflow-wrap: anywhere; }
bdi, dd, li, p, h1, h3, h4 { overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--link-text); outline-offset: 2px; }
.wide:focus-visible { outline-offset: -3px; }
/* A browser lays out a section only when it is scrolled to: a page of 5,000 VMs opens in a fifth of the time. */
@media screen { section { content-visibility: auto; contain-intrinsic-size: auto 40rem; } }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--page-ground); z-index: 2; }
.skip:focus { left: 0; }
.band { padding: 1.5rem max(1.25rem, calc((100% - 84rem) / 2 + 1.25rem)); }
.band p { max-width: 90ch; }
.band .word { margin: 0; font-weight: 700; letter-spacing: .04em; text-transform: uppercase; }
.band h1 { margin: .25rem 0 .5rem; font-size: 1.375rem; line-height: 1.25; max-width: 40em; }
.band .notice { padding-left: .75rem; border-left: 4px solid currentColor; font-weight: 600; }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: .75rem 0; padding: 0; list-style: none; }
nav a { display: block; padding: .25rem 0; }
article { margin: .5rem 0; padding: .5rem .75rem; border-left: 4px solid var(--line); }
article .facts { margin: 0; font-size: .875rem; }
.findings { margin: .25rem 0; padding-left: 1.25rem; }
.states, .terms { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr));
  gap: .25rem 1.5rem; margin: 1rem 0; }
.states b { display: inline-block; min-width: 2.25rem; padding: 0 .375rem; border-radius: .25rem; text-align: center; }
.states dt, .terms dt { font-weight: 600; }
.states dd, .terms dd { margin: 0; font-size: .875rem; }
.states .none b { color: var(--muted-text); background: none; box-shadow: none; }
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
tbody th { font-weight: 600; min-width: 9rem; max-width: 22rem; overflow-wrap: anywhere; }
td ul { margin: 0; padding: 0; list-style: none; }
.vms { width: 100%; }
.vms td:nth-child(3) { min-width: 16rem; }
.vms td:nth-child(4), .vms td:nth-child(5), .vms td:nth-child(9) { min-width: 7rem; }
.vms td:nth-child(7) { min-width: 6rem; max-width: 12rem; overflow-wrap: anywhere; }
.state { display: inline-block; padding: 0 .5rem; border-radius: .25rem; font-weight: 600; white-space: nowrap; }
.heat { border-collapse: separate; border-spacing: 1px; }
.heat td { min-width: 1.5rem; height: 1.5rem; padding: 0 .125rem; border: 0; text-align: center; vertical-align: middle;
  font: 700 .8125rem/1 ui-monospace, monospace; }
.heat .q, .heat .o { padding: 0 .5rem; text-align: left; font: inherit; }
.heat .d, .heat .e { font-weight: 400; }
.heat .x { background-image: repeating-linear-gradient(135deg, transparent 0 4px, var(--hatch) 4px 6px);
  font-weight: 400; }
.heat .R, .legend .R, .state.pending, .states .pending b { box-shadow: inset 0 0 0 1px currentColor; }
.heat thead th { padding: .125rem; text-align: center; font-weight: 400; }
.heat thead tr:first-child th:first-child, .heat tbody th { padding: .125rem .5rem .125rem 0; text-align: left;
  position: sticky; left: 0; z-index: 1; background: var(--page-ground); border: 0; }
.heat thead [colspan] { padding-left: .375rem; text-align: left; }
.heat tbody th { min-width: 8rem; max-width: 16rem; font-weight: 400; }
.heat tbody bdi { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
.checks td:nth-child(n + 3):not(:last-child) { text-align: right; font-variant-numeric: tabular-nums; }
.checks td:nth-child(2), .checks td:last-child { min-width: 14rem; }
.checks tbody th { overflow-wrap: normal; }
.limits code { white-space: pre-wrap; }
.period td { white-space: nowrap; }
.retention ul { display: flex; flex-wrap: wrap; gap: .125rem 1rem; }
.retention .gap { padding: 0 .25rem; }
.signature { display: none; }
footer { margin: 3rem auto 1.5rem; font-size: .8125rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  main, nav, footer { padding: 0 .875rem; }
  .band { padding: 1rem .875rem; }
  .band h1 { font-size: 1.125rem; }
  .heat tbody th { min-width: 6rem; max-width: 8rem; }
  .vms thead, .rules thead { position: absolute; left: -100vw; }
  .vms tbody, .vms tr, .vms th, .vms td, .rules tbody, .rules tr, .rules th, .rules td { display: block; min-width: 0;
    max-width: none; border: 0; padding: .125rem 0; }
  .vms tr, .rules tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .vms td:nth-child(4)::before { content: "Age "; }
  .vms td:nth-child(5)::before { content: "Newest recovery point "; }
  .vms td:nth-child(6)::before { content: "Copies "; }
  .vms td:nth-child(7)::before { content: "Rule "; }
  .vms td:nth-child(8)::before { content: "Owner "; }
  .vms td:nth-child(9)::before { content: "Findings: "; }
}
@media print {
  @page { size: A4 landscape; margin: 12mm 12mm 14mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10pt; }
  nav, .skip { display: none; }
  main { max-width: none; padding: 0; }
  .band { padding: 5mm; }
  .band h1 { font-size: 13pt; }
  footer { margin: 5mm 0 0; font-size: 8pt; }
  h2 { margin-top: 6mm; }
  .wide { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding: .8mm 2mm; }
  thead { display: table-header-group; break-after: avoid; }
  tr, article, .states div, .legend div, .terms div { break-inside: avoid; }
  h2, h3, h4, caption { break-after: avoid; }
  .heat td, .heat thead th { min-width: 0; height: 4.5mm; font-size: 7pt; }
  .heat tbody th { min-width: 35mm; max-width: 50mm; position: static; }
  .vms td { min-width: 0; }
  .vms tbody th { min-width: 28mm; }
  .signature { display: flex; gap: 10mm; margin-top: 15mm; }
  .signature p { flex: 1; padding-top: 1mm; border-top: 1px solid currentColor; }
}
"""


def print_style(text: str) -> str:
    """The style of the footer of printed pages. All but letters and digits is escaped, so the text cannot end it."""
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
