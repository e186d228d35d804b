# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labels, style sheet and templates of the HTML report, as strings: ansible-core before 2.22 ships only .py files.

The style sheet is for light and dark, wide and narrow, screen and paper. Blue, orange and dark red can be distinguished
without seeing red and green; a letter or a word goes with every colour. Every value in a template is escaped. Tenant
text is wrapped in `bdi`, so that its writing direction ends with it.
"""

from __future__ import annotations

SECTIONS = {
    "todo": "What to do",
    "all": "All VMs",
    "calendar": "Calendar",
    "period": "Period",
    "rules": "Rules",
    "checks": "Checks",
    "exemptions": "Exemptions",
    "changes": "Changes",
    "retention": "Retention",
    "servers": "Backup servers",
    "not-assessed": "Not assessed",
    "method": "Method",
}
# In the order in which an operator works.
STATES = {
    "unprotected": "some disk has no usable recovery point: no full restore is possible",
    "failing": "older than the limit, and the last attempt is stuck or failed",
    "stale": "older than the limit, without a sign of an attempt",
    "unknown": "could not be judged: nothing is known about its backups",
    "pending": "too new to need a backup",
    "protected": "every disk can be restored to a point no older than the limit",
    "not_applicable": "the policy does not apply to it",
}
# Letters of the calendar with their class and meaning. The most frequent one, S, needs no class.
CELLS = {
    "S": ("", "every disk has a completed backup dated that day"),
    "V": ("", "every disk has a recovery point of that day, some of them only from a backup plug-in"),
    "P": ("P", "only some disks have one"),
    "F": ("F", "an attempt of that day was never completed, and none succeeded"),
    "M": ("M", "mixed: a backup, and an attempt that failed or is stuck"),
    "R": ("R", "a backup is running"),
    ".": ("d", "no backup, and none was needed to stay within the limit"),
    "N": ("N", "no backup, although the limit was exceeded by the end of that day"),
    "x": ("x", "before the oldest backup that is still kept: rotated or never made, which cannot be known"),
    " ": ("e", "the VM did not exist"),
}
TERMS = {
    "Usable recovery point": "a backup that is complete, not marked for delete, and has a valid time that is "
    "not in the future. A locked backup is usable.",
    "Eligible disk": "a disk that is not a swap disk. Swap disks are never backed up.",
    "Age": "the time since the newest usable recovery point of the worst disk. A backup covers its disk; a "
    "backup of the whole VM covers the disks that existed when it was made.",
    "Limit": "the recovery point objective (rpo) of the rule. An age of exactly the limit passes.",
    "Oldest retained backup": "the control panel lists the backups that still exist, not every run. Nothing is "
    "claimed about the time before the oldest one.",
    "Completed is not restorable": "no backup was restored for this report.",
    "Exempt": "a result that fails and that an exemption of the policy covers. It never counts as compliant, "
    "and no exemption covers what is unknown.",
    "Times": "ages are differences of UTC times. Days, weeks, months and years are those of the policy's time "
    "zone; weeks begin on Monday; the current period does not count for retention.",
}
PERIOD = {
    "C": "compliant",
    "N": "not compliant",
    "W": "only warnings, which count as not compliant",
    "U": "unknown",
    "E": "exempt",
    ".": "not applicable",
    "-": "no run, which counts as unknown",
}
CHANGES = {
    "new": "New findings",
    "still": "Findings that remain",
    "resolved": "Resolved: judged again, and passed under the same policy",
    "no_longer_judged": "No longer judged: not read, deleted or filtered out",
    "exempted": "Exempted since then",
    "policy_changed": "No finding under the changed policy",
}
VM_COLUMNS = ("VM", "State", "Reason", "Age, limit", "Newest recovery point", "Copies", "Rule", "Owner", "Findings")
# Text and ground of everything that has a ground of its own: in the light, then in the dark.
PALETTE = {
    "page": ("#1b1f24", "#ffffff", "#e6e9ee", "#12161c"),
    "muted": ("#525b66", "#ffffff", "#a9b2be", "#12161c"),
    "link": ("#0a4a8f", "#ffffff", "#8ec2f5", "#12161c"),
    "panel": ("#1b1f24", "#f1f4f8", "#e6e9ee", "#1c222b"),
    "good": ("#0a3a6b", "#cfe2f6", "#d6e8fb", "#143d69"),
    "running": ("#0a3a6b", "#eef3f9", "#b9d8f7", "#1d2733"),
    "partly": ("#5c3300", "#ffe2b8", "#ffe2b8", "#573a10"),
    "mixed": ("#4a2800", "#f7bd72", "#fff0da", "#7a4a08"),
    "late": ("#ffffff", "#a8480a", "#ffffff", "#a8480a"),
    "bad": ("#ffffff", "#8c1414", "#ffffff", "#a51d1d"),
    "unclear": ("#ffffff", "#3f4350", "#15181d", "#d0d4dc"),
    "lost": ("#454c57", "#e4e6ea", "#b4bcc8", "#2a313b"),
    "band": ("#ffffff", "#0a3a6b", "#ffffff", "#123f70"),
}
# Lines that hold no text: in the light, then in the dark.
LINES = {"line": ("#c6cdd6", "#3b4552"), "hatch": ("#d5d8de", "#343d49")}
# Which selectors have which text and ground.
GROUNDS = {
    "good": ".heat td, .legend dt, .state.protected, .states .protected b",
    "partly": ".heat .P, .legend .P",
    "mixed": ".heat .M, .legend .M, .state.stale, .states .stale b",
    "late": ".heat .F, .legend .F, .state.failing, .states .failing b",
    "bad": ".heat .N, .legend .N, .state.unprotected, .states .unprotected b, .retention .gap, .band.non_compliant",
    "running": ".heat .R, .legend .R, .state.pending, .states .pending b",
    "lost": ".heat .x, .legend .x, .state.not_applicable, .states .not_applicable b, .heat .o",
    "unclear": ".state.unknown, .states .unknown b, .heat .q, .band.unknown",
    "page": ".heat .d, .legend .d, .heat .e, .legend .e",
    "band": ".band.compliant",
}
STYLE = """\
{% macro colours(text, ground, line) %}{% for name, row in PALETTE.items() %}\
--{{ name }}-text: {{ row[text] }}; --{{ name }}-ground: {{ row[ground] }};
{% endfor %}{% for name, row in LINES.items() %}--{{ name }}: {{ row[line] }};
{% endfor %}{% endmacro %}
:root {
{{ colours(0, 1, 0) }}}
@media screen and (prefers-color-scheme: dark) { :root {
{{ colours(2, 3, 1) }}} }
{% for name, selector in GROUNDS.items() %}\
{{ selector }} { color: var(--{{ name }}-text); background-color: var(--{{ name }}-ground); }
{% endfor %}
* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--page-text); background: var(--page-ground); }
main, nav, footer { max-width: 84rem; margin: 0 auto; padding: 0 1.25rem; }
a { color: var(--link-text); }
h2 { margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 1.375rem; }
h3 { margin: 1.5rem 0 .25rem; font-size: 1.0625rem; }
h4 { margin: 0; font-size: 1rem; }
p { margin: .5rem 0; max-width: 80ch; }
small, footer, .facts { color: var(--muted-text); }
small { font-size: .875em; font-weight: 400; }
code { font-family: ui-monospace, monospace; font-size: .875em; overflow-wrap: anywhere; }
bdi, dd, li, p { overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--link-text); outline-offset: 2px; }
.wide:focus-visible { outline-offset: -3px; }
/* A browser lays out a section only when it is scrolled to: a page of 5,000 VMs opens in a fifth of the time. */
@media screen { section { content-visibility: auto; contain-intrinsic-size: auto 40rem; } }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--page-ground); z-index: 2; }
.skip:focus { left: 0; }
.band { padding: 1.5rem max(1.25rem, calc((100% - 84rem) / 2 + 1.25rem)); }
.band .word { margin: 0; font-weight: 700; letter-spacing: .04em; text-transform: uppercase; }
.band h1 { margin: .25rem 0 .5rem; font-size: 1.375rem; line-height: 1.25; max-width: 40em; }
.band .notice { padding-left: .75rem; border-left: 4px solid currentColor; font-weight: 600; }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: .75rem 0; padding: 0; list-style: none; }
nav a { display: block; padding: .25rem 0; }
article { margin: .5rem 0; padding: .5rem .75rem; border-left: 4px solid var(--line); }
article .facts { margin: 0; font-size: .875rem; }
.findings { margin: .25rem 0; padding-left: 1.25rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: .25rem 1.5rem; }
dt { font-weight: 600; }
dd { margin: 0; font-size: .875rem; }
.states b { display: inline-block; min-width: 2.25rem; padding: 0 .375rem; border-radius: .25rem; text-align: center; }
.states .none b { color: var(--muted-text); background: none; box-shadow: none; }
.legend div { display: flex; gap: .5rem; align-items: baseline; }
.legend dt { flex: 0 0 1.75rem; font-size: .875rem; text-align: center; }
.legend .e { flex-basis: 3rem; font-weight: 400; border: 1px dashed var(--line); }
.legend .d { border: 1px solid var(--line); }
.wide { position: relative; margin: .75rem 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; line-height: 1.4; }
caption { padding: .25rem 0; text-align: left; font-weight: 600; color: var(--muted-text); }
th, td { padding: .375rem .625rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { vertical-align: bottom; background: var(--panel-ground); color: var(--panel-text); }
tbody th { font-weight: 600; min-width: 9rem; max-width: 22rem; overflow-wrap: anywhere; }
td ul { margin: 0; padding: 0; list-style: none; }
.vms { width: 100%; }
.vms td:nth-child(3) { min-width: 12rem; }
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
{% for column in VM_COLUMNS[3:] %}  .vms td:nth-child({{ loop.index + 3 }})::before { content: "{{ column }}: "; }
{% endfor %}\
}
@media print {
  @page { size: A4 landscape; margin: 12mm 12mm 14mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { font-size: 10pt; }
  nav, .skip { display: none; }
  .wide { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding: .8mm 2mm; }
  thead { display: table-header-group; break-after: avoid; }
  tr, article, .states div, .legend div, .terms div { break-inside: avoid; }
  h2, h3, h4, caption { break-after: avoid; }
  .heat td, .heat thead th { min-width: 0; height: 4.5mm; font-size: 7pt; }
  .heat tbody th { position: static; }
  .signature { display: flex; gap: 10mm; margin-top: 15mm; }
  .signature p { flex: 1; padding-top: 1mm; border-top: 1px solid currentColor; }
}
@page { @bottom-left { content: "{{ imprint|css }}"; width: 85%; font: 7pt/1.2 system-ui, sans-serif; }
@bottom-right { content: counter(page) " / " counter(pages); font: 7pt/1.2 system-ui, sans-serif; } }\
"""

# The last three are for each virtual machine: vm['id'] is faster than vm.id, and cells have no end tags, which HTML
# implies, because that saves a third of a large page.
MACROS = """\
{% macro name(id, label) %}\
{% if label and label.strip() %}<bdi>{{ label|shortened }}</bdi>{% else %}no label{% endif %}\
 <small>#{{ id }}</small>{% endmacro %}
{% macro time(text) %}{% if text %}<time datetime="{{ text }}">{{ text[:10] }} {{ text[11:16] }} UTC\
</time>{% else %}none{% endif %}{% endmacro %}
{% macro section(id) %}<section id="{{ id }}" aria-labelledby="{{ id }}-heading">
<h2 id="{{ id }}-heading">{{ SECTIONS[id] }}</h2>{% endmacro %}
{% macro table(kind, caption, columns=()) %}<div class="wide" role="region" tabindex="0" aria-label="{{ caption }}">
<table class="{{ kind }}"><caption>{{ caption }}</caption>
{% if columns %}<thead><tr>{% for column in columns %}<th scope="col">{{ column }}</th>{% endfor %}</tr></thead>
<tbody>
{% endif %}{% endmacro %}
{% macro findings(items) %}<ul class="findings">
{% for label, message in items %}<li>{{ label }}: {{ message }}</li>
{% endfor %}</ul>{% endmacro %}
{% macro more(number) %}{% if number > 0 %}<p>{{ number|number }} more in report.json.</p>
{% endif %}{% endmacro %}

{% macro vm_findings(vm, groups) %}{% set backup = vm['backup'] %}\
<article id="vm-{{ vm['id'] }}"><h4>{{ name(vm['id'], vm['label']) }}</h4>
<p class="facts">{{ vm['outcome']|words }} · rule <bdi>{{ backup['rule'] }}</bdi> · \
owner {{ 'unknown' if vm['user_id'] is none else vm['user_id'] }} · \
newest recovery point {{ time(backup['newest_at']) }}</p>
{{ findings(groups) }}</article>
{% endmacro %}
{% macro vm_row(vm, number) %}{% set backup, points = vm['backup'], vm.get('recovery_points') %}\
{% set age, limit = backup['age_seconds'], vm['rpo_seconds'] %}\
<tr><th scope="row">{{ name(vm['id'], vm['label']) }}\
<td><span class="state {{ backup['state'] }}">{{ backup['state']|words }}</span><td>{{ backup['reasons']|join('; ') }}\
<td>{% if age is none %}none, limit {{ limit|duration }}{% else %}{{ age|duration }}, limit {{ limit|duration }} \
({{ '%.1f' % (age / limit) }}x){% endif %}<td>{{ time(backup['newest_at']) }}\
<td>{{ 'unknown' if backup['copies'] is none else backup['copies'] }}\
{% if points is not none %} ({{ points|counted('plug-in recovery point') }}){% endif %}\
<td><bdi>{{ backup['rule'] }}</bdi><td>{{ 'unknown' if vm['user_id'] is none else vm['user_id'] }}\
<td>{% if number %}<a href="#vm-{{ vm['id'] }}">{{ number|counted('finding') }}</a>{% else %}none{% endif %}</tr>
{% endmacro %}
{% macro calendar_row(vm, cells, days) %}\
<tr><th scope="row"><div>{{ name(vm['id'], vm['label']) }}</div>{% if cells is not none %}{{ cells|safe }}\
{% elif vm['backup']['state'] == 'not_applicable' %}<td class="o" colspan="{{ days }}">not applicable\
{% else %}<td class="q" colspan="{{ days }}">could not be judged{% endif %}</tr>
{% endmacro %}
"""

PAGE = """\
{% from 'macros' import name, time, section, table, findings, more %}\
{% set population, changes, history = head.population, head.changes, head.history %}\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ word }}: backups of {{ head.source.cloud_name or head.source.control_panel }}, {{ head.evaluated_at[:10] }}\
</title>
<style>{% include 'style' %}</style>
</head>
<body>
<a class="skip" href="#todo">Skip to the findings</a>
<header class="band {{ head.status }}">
<p class="word">{{ word }}</p>
<h1><bdi>{{ headline }}</bdi></h1>
{% if not population.vms_listed %}<p class="notice">The control panel listed no VM. That does not prove that there is \
none: an account with too few permissions gets an empty list, too.</p>
{% endif %}\
{% if not population.pages_complete %}<p class="notice">The list of VMs is incomplete: some may be missing from every \
number in this report.</p>
{% endif %}\
<p>Evaluated for <strong>{{ time(head.evaluated_at) }}{{ local_time }}</strong> · policy \
<strong>{% if head.policy.name %}<bdi>{{ head.policy.name }}</bdi>{% else %}without a name{% endif %}</strong> · \
SHA-256 <code>{{ head.policy.sha256[:12] }}</code></p>
<p>Control panel <bdi>{{ head.source.control_panel }}</bdi>{% if head.source.cloud_name %} (<bdi>{{
 head.source.cloud_name }}</bdi>){% endif %}, read as <bdi>{{ head.source.api_user }}</bdi>: \
{{ population.vms_listed|counted('VM') }} listed, \
{% for key in ('filtered_out', 'deleted_meanwhile') if population[key] %}\
{{ population[key]|number }} {{ key|words }}, {% endfor %}\
{{ population.evaluated|number }} judged, {{ population.backups|counted('backup') }}\
{% if 'recovery_points' in population %}, \
{{ population.recovery_points|counted('usable plug-in recovery point') }}{% endif %}; \
{{ population.api_calls|counted('request') }}.</p>
</header>
<nav aria-label="Contents"><ul>
{% for id, heading in SECTIONS.items() if (id != 'period' or history) and (id != 'servers' or head.backup_servers) %}\
<li><a href="#{{ id }}">{{ heading }}</a></li>
{% endfor %}</ul></nav>
<main>
{{ section('todo') }}
{% if about_cloud %}<h3>The cloud and the policy</h3>
{{ findings(about_cloud[:MOST_CLOUD_FINDINGS]|grouped) }}
{{ more(about_cloud|length - MOST_CLOUD_FINDINGS) }}\
{% endif %}\
{% if failures %}<h3>What could not be read</h3>
{{ findings(failures) }}
{% endif %}\
{% for state in STATES if state in todo %}<h3>{{ state|words|capitalize }}: {{ todo_numbers[state]|counted('VM') }}</h3>
{% for text in todo[state] %}{{ text|safe }}{% endfor %}{% endfor %}\
{% if not failures and not report.findings %}<p>No finding: nothing to do.</p>
{% endif %}\
</section>
{{ section('all') }}
<dl class="states">
{% for state, meaning in STATES.items() %}{% set number = head.summary.by_state[state] %}\
<div class="{{ state }}{{ '' if number else ' none' }}"><dt><b>{{ number|number }}</b> {{ state|words }}</dt>\
<dd>{{ meaning }}</dd></div>
{% endfor %}</dl>
{{ table('vms', 'All VMs, worst first', VM_COLUMNS) }}\
{% for text in vm_rows %}{{ text|safe }}{% endfor %}\
</tbody></table></div>
{% if not vms %}<p>There is no VM to show.</p>
{% endif %}\
</section>
{{ section('calendar') }}
<p>The newest day comes first and is not over. A day begins at {{ head.calendar.day_starts_at }} in the time zone \
{{ head.calendar.timezone }}.</p>
<dl class="legend">
{% for letter, (kind, meaning) in CELLS.items() if letter != PLUGIN or shows_recovery_points %}\
<div><dt class="{{ kind }}">{{ letter.strip() or 'blank' }}</dt><dd>{{ meaning }}</dd></div>
{% endfor %}</dl>
{% if vms > most_calendar_rows %}<p>With more than {{ most_calendar_rows|number }} VMs the calendar omits those that \
are protected, pending or not applicable; report.json has them.</p>
{% endif %}\
{{ table('heat', 'Backups by VM and day') }}\
<thead><tr><th scope="col" rowspan="2">VM</th>{% for month, days in months %}\
<th scope="colgroup" colspan="{{ days }}">{{ month if days > 3 else month[5:] }}</th>{% endfor %}</tr>
<tr>{% for day in head.calendar.days[::-1] %}<th scope="col"><time datetime="{{ day }}">{{ day[8:] }}</time></th>\
{% endfor %}</tr></thead>
<tbody>
{% for text in calendar_rows %}{{ text|safe }}{% endfor %}\
</tbody></table></div>
{% if omitted %}<p>{{ omitted.values()|sum|counted('VM') }} not shown: \
{% for rule, number in omitted.most_common(MOST_LISTED) %}{{ number|number }} of rule <bdi>{{ rule }}</bdi>\
{{ '' if loop.last else ', ' }}{% endfor %}{{ ', and others' if omitted|length > MOST_LISTED else '' }}.</p>
{% endif %}\
</section>
{% if history %}{{ section('period') }}
<p>{{ history.runs|counted('run') }} of this cloud under this policy from {{ history.days[0] }} to \
{{ history.days[-1] }}. The share is that of compliant days among compliant, not compliant and unknown days.</p>
<p>{% if history.days_without_run %}Days without a run, of which nothing is known: \
{{ history.days_without_run|spans|join(', ') }}.{% else %}Every day has a run.{% endif %}</p>
<p>Letters: {% for letter, meaning in PERIOD.items() %}{{ letter }} {{ meaning }}{{ '.' if loop.last else ', ' }}\
{% endfor %}</p>
{% for one in history.other_policies %}<p>Under another policy (SHA-256 {{ one.sha256[:12] }}): \
{{ one.runs|counted('run') }}, {{ one.percent|share }}.</p>
{% endfor %}\
{{ table('period', 'Days of the period, the newest first',
 ['VM', 'Compliant', 'Not compliant', 'Unknown', 'Exempt', 'Share', 'Days']) }}\
{% for row in period_rows %}<tr><th scope="row">{% if row.virtual_machine_id is none %}The cloud{% else %}\
{{ name(row.virtual_machine_id, row.virtual_machine_label) }}{% endif %}</th>\
{% for kind in ('compliant', 'non_compliant', 'unknown', 'exempt') %}<td>{{ row[kind]|number }}</td>{% endfor %}\
<td>{{ row.percent|share }}</td><td><code>{{ row.calendar[::-1] }}</code></td></tr>
{% endfor %}</tbody></table></div>
{{ more(history.virtual_machines|length + 1 - period_rows|length) }}\
{% for item in history.skipped %}<p>Skipped: <bdi>{{ item.path }}</bdi>: {{ item.reason }}</p>
{% endfor %}\
{% if history.more_skipped %}\
<p>Skipped: <bdi>{{ history.more_skipped|counted('more file') }}</bdi>: see the folder.</p>
{% endif %}</section>
{% endif %}\
{{ section('rules') }}
<p>The first rule that matches a VM decides for it. Limits that a rule does not set are those of the defaults.</p>
{{ table('rules', 'Rules of the policy', ['Rule', 'VMs', 'Matches', 'Limits']) }}\
{% for rule in rules %}<tr><th scope="row"><bdi>{{ rule.name }}</bdi></th>\
<td>decides for {{ rule.decided|counted('VM') }}\
{% if rule.matched != rule.decided %}, matches {{ rule.matched|counted('VM') }}{% endif %}</td>\
<td>{{ 'every other VM' if rule.match is none else rule.match|setting }}</td><td><ul>\
{% for key, value in rule.limits.items() if value != ({} if rule.match is none else head.rules[-1].limits.get(key)) %}\
<li><code>{{ key }}: {{ value|setting }}</code></li>{% else %}<li>as the defaults</li>{% endfor %}</ul></td></tr>
{% endfor %}</tbody></table></div>
{{ more(head.rules|length - rules|length) }}\
</section>
{{ section('checks') }}
<p>{{ percentage }}</p>
{{ table('checks', 'Results by check', ['Check', 'Fails when'] + STATUSES|map('words')|list + ['VMs']) }}\
{% for check, counts in head.summary.by_check.items() %}\
<tr><th scope="row">{{ check }}</th><td>{{ CHECKS[check].fails_when }}</td>\
{% for status in STATUSES %}<td>{{ counts[status]|number }}</td>{% endfor %}\
<td>{% for id, label in vms_of_check[check] %}<a href="#vm-{{ id }}">{{ name(id, label) }}</a>\
{% if not loop.last %}, {% endif %}{% endfor %}\
{% if findings_of_check[check] > vms_of_check[check]|length %}\
 and {{ (findings_of_check[check] - vms_of_check[check]|length)|number }} more{% endif %}</td></tr>
{% endfor %}</tbody></table></div>
</section>
{{ section('exemptions') }}
{% for item in head.exemptions %}<h3><bdi>{{ item.id }}</bdi> <small>{{ item.state }}, until the end of \
{{ item.expires }}</small></h3>
<p>{{ item.category|capitalize }}, approved by <bdi>{{ item.approved_by }}</bdi>\
{% if item.ticket %}, ticket <bdi>{{ item.ticket }}</bdi>{% endif %}. It covers \
{{ 'every check' if item.checks|length == VM_CHECKS|length else item.checks|join(', ') }} of \
{{ item.virtual_machine_ids|length|counted('VM') }}.</p>
<p>Reason: <bdi>{{ item.reason }}</bdi></p>
{% if item.hidden %}<p>Findings that it covers:</p>
<ul class="findings">
{% for hidden in item.hidden[:MOST_LISTED] %}\
<li>{{ name(hidden.virtual_machine_id, hidden.virtual_machine_label) }}: {{ hidden.check }}: \
{{ hidden.message }}</li>
{% endfor %}</ul>
{% else %}<p>It covers no finding.</p>
{% endif %}{{ more(item.hidden|length - MOST_LISTED) }}{% else %}<p>The policy has no exemptions.</p>
{% endfor %}</section>
{{ section('changes') }}
{% if not changes %}<p>No previous report was given to compare with.</p>
{% else %}<p>Since the report of {{ time(changes.previous_generated_at) }}:</p>
{% for kind, heading in CHANGES.items() %}<h3>{{ heading }}: {{ changes[kind]|length|number }}</h3>
<ul class="findings">
{% for item in changes[kind][:MOST_LISTED] %}<li>{{ item.check }}{% if item.about %} <bdi>{{ item.about }}</bdi>\
{% elif item.virtual_machine_id is none %} (the cloud){% else %} of \
{{ name(item.virtual_machine_id, item.virtual_machine_label) }}{% endif %}</li>
{% endfor %}</ul>
{{ more(changes[kind]|length - MOST_LISTED) }}{% endfor %}{% endif %}\
</section>
{{ section('retention') }}
{% if not head.retention %}<p>No applied rule requires retention.</p>
{% else %}<p>VMs with a recovery point in each completed period, out of those whose rule requires it.</p>
{{ table('retention', 'Retention by rule', ['Rule', 'At least', 'Periods, oldest first']) }}\
{% for tier in head.retention %}<tr><th scope="row"><bdi>{{ tier.rule }}</bdi></th>\
<td>{{ tier.min }} of {{ tier.count }} {{ 'days' if tier.tier == 'daily' else tier.tier[:-2] ~ 's' }}</td>\
<td><ul>{% for period in tier.periods %}<li{% if period.missing %} class="gap"{% endif %}>\
{{ period.period }}: {{ period.held }} of {{ period.held + period.missing }}{% if period.missing %} \
({{ period.missing }} missing){% endif %}</li>{% endfor %}</ul></td></tr>
{% endfor %}</tbody></table></div>
{% endif %}</section>
{% if head.backup_servers %}{{ section('servers') }}
{{ table('servers', 'Usable backups by backup server', ['Backup server', 'Site', 'Backups', 'Size']) }}\
{% for server in head.backup_servers %}<tr><th scope="row">\
{% if server.id is none %}no backup server{% else %}#{{ server.id }}{% endif %}</th>\
<td><bdi>{{ server.site or '' }}</bdi></td><td>{{ server.copies|number }}</td>\
<td>{{ (server.size_kb * 1024)|size }}</td></tr>
{% endfor %}</tbody></table></div>
</section>
{% endif %}\
{{ section('not-assessed') }}
<ul>{% for item in head.not_assessed %}<li>{{ item.text }}</li>
{% endfor %}</ul>
{% set orphans = head.orphans.backups %}\
<p>{% if not head.orphans.assessed %}Backups that belong to no listed VM were not looked for.\
{% elif orphans %}{{ orphans|length|counted('backup') }} that \
{{ 'belongs' if orphans|length == 1 else 'belong' }} to no listed VM.\
{% else %}No backup is without a VM.{% endif %}</p>
{% if orphans %}\
{{ table('orphans', 'Backups of no listed VM', ['Backup', 'Owner', 'Target', 'Created', 'Size']) }}\
{% for item in orphans[:MOST_LISTED] %}<tr><th scope="row">{{ item.id }}</th><td>{{ item.user_id }}</td>\
<td>{% if item.target_id is none %}unknown{% else %}{{ item.target_type }} {{ item.target_id }}{% endif %}</td>\
<td>{{ time(item.created_at) }}</td><td>{{ item.size_bytes|size }}</td></tr>
{% endfor %}</tbody></table></div>
{% endif %}
</section>
{{ section('method') }}
<dl class="terms">
{% for term, meaning in TERMS.items() %}<div><dt>{{ term }}</dt><dd>{{ meaning }}</dd></div>
{% endfor %}</dl>
</section>
<div class="signature"><p>Reviewed by</p><p>Date</p><p>Signature</p></div>
</main>
<footer><bdi>{{ head.source.control_panel }}</bdi> · evaluated for {{ time(head.evaluated_at) }} · made {{
 time(head.generated_at) }} · policy SHA-256 <code>{{ head.policy.sha256 }}</code> · {{ head.tool.name }} {{
 head.tool.version }}</footer>
</body>
</html>
"""

TEMPLATES = {"macros": MACROS, "page": PAGE, "style": STYLE}
