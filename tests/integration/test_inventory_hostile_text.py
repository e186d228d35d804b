# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tenants' text in host names and variables: every host can be selected, and no text is evaluated."""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, variables
from ansible_collections.community.onapp.tests.integration.test_backup_info_hostile_text import only_in_json, texts
from ansible_collections.community.onapp.tests.simulator.process import Simulator

# Names with a meaning: for Ansible, for its patterns, for files, for other hosts.
NAMES: list[str | None] = [
    "localhost",
    "127.0.0.1",
    "::1",
    "all",
    "ungrouped",
    "onapp",
    "onapp_backup_protected",
    "extra_group",
    "..",
    "../../etc/passwd",
    "-x",
    "--limit",
    "@/etc/hosts",
    "!web",
    "&web",
    "~web.*",
    "web*",
    "web[0:9]",
    "a,b:c[0:9]&!~*",
    "web",
    "web",
    "web-31",
    "web.example.test:22",
    "WEB",
    "na\u0308me",
    "n\u00e4me",
    "",
    " ",
    "***",
    None,
]


def every_label(trap: pathlib.Path) -> list[str | None]:
    """All labels; their virtual machines are numbered from 1 in this order."""
    return [*texts(trap), *only_in_json(trap), *NAMES]


def show(panel: Simulator, labels: t.Sequence[str | None]) -> None:
    """Let the panel have a virtual machine for each label, which is also every other text of the tenant."""
    rows: list[dict[str, t.Any]] = [
        {
            "id": number,
            "label": label,
            "hostname": label,
            "template_label": label,
            "disks": [{"label": label}],
            "backups": [{"note": label, "unknown_field": [label], "{{ 7 * 7 }}": label}],
        }
        for number, label in enumerate(labels, 1)
    ]
    panel.reset(cloud={"virtual_machines": rows})


def test_tenant_text_is_data(ansible: Ansible, panel: Simulator) -> None:
    trap = ansible.folder / "trap"
    labels = every_label(trap)
    show(panel, labels)
    source = ansible.source(
        evaluate_at=panel.now,
        include_backups="all",
        hostnames=["label"],
        compose={"again": "onapp_label", "note": "onapp_backups[0].note", "upper": "(onapp_label or '') | upper"},
        groups={"extra_group": "'{' in (onapp_label or '')"},
        keyed_groups=[{"key": "onapp_label", "prefix": "by"}],
        filters=[{"exclude": "onapp_label == 'no such label'"}, {"include": "onapp_label is none or true"}],
    )
    listing = ansible.inventory(source, panel=panel)
    assert listing.status == 0, listing.output
    assert "Traceback" not in listing.output and "\x1b[31m" not in listing.output
    assert not trap.exists(), "text of a tenant was run"
    hosts = {own["onapp_id"]: (name, own) for name, own in listing.hosts.items()}
    assert sorted(hosts) == list(range(1, len(labels) + 1))
    assert not set(listing.hosts) & ({"localhost", "127.0.0.1", "::1", "ungrouped"} | set(listing.groups))
    for number, label in enumerate(labels, 1):
        name, own = hosts[number]
        assert re.fullmatch(r"[^\W-][\w.-]*", name), name
        assert len(name.encode()) <= 220
        shown = (own["onapp_label"], own["onapp_hostname"], own["onapp_template_label"], own["again"], own["note"])
        assert shown == (label or None,) * 5
        (backup,) = own["onapp_backups"]
        assert backup["note"] == backup["virtual_machine_label"] == (label or None)
        assert backup["extra"]["{{ 7 * 7 }}"] == label
        assert own["onapp_backup"]["disks"][0]["label"] == (label or None)
        assert own["upper"] == (label or "").upper()
    names = {number: name for number, (name, _own) in hosts.items()}
    of_label = {label: names[number] for number, label in reversed([*enumerate(labels, 1)])}
    assert of_label["web"] == "web" and of_label["WEB"] == "WEB" and of_label["web-31"] == "web-31"
    assert names[labels.index("web") + 2] == f"web-{labels.index('web') + 2}"
    assert of_label["localhost"] == f"localhost-{labels.index('localhost') + 1}"
    assert of_label["onapp_backup_protected"].startswith("onapp_backup_protected-")
    assert of_label["extra_group"].startswith("extra_group-")
    assert of_label[None] == hosts[len(labels)][1]["onapp_identifier"]
    assert set(listing.groups["extra_group"]) == {
        names[number] for number, label in enumerate(labels, 1) if "{" in (label or "")
    }


