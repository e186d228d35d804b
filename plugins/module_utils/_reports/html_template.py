# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The Jinja2 templates of the HTML report, as strings: ansible-core before 2.22 ships only .py files of module_utils.

Every value is escaped. Tenant text is wrapped in `bdi`, so that its writing direction ends with it.
"""

from __future__ import annotations

MACROS = """\
{% macro name(id, label) %}{% if label and label.strip() %}<bdi>{{ label }}</bdi>{% else %}no label{% endif %}\
 <small>#{{ id }}</small>{% endmacro %}
{% macro time(text, absent='none') %}{% if text %}<time datetime="{{ text }}">{{ text[:10] }} {{ text[11:16] }} UTC\
</time>{% else %}{{ absent }}{% endif %}{% endmacro %}
{% macro link(id, label) %}<a href="#vm-{{ id }}">{{ name(id, label) }}</a>{% endmacro %}
{% macro section(id, heading) %}<section id="{{ id }}" aria-labelledby="{{ id }}-heading">
<h2 id="{{ id }}-heading">{{ heading }}</h2>
{{ caller() }}</section>
{% endmacro %}
{% macro table(kind, caption) %}<div class="wide" role="region" tabindex="0" aria-label="{{ caption }}">
<table class="{{ kind }}"><caption>{{ caption }}</caption>
{{ caller() }}</tbody></table></div>
{% endmacro %}
{% macro head(names) %}<thead><tr>{% for name in names %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>
{% endmacro %}
{% macro definitions(kind, terms) %}<dl class="{{ kind }}">
{% for term, meaning in terms %}<div><dt>{{ term }}</dt><dd>{{ meaning }}</dd></div>
{% endfor %}</dl>
{% endmacro %}
"""

# What comes before the virtual machines.
TOP = """\
{% from 'macros' import name, time, definitions %}\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ word }}: backups of {{ cloud }}, {{ head.evaluated_at[:10] }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
<a class="skip" href="#todo">Skip to the findings</a>
<header class="band {{ head.status }}">
<p class="word">{{ word }}</p>
<h1><bdi>{{ head.headline }}</bdi></h1>
{% for notice in notices %}<p class="notice">{{ notice }}</p>
{% endfor %}\
<p>Evaluated for <strong>{{ time(head.evaluated_at) }}{{ local_time }}</strong> · policy \
<strong>{% if head.policy.name %}<bdi>{{ head.policy.name }}</bdi>{% else %}without a name{% endif %}</strong> · \
SHA-256 <code>{{ head.policy.sha256[:12] }}</code></p>
<p>Control panel <bdi>{{ head.source.control_panel }}</bdi>{% if head.source.cloud_name %} (<bdi>{{
 head.source.cloud_name }}</bdi>){% endif %}, read as <bdi>{{ head.source.api_user }}</bdi>: {{ population }}</p>
</header>
<nav aria-label="Contents"><ul>
{% for id, heading in contents %}<li><a href="#{{ id }}">{{ heading }}</a></li>
{% endfor %}</ul></nav>
<main>
<section id="todo" aria-labelledby="todo-heading">
<h2 id="todo-heading">What to do</h2>
{% if cloud_findings %}<h3>The cloud and the policy</h3>
<ul class="findings">
{% for item in cloud_findings %}<li>{{ item.label }}: {{ item.message }}</li>
{% endfor %}</ul>
{% if cloud_rest %}<p>{{ cloud_rest }} more in the record (JSON).</p>
{% endif %}\
{% endif %}\
{% if failures %}<h3>What could not be read</h3>
<ul class="findings">
{% for item in failures %}<li>{{ item.where }}: {{ item.text }} ({{ item.code }})</li>
{% endfor %}</ul>
{% endif %}\
"""

STATE_HEADING = """\
<h3>{{ heading }}</h3>
"""

# Virtual machines with all of their findings.
FINDINGS = """\
{% from 'macros' import name, time %}\
{% for id, label, outcome, rule, owner, newest_at, findings in rows %}\
<article id="vm-{{ id }}"><h4>{{ name(id, label) }}</h4>
<p class="facts">{{ outcome }} · rule <bdi>{{ rule }}</bdi> · owner {{ owner }} · newest recovery point \
{{ time(newest_at) }}</p>
<ul class="findings">
{% for item in findings %}<li>{{ item.label }}: {{ item.message }}</li>
{% endfor %}</ul></article>
{% endfor %}\
"""

ALL_HEAD = """\
{% from 'macros' import definitions %}\
{% if not has_findings %}<p>No finding: nothing to do.</p>
{% endif %}\
</section>
<section id="all" aria-labelledby="all-heading">
<h2 id="all-heading">All VMs</h2>
<dl class="states">
{% for state, number, word, meaning in states %}\
<div class="{{ state }}{{ ' none' if number == '0' else '' }}"><dt><b>{{ number }}</b> {{ word }}</dt>\
<dd>{{ meaning }}</dd></div>
{% endfor %}</dl>
<div class="wide" role="region" tabindex="0" aria-label="All VMs, worst first">
<table class="vms"><caption>All VMs, worst first</caption>
<thead><tr><th scope="col">VM<th scope="col">State<th scope="col">Reason<th scope="col">Age, limit\
<th scope="col">Newest recovery point<th scope="col">Copies<th scope="col">Rule<th scope="col">Owner\
<th scope="col">Findings</tr></thead>
<tbody>
"""

# A row has no end tags of cells: HTML implies them, and that saves a third of a large page.
VM_ROWS = """\
{% from 'macros' import name, time %}\
{% for id, label, state, reason, age, newest_at, copies, rule, owner, findings in rows %}\
<tr><th scope="row">{{ name(id, label) }}<td><span class="state {{ state }}">{{ state|replace('_', ' ') }}</span>\
<td>{{ reason }}<td>{{ age }}<td>{{ time(newest_at) }}<td>{{ copies }}<td><bdi>{{ rule }}</bdi>\
<td>{{ owner }}<td>{% if findings %}<a href="#vm-{{ id }}">{{ findings }}</a>{% else %}none{% endif %}</tr>
{% endfor %}\
"""

CALENDAR_HEAD = """\
{% from 'macros' import definitions %}\
</tbody></table></div>
{% if not vms %}<p>There is no VM to show.</p>
{% endif %}\
</section>
<section id="calendar" aria-labelledby="calendar-heading">
<h2 id="calendar-heading">Calendar</h2>
<p>The newest day comes first and is not over. A day begins at {{ head.calendar.day_starts_at }} in the time zone \
{{ head.calendar.timezone }}.</p>
<dl class="legend">
{% for letter, kind, meaning in cells %}<div><dt class="{{ kind }}">{{ letter }}</dt><dd>{{ meaning }}</dd></div>
{% endfor %}</dl>
{% if note %}<p>{{ note }}</p>
{% endif %}\
<div class="wide" role="region" tabindex="0" aria-label="Backups by VM and day">
<table class="heat"><caption>Backups by VM and day</caption>
<thead><tr><th scope="col" rowspan="2">VM</th>{% for text, days in months %}\
<th scope="colgroup" colspan="{{ days }}">{{ text }}</th>{% endfor %}</tr>
<tr>{% for day in days %}<th scope="col"><time datetime="{{ day }}">{{ day[8:] }}</time></th>{% endfor %}</tr></thead>
<tbody>
"""

CALENDAR_ROWS = """\
{% from 'macros' import name %}\
{% for id, label, kind, days, cells in rows %}\
<tr><th scope="row"><div>{{ name(id, label) }}</div>\
{% if kind %}<td class="{{ kind }}" colspan="{{ days }}">{{ cells }}{% else %}{{ cells|safe }}{% endif %}</tr>
{% endfor %}\
"""

# What comes after the virtual machines.
BOTTOM = """\
{% from 'macros' import name, time, link, section, table, head as heading, definitions %}\
</tbody></table></div>
{% if calendar_rest %}<p>{{ calendar_rest }}</p>
{% endif %}\
</section>
{% if history %}{% call section('period', 'Period') %}
{% for text in history.texts %}<p>{{ text }}</p>
{% endfor %}\
{% call table('period', 'Days of the period, the newest first') %}{{ heading(history.columns) }}\
{% for row in history.rows %}<tr><th scope="row">\
{% if row.id is none %}The cloud{% else %}{{ name(row.id, row.label) }}{% endif %}</th>\
{% for cell in row.cells %}<td>{{ cell }}</td>{% endfor %}<td><code>{{ row.days }}</code></td></tr>
{% endfor %}{% endcall %}
{% if history.rest %}<p>{{ history.rest }}</p>{% endif %}
{% for item in history.skipped %}<p>Skipped: <bdi>{{ item.path }}</bdi>: {{ item.reason }}</p>
{% endfor %}{% endcall %}{% endif %}\
{% call section('rules', 'Rules') %}
<p>The first rule that matches a VM decides for it. Limits that a rule does not set are those of the defaults.</p>
{% call table('rules', 'Rules of the policy') %}{{ heading(['Rule', 'VMs', 'Matches', 'Limits']) }}\
{% for rule in rules %}<tr><th scope="row"><bdi>{{ rule.name }}</bdi></th><td>decides for {{ rule.decided }}\
{% if rule.matched != rule.decided %}, matches {{ rule.matched }}{% endif %}</td><td>{{ rule.match }}</td>\
<td><ul class="limits">{% for key, value in rule.limits %}<li><code>{{ key }}: {{ value }}</code></li>{% else %}\
<li>as the defaults</li>{% endfor %}</ul></td></tr>
{% endfor %}{% endcall %}
{% if rules_rest %}<p>{{ rules_rest }}</p>{% endif %}
{% endcall %}\
{% call section('checks', 'Checks') %}
<p>{{ percentage }}</p>
{% call table('checks', 'Results by check') %}{{ heading(['Check', 'Fails when'] + columns + ['VMs']) }}\
{% for check in checks %}<tr><th scope="row">{{ check.name }}</th><td>{{ check.fails_when }}</td>\
{% for number in check.counts %}<td>{{ number }}</td>{% endfor %}<td>{% for vm in check.vms %}{{ link(*vm) }}\
{% if not loop.last %}, {% endif %}{% endfor %}{{ check.rest }}</td></tr>
{% endfor %}{% endcall %}
{% endcall %}\
{% call section('exemptions', 'Exemptions') %}
{% for item in exemptions %}<h3><bdi>{{ item.id }}</bdi> <small>{{ item.state }}, until the end of {{ item.expires }}\
</small></h3>
<p>{{ item.category }}, approved by <bdi>{{ item.approved_by }}</bdi>\
{% if item.ticket %}, ticket <bdi>{{ item.ticket }}</bdi>{% endif %}. It covers {{ item.checks }} of \
{{ item.matches }}.</p>
<p>Reason: <bdi>{{ item.reason }}</bdi></p>
{% if item.hidden %}<p>What it hides:</p>
<ul class="findings">
{% for hidden in item.hidden %}\
<li>{{ name(hidden.virtual_machine_id, hidden.virtual_machine_label) }}: {{ hidden.check }}: \
{{ hidden.message }}</li>
{% endfor %}</ul>
{% else %}<p>It hides nothing.</p>
{% endif %}{% if item.rest %}<p>{{ item.rest }}</p>
{% endif %}{% else %}<p>The policy has no exemptions.</p>
{% endfor %}{% endcall %}\
{% call section('changes', 'Changes') %}
{% if not changes %}<p>No previous report was given to compare with.</p>
{% else %}<p>Since the report of {{ time(head.changes.previous_generated_at) }}:</p>
{% for change in changes %}<h3>{{ change.heading }}</h3>
<ul class="findings">
{% for item in change.findings %}<li>{{ item.check }}{% if item.about %} <bdi>{{ item.about }}</bdi>\
{% elif item.virtual_machine_id is none %} (the cloud){% else %} of \
{{ name(item.virtual_machine_id, item.virtual_machine_label) }}{% endif %}</li>
{% endfor %}</ul>
{% if change.rest %}<p>{{ change.rest }}</p>
{% endif %}{% endfor %}{% endif %}\
{% endcall %}\
{% call section('retention', 'Retention') %}
{% if not retention %}<p>No rule that decided for a VM asks for retention.</p>
{% else %}<p>VMs that keep a recovery point of each completed period, of those that the rule asks it of.</p>
{% call table('retention', 'Retention by rule') %}{{ heading(['Rule', 'At least', 'Periods, oldest first']) }}\
{% for tier in retention %}<tr><th scope="row"><bdi>{{ tier.rule }}</bdi></th><td>{{ tier.min }} of {{ tier.count }} \
{{ tier.unit }}</td><td><ul>{% for period in tier.periods %}<li{% if period.missing %} class="gap"{% endif %}>\
{{ period.period }}: {{ period.held }} of {{ period.held + period.missing }}{% if period.missing %} \
({{ period.missing }} missing){% endif %}</li>{% endfor %}</ul></td></tr>
{% endfor %}{% endcall %}
{% endif %}{% endcall %}\
{% if servers %}{% call section('servers', 'Backup servers') %}
{% call table('servers', 'Usable backups by backup server') %}\
{{ heading(['Backup server', 'Site', 'Backups', 'Size']) }}\
{% for server in servers %}<tr><th scope="row">{{ server.name }}</th><td><bdi>{{ server.site }}</bdi></td><td>{{
 server.copies }}</td><td>{{ server.size }}</td></tr>
{% endfor %}{% endcall %}
{% endcall %}{% endif %}\
{% call section('not-assessed', 'Not assessed') %}
<ul>{% for item in head.not_assessed %}<li>{{ item.text }}</li>
{% endfor %}</ul>
<p>{{ orphans.text }}</p>
{% if orphans.rows %}{% call table('orphans', 'Backups of no listed VM') %}\
{{ heading(['Backup', 'Owner', 'Target', 'Created', 'Size']) }}\
{% for item in orphans.rows %}<tr><th scope="row">{{ item.id }}</th><td>{{ item.user_id }}</td>\
<td>{{ item.target }}</td><td>{{ time(item.created_at) }}</td><td>{{ item.size }}</td></tr>
{% endfor %}{% endcall %}{% endif %}
{% endcall %}\
{% call section('method', 'Method') %}
{{ definitions('terms', terms) }}\
{% endcall %}\
<div class="signature"><p>Reviewed by</p><p>Date</p><p>Signature</p></div>
</main>
<footer><bdi>{{ head.source.control_panel }}</bdi> · evaluated for {{ time(head.evaluated_at) }} · made {{
 time(head.generated_at) }} · policy SHA-256 <code>{{ head.policy.sha256 }}</code> · {{ head.tool.name }} {{
 head.tool.version }}</footer>
</body>
</html>
"""

TEMPLATES = {
    "macros": MACROS,
    "top": TOP,
    "state_heading": STATE_HEADING,
    "findings": FINDINGS,
    "all_head": ALL_HEAD,
    "vm_rows": VM_ROWS,
    "calendar_head": CALENDAR_HEAD,
    "calendar_rows": CALENDAR_ROWS,
    "bottom": BOTTOM,
}
