# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labels and notes of tenants are returned unchanged, and no play evaluates them."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.community.onapp.tests.integration.runner import Ansible, Task, info
from ansible_collections.community.onapp.tests.simulator.process import Simulator


def texts(trap: pathlib.Path) -> list[str]:
    """Labels that would create the file `trap` if a template or a shell evaluated them, and other special texts."""
    return [
        f"{{{{ lookup('pipe', 'touch {trap}') }}}}",
        f"{{% set x = lookup('pipe', 'touch {trap}') %}}{{{{ x }}}}",
        f"!!python/object/apply:os.system ['touch {trap}']",
        f"!unsafe {{{{ query('pipe', 'touch {trap}') }}}}",
        f"$(touch {trap}) `touch {trap}`; touch {trap} | cat",
        "{# comment #}{{ undefined_variable }} {{",
        "- list: [of, {yaml: ~}] # comment",
        "two\nlines: yes\r\n\ttabbed",
        "null",
        "yes",
        "0777",
        "1e3",
        " spaces around ",
        "{'a': 1}",
        '["json"]',
        "<script>alert(1)</script> &amp; ]]>",
        "right to left \u202eflip\u202c \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 emoji \U0001f4be",
        "long " * 2000,
    ]


def only_in_json(trap: pathlib.Path) -> list[str]:
    """Whether XML cannot represent the text."""
    return ["nul\x00bell\x07escape\x1b[31mred\x1b[0m", f"\x1b]0;title\x07{{{{ lookup('pipe', 'touch {trap}') }}}}"]


def test_tenant_text_is_data(ansible: Ansible, panel: Simulator) -> None:
    trap = ansible.folder / "trap"
    labels = [*texts(trap), *only_in_json(trap)]
    rows = [
        {"id": number, "label": label, "hostname": label, "backups": [{"note": label, "unknown_field": [label]}]}
        for number, label in enumerate(labels, 1)
    ]
    twins: list[dict[str, t.Any]] = [
        {"id": number, "label": "twin", "hostname": labels[0], "backups": []} for number in (501, 502)
    ]
    panel.reset(cloud={"virtual_machines": [*rows, *twins, {"id": 503, "label": labels[1], "backups": []}]})
    panel.faults(
        [
            {"fault": "delete_vm", "route": "backups", "vm": 503},
            {"fault": "status", "status": 500, "route": "backups", "vm": 502, "text": labels[0]},
        ]
    )
    vms = "json_facts.virtual_machines"
    show: dict[str, Task] = {
        "shown": {"ansible.builtin.debug": {"msg": "{{ " + vms + " | map(attribute='label') | list }}"}},
        "shown_alone": {"ansible.builtin.debug": {"var": vms + "[0].label"}},
        "shown_in_loop": {
            "ansible.builtin.debug": {"msg": "{{ item.label }} is {{ item.backup.state }}"},
            "loop": "{{ " + vms + "[:7] }}",
            "loop_control": {"label": "{{ item.label }}"},
        },
        "kept": {"ansible.builtin.set_fact": {"kept_label": "{{ " + vms + "[0].label }}"}},
        "kept_shown": {"ansible.builtin.debug": {"msg": "{{ kept_label }}"}},
        "message": {"ansible.builtin.debug": {"msg": "{{ ambiguous.msg }} {{ json_facts.health.failures[0].text }}"}},
    }
    done = ansible.tasks(
        {
            "json_facts": info(concurrency=1),
            "xml_facts": info(response_format="xml", virtual_machines=list(range(1, len(texts(trap)) + 1))),
            "ambiguous": info(virtual_machines=["twin"]),
            "not_there": info(virtual_machines=["{% raw %}" + labels[0] + "{% endraw %} no"]),
            **show,
        },
        "-v",
        panel=panel,
    )
    assert done.status == 0, done.output
    assert not trap.exists(), "text of a tenant was run"
    results = done.results
    for name, expected in {"json_facts": labels, "xml_facts": texts(trap)}.items():
        found = {vm["id"]: vm for vm in results[name]["virtual_machines"]}
        backups = {backup["virtual_machine_id"]: backup for backup in results[name]["backups"]}
        for number, spec in enumerate(expected, 1):
            assert (found[number]["label"], found[number]["hostname"]) == (spec, spec)
            assert (backups[number]["note"], backups[number]["virtual_machine_label"]) == (spec, spec)
            assert backups[number]["extra"]["unknown_field"] == [spec]

    # Messages show them on one line, without control characters, and shortened.
    assert "{{ lookup('pipe'" in results["ambiguous"]["msg"]
    assert "{{ lookup('pipe'" in results["not_there"]["msg"]
    (warning,) = [text for text in results["json_facts"]["warnings"] if "was deleted" in text]
    assert "{% set x = lookup('pipe'" in warning
    for text in (results["ambiguous"]["msg"], warning, results["json_facts"]["health"]["failures"][0]["text"]):
        assert text.isprintable() and len(text) < 1500

    # Templates of a play return the same text.
    assert results["shown"]["msg"][: len(labels)] == labels
    assert results["kept_shown"]["msg"] == labels[0]
    assert [item["msg"].rpartition(" is ")[0] for item in results["shown_in_loop"]["results"]] == labels[:7]
    assert "{{ lookup('pipe'" in results["message"]["msg"]
    assert "\x1b[31m" not in done.output