# Commands to terminals and CI systems, characters that hide text, and characters that break lines or encodings.
COMMANDS = [
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m",
    "nul\x00 back\x08\x08 del\x7f next\x85line",
    "two\nlines\r\n::error::boom",
    "::error::title",
    "##vso[task.complete result=Failed] ###vso[x] ####vso[y]",
    "##teamcity[message text='x']",
    "\u202eright to left\u2066 \u2028line\u2029paragraph",
    "\ufeffmark\u200b\u200d\U000e0041tag \ufffe",
    "half \ud800",
    "{{ 7 * 7 }} {% raw %}",
    "long " * 2000,
]
# Failing expressions quote their input; keyed groups make group names of labels.
REVEALING = {
    "compose": {"time": "onapp_label | to_datetime", "file": "lookup('file', onapp_label)", "note": "onapp_label"},
    "groups": {"json": "onapp_label | from_json"},
    "hostnames": ["onapp_label | to_datetime", "label"],
    "keyed_groups": [
        {"key": "onapp_label", "prefix": "by"},
        {"key": "[onapp_label, onapp_label | to_datetime]"},
        {"key": "onapp_label", "prefix": "", "separator": "", "parent_group": "{{ onapp_label }}"},
    ],
}


@pytest.mark.parametrize("shown", [[], pytest.param(["-vvvv"], marks=pytest.mark.slow)], ids=str)
@pytest.mark.parametrize(
    "command", [["--graph"], ["--list"], ["--list", "--export", "--yaml"], ["--list", "--toml"]], ids=" ".join
)
def test_ansible_inventory_prints_no_tenant_text(
    ansible: Ansible, panel: Simulator, command: list[str], shown: list[str]
) -> None:
    """Warnings, tracebacks and the graph are clean. The listing has unchanged texts, and goes to a file."""
    show(panel, COMMANDS)
    source = ansible.source(include_backups="all", evaluate_at=panel.now, **REVEALING)
    into = ansible.folder / "listing"
    output = ["--output", str(into)] if "--list" in command else []
    environment = {**variables(panel), "ANSIBLE_DISPLAY_TRACEBACK": "always" if shown else "never"}
    done = ansible.command("ansible-inventory", "-i", source, *command, *output, *shown, environment=environment)
    assert "The expression of compose.time failed for " in done.output
    assert not [line for line in done.output.splitlines() if not line.isprintable() or line.startswith("::")]
    for text in ("##vso[", "##teamcity[", panel.password):
        assert text not in done.output
    if "--toml" not in command:
        assert done.status == 0 and (shown or "Traceback" not in done.output), done.output
        assert not output or into.stat().st_size > 0


PLAY = """
- hosts: onapp
  connection: local
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  tasks:
    - debug: {var: "hostvars[inventory_hostname]"}
    - set_fact: {kept: "{{ onapp_label }}", both: "{{ onapp_backups[0].extra }}"}
    - debug: {msg: "{{ kept }} {{ both }} {{ again }} {{ onapp_label }} {{ onapp_backups }} {{ onapp_backup.disks }}"}
    - debug: {msg: "{{ item }}"}
      loop: "{{ [onapp_label, onapp_hostname] + onapp_backups[0].extra.unknown_field }}"
    - copy: {mode: "0600", dest: "{{ into }}", content: "{{ groups.onapp | map('extract',hostvars,'kept') | to_json }}"}
      run_once: true
"""


def test_play_does_not_evaluate_tenant_text(ansible: Ansible, panel: Simulator) -> None:
    """Only labels with templates or special names, because each host takes time."""
    trap = ansible.folder / "trap"
    labels = [label for label in every_label(trap) if label and (str(trap) in label or label in ("..", "localhost"))]
    show(panel, labels)
    source = ansible.source(include_backups="all", compose={"again": "onapp_label"})
    (ansible.folder / "play.yml").write_text(PLAY)
    into = ansible.folder / "kept.json"
    arguments = ["-i", source, "-e", json.dumps({"into": str(into)}), "play.yml"]
    done = ansible.command("ansible-playbook", *arguments, environment=variables(panel))
    assert done.status == 0, done.output
    assert not trap.exists(), "text of a tenant was run"
    assert sorted(json.loads(into.read_text(encoding="utf-8"))) == sorted(labels)


# Selects every host as --limit does, in one process: a command for each would take minutes.
LIMITS = """
import json, sys
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()
manager = InventoryManager(loader=DataLoader(), sources=[sys.argv[1]])
names = [host.name for host in manager.list_hosts("all")]
found = {}
for name in names:
    manager.subset(name)
    found[name] = [host.name for host in manager.list_hosts("all")]
    manager.subset(None)
manager.subset(",".join(names))
found[""] = [host.name for host in manager.list_hosts("onapp")]
json.dump(found, sys.stdout)
"""


GROUPS = {"maintain": "onapp_backup.state == 'protected'"}
KEYED = [
    {"key": "onapp_user_id | string", "prefix": "onapp_user"},
    {"key": "onapp_label", "prefix": "", "separator": "", "parent_group": "labels"},
]
TAKEN = ["onapp", "onapp_backup_protected", "maintain", "all", "ungrouped", "localhost", "127.0.0.1", "::1", "web"]
TAKEN += ["production", "labels", "onapp_user_8", "##vso[task.complete]", "::error::x"]


