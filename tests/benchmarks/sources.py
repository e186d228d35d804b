# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory sources of one simulated cloud: our own, and a script with the same content. And what reads them."""

from __future__ import annotations

import hashlib
import json
import shlex
import stat
import sys
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.cloud import Cloud, Measured
from ansible_collections.community.onapp.tests.benchmarks.measure import BIN, PLUGINS, WrongResult

KEYED_GROUPS = [
    {"key": "onapp_user_id | string", "prefix": "user"},
    {"key": "onapp_hypervisor_id | string", "prefix": "hypervisor"},
    {"key": "onapp_backup.state", "prefix": "headline"},
]
HEALTH = "onapp_inventory"
MARK = "__ansible_unsafe"
# For a Python in a folder of any name.
SCRIPT = """\
#!/bin/sh
'''exec' {python} "$0" "$@"
' '''
import sys
print(open({data!r}).read() if "--list" in sys.argv else "{{}}")
"""
# The least that an inventory plugin can do for the same listing: variables in one step, texts that are no templates.
HOSTS_ALONE = """\
import json
from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = "name: hosts_alone"


class InventoryModule(BaseInventoryPlugin):
    NAME = "hosts_alone"

    def verify_file(self, path):
        return path.endswith("hosts_alone.yml")

    def parse(self, inventory, loader, path, cache=True):
        with open({data!r}, encoding="utf-8") as stream:
            listing = json.load(stream)
        hosts = listing.pop("_meta")["hostvars"]
        for group, content in listing.items():
            inventory.add_group(group)
            for child in content.get("children", ()):
                inventory.add_group(child)
                inventory.add_child(group, child)
            for host in content.get("hosts", ()):
                inventory.add_host(host, group)
            for name, value in content.get("vars", {{}}).items():
                inventory.set_variable(group, name, value)
        for host, variables in hosts.items():
            inventory.hosts[host].vars.update(variables)
"""


class Sources:
    """Inventory sources for one cloud, in its folder."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.folder = cloud, cloud.folder
        self.listing = self.folder / "listing.json"
        self._data = self.folder / "static.json"
        self._content = ""

    def write(self, name: str, cached: bool = False, **options: t.Any) -> list[str]:
        """A source of this collection that judges at the time of the panel, so that each run finds the same states."""
        spec = {"plugin": "community.onapp.onapp", "evaluate_at": self.cloud.panel.now, **options}
        if cached:
            spec |= {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(self.folder / "cache")}
        return [self._file(f"{name}.onapp.yml", spec)]

    def write_static(self) -> list[str]:
        """A script with the hosts, groups and variables that were listed last."""
        self._content = self.content()
        self._data.write_text(json.dumps(self._as_script(self.listed())), encoding="utf-8")
        script = self.folder / "static.py"
        script.write_text(SCRIPT.format(python=shlex.quote(sys.executable), data=str(self._data)), encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return [str(script)]

    def write_hosts_alone(self) -> list[str]:
        """A plugin that adds what the script lists, and does nothing else."""
        plugins = self.folder / PLUGINS
        plugins.mkdir(exist_ok=True)
        (plugins / "hosts_alone.py").write_text(HOSTS_ALONE.format(data=str(self._data)), encoding="utf-8")
        return [self._file("hosts_alone.yml", {"plugin": "hosts_alone"})]

    def _as_script(self, listing: dict[str, t.Any]) -> dict[str, t.Any]:
        hosts = listing["_meta"]["hostvars"]
        # A variable of all hosts is listed with each of them; the source said it once, for the group `all`.
        health = [variables.pop(HEALTH) for variables in hosts.values()]
        if not health or any(other != health[0] for other in health):
            raise WrongResult(f"{HEALTH} is not the same for all {len(hosts)} hosts")
        listing["all"]["vars"] = {HEALTH: health[0]}
        return listing

    def check_static(self) -> None:
        """What was listed last must be just that. Raises WrongResult otherwise."""
        if self.content() != self._content:
            raise WrongResult("a static source has not the hosts, groups and variables that it was made of")

    def write_constructed(self) -> str:
        """Ansible's own plugin for the same groups of whatever hosts there are."""
        spec = {"plugin": "ansible.builtin.constructed", "strict": True, "keyed_groups": KEYED_GROUPS}
        return self._file("constructed.yml", spec)

    def read(self, name: str, sources: list[str], asks: bool = False, graph: str = "") -> Measured:
        """List everything into a file, or print the graph of one group.

        Raises WrongResult if that is not the whole cloud, or if the panel was asked although it should not have been,
        or was not although it should.
        """
        command = [str(BIN / "ansible-inventory"), *(part for source in sources for part in ("-i", source))]
        command += ["--graph", graph] if graph else ["--list", "--output", str(self.listing)]
        self.listing.unlink(missing_ok=True)
        done = self.cloud.run(command, name)
        if asks != bool(done.requests):
            raise WrongResult(f"{name}: {done.requests} requests")
        if not graph:
            with self.listing.open(encoding="utf-8") as stream:
                hosts = len(json.load(stream)["_meta"]["hostvars"])
            if hosts != self.cloud.vms:
                raise WrongResult(f"{name}: {hosts} hosts, not {self.cloud.vms}")
        elif f"@{graph}:" not in done.output:
            raise WrongResult(f"{name}: no group {graph} in {done.output[:1000]!r}")
        return done

    def listed(self) -> dict[str, t.Any]:
        """What was listed last, without Ansible's marks on texts that must not be templates."""
        with self.listing.open(encoding="utf-8") as stream:
            return t.cast(dict[str, t.Any], json.load(stream, object_hook=_unmarked))

    def groups(self) -> dict[str, list[str]]:
        """The hosts of each group that was listed last."""
        return {name: sorted(group.get("hosts", ())) for name, group in self.listed().items() if name != "_meta"}

    def content(self) -> str:
        """What stands for all hosts, variables and groups that were listed last, in whatever order."""
        listing = self.listed()
        for name, group in listing.items():
            if name != "_meta":
                listing[name] = {part: sorted(names) for part, names in group.items()}
        # ansible-core from 2.20 says there how it wrote the listing.
        hosts = listing.pop("_meta")["hostvars"]
        return hashlib.sha256(json.dumps([hosts, listing], sort_keys=True).encode()).hexdigest()

    def _file(self, name: str, content: t.Mapping[str, t.Any]) -> str:
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)


def _unmarked(value: dict[str, t.Any]) -> t.Any:
    return value[MARK] if list(value) == [MARK] else value
