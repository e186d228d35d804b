# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin, loaded as Ansible loads it and run in this process, with a cache; and what is seen of it."""

from __future__ import annotations

import contextlib
import io
import json
import pathlib
import typing as t

from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible_collections.community.onapp.tests.faults import files
from ansible_collections.community.onapp.tests.faults.cloud import NOW
from ansible_collections.community.onapp.tests.faults.judge import Seen

PLUGIN = "community.onapp.onapp"
STATES = "onapp_backup_"
Options = dict[str, t.Any]


def inventory(options: Options, folder: pathlib.Path) -> Seen:
    """Read the source; if that leaves a cache behind, then once more from the cache, which must say the same."""
    cache = folder / "cache"
    keeps = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(cache)}
    seen = _read(folder, {**options, **keeps})
    kept = files.texts_below(cache)
    seen.output += "".join(kept.values())
    if len(kept) != (1 if seen.complete else 0):
        seen.troubles.append(f"the cache holds {len(kept)} files")
    elif kept:
        again = _read(folder, {**options, **keeps}, source="cache")
        seen.troubles += again.troubles
        if again.failed or again.parts != seen.parts:
            seen.troubles.append("the cache says something else")
    return seen


def _read(folder: pathlib.Path, options: Options, source: str = "api") -> Seen:
    file = folder / "cloud.onapp.yml"
    file.write_text(json.dumps({"plugin": PLUGIN, **options, "evaluate_at": NOW}), encoding="utf-8")
    data, loader, printed, troubles = InventoryData(), DataLoader(), io.StringIO(), []
    failed = False
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        plugin = inventory_loader.get(PLUGIN)
        if not plugin.verify_file(str(file)):
            troubles.append("the plugin leaves its file alone")
        try:
            plugin.parse(data, loader, str(file), cache=True)
            plugin.update_cache_if_changed()
        except AnsibleParserError as error:
            failed = True
            printed.write(str(error))
        except Exception as error:
            failed = True
            troubles.append(f"it raised {type(error).__name__}")
    record = data.groups["all"].vars.get("onapp_inventory")
    if record is None:
        return Seen(True, [], False, {}, [], [*troubles, "there is no onapp_inventory"], printed.getvalue())
    if record["source"] != source:
        troubles.append(f"it was read from {record['source']}")
    parts = {f"VM {host.vars['onapp_id']}": _part(data, host) for host in data.hosts.values()}
    if failed and (parts or record["complete"]):
        troubles.append("a source that failed left hosts behind, or says that it is complete")
    text = json.dumps([record, parts], default=str)
    codes = [str(failure["code"]) for failure in record["failures"]]
    return Seen(failed, codes, bool(record["complete"]), parts, [], troubles, printed.getvalue() + text)


def _part(data: t.Any, host: t.Any) -> dict[str, t.Any]:
    """A host; its state is the group that it is in, because that is what plays select by."""
    groups = sorted(name for name in (group.name for group in host.groups) if name.startswith(STATES))
    state = " and ".join(name.removeprefix(STATES) for name in groups)
    if state != host.vars["onapp_backup"]["state"]:
        state = f"{state}, but {host.vars['onapp_backup']['state']} in its variables"
    facts = {name: value for name, value in host.vars.items() if name != "onapp_backups"}
    whole = {"state": state, "facts": facts, "rows": host.vars.get("onapp_backups", [])}
    plain: dict[str, t.Any] = json.loads(json.dumps(whole))
    return plain