@pytest.mark.newest
@pytest.mark.parametrize(
    "hostnames", [None, *(pytest.param([name], marks=pytest.mark.slow) for name in ("label", "identifier"))], ids=str
)
def test_labels_that_equal_names(ansible: Ansible, panel: Simulator, hostnames: list[str] | None) -> None:
    """Labels that equal names of groups or hosts add no wrong members, and change no host of another source."""
    vms = [{"id": number, "label": label, "user_id": 8, "backups": []} for number, label in enumerate(TAKEN, 1)]
    panel.reset(cloud={"virtual_machines": [*vms, {"id": 99, "label": "good", "user_id": 7, "backups": [{"id": 991}]}]})
    (ansible.folder / "static.ini").write_text("[production]\nweb ansible_host=192.0.2.99\n", encoding="utf-8")
    address = {"ansible_host": "'10.0.0.' ~ onapp_id"}
    source = ansible.source(
        evaluate_at=panel.now, compose=address, groups=GROUPS, keyed_groups=KEYED, hostnames=hostnames
    )
    listing = ansible.inventory("static.ini", source, panel=panel)
    assert listing.status == 0 and "Traceback" not in listing.output, listing.output
    groups = {name: {listing.hosts[host].get("onapp_id") for host in hosts} for name, hosts in listing.groups.items()}
    assert groups["maintain"] == groups["onapp_backup_protected"] == groups["onapp_user_7"] == {99}
    assert groups["onapp_backup_unprotected"] == {*range(1, len(TAKEN) + 1)}
    assert None in groups["production"]
    assert listing.hosts["web"] == {"ansible_host": "192.0.2.99"}
    assert not set(listing.hosts) & {*listing.groups, "localhost", "127.0.0.1", "::1"}
    for name, own in listing.hosts.items():
        assert name == "web" or own["ansible_host"] == f"10.0.0.{own['onapp_id']}"
    assert listing.finds("Group names made by keyed_groups[1] are refused: ") == 1
    assert listing.finds('the value "maintain" makes maintain, but it is a group of this source') == 1
    for command in ("##vso[", "::error::"):
        assert command not in listing.output


@pytest.mark.newest
def test_every_host_can_be_selected(ansible: Ansible, panel: Simulator) -> None:
    labels = every_label(ansible.folder / "trap")
    show(panel, labels)
    source = ansible.source(hostnames=["label"])
    (ansible.folder / "limits.py").write_text(LIMITS)
    done = ansible.inventory(source, panel=panel, arguments=["--limit", "web"])
    assert set(done.hosts) == {"web"}
    awkward = ansible.inventory(source, panel=panel, arguments=["--limit", "_x,_-limit,_web"])
    assert len(awkward.hosts) >= 3, awkward.text
    found = ansible.python("limits.py", source, environment=variables(panel))
    assert found.status == 0, found.output
    selected = json.loads(found.output.splitlines()[-1])
    all_names = selected.pop("")
    assert len(all_names) == len(selected) == len(labels)
    assert selected == {name: [name] for name in all_names}


@pytest.mark.newest
def test_filters_apply_before_backups_are_read(ansible: Ansible, panel: Simulator) -> None:
    labels = every_label(ansible.folder / "trap")
    show(panel, labels)
    spec = ansible.source(
        hostnames=["no.such.variable", "'vm' ~ onapp_id"],
        filters=[
            {"exclude": "onapp_label is none"},
            {"include": "onapp_label in ['web', '..'] or 'lookup(' in onapp_label"},
            {"exclude": True},
        ],
    )
    listing = ansible.inventory(spec, panel=panel)
    assert listing.status == 0, listing.output
    ids = {number for number, label in enumerate(labels, 1) if label and (label in ("web", "..") or "lookup(" in label)}
    assert set(listing.hosts) == {f"vm{number}" for number in ids}
    counts = panel.counts()["by_route"]
    assert counts["backups"] == len(ids)
    assert listing.health["requests"] == sum(counts.values())
    assert listing.finds("The expression of hostnames[0] failed") == 1

    # A condition that cannot be evaluated is an error: both ways would be unsafe.
    panel.reset(cloud={"virtual_machines": [{"label": "a"}, {"label": None}]})
    for condition, text in (("'a' in onapp_label", "filters[0].include"), ("onapp_label", "not true or false")):
        failed = ansible.inventory(ansible.source(filters=[{"include": condition}]), "localhost,", panel=panel)
        assert set(failed.hosts) == {"localhost"}
        assert text in failed.health["failures"][0]["text"]
    assert "backups" not in panel.counts()["by_route"]
