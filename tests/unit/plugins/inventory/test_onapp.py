# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin in this process on the simulated panel, with the options of its documentation."""

from __future__ import annotations

import base64
import json
import sys
import zlib

import pytest
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import _InventoryDataWrapper
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.cache import CachePluginAdjudicator
from ansible.utils.display import Display
from ansible_collections.community.onapp.plugins.module_utils._records import EVIDENCE
from ansible_collections.community.onapp.tests.unit.plugins.inventory_in_process import PLUGIN, inventory_plugin

CLOUD = {
    "virtual_machines": [
        {"id": number, "label": f"vm-{number}", "disks": [{"id": 100 + number}], "backups": [{}, {"built": False}],
         "recovery_points": [{}], "schedules": [{}]}
        for number in (1, 2)
    ]
}  # fmt: skip


@pytest.fixture
def messages(monkeypatch):
    """The warnings and the messages of -v."""
    texts = []
    monkeypatch.setattr(Display, "warning", lambda self, msg, *unused, **more: texts.append(msg))
    monkeypatch.setattr(Display, "v", lambda self, msg, *unused, **more: texts.append(msg))
    return texts


@pytest.fixture
def read(panel, tmp_path, messages):
    """A function that reads a source with some options into an inventory, also available as `read.inventory`."""
    panel.reset(cloud=CLOUD)
    connection = {"url": panel.url, "username": panel.username, "password": panel.password}
    file = tmp_path / "cloud.onapp.yml"

    def run(uses_cache=True, into=None, **options):
        file.write_text(json.dumps({"plugin": PLUGIN, **connection, **options}), encoding="utf-8")
        plugin = inventory_plugin()
        run.inventory = into or InventoryData()
        plugin.parse(run.inventory, DataLoader(), str(file), uses_cache)
        plugin.update_cache_if_changed()
        return run.inventory

    return run


def health(inventory):
    return inventory.groups["all"].vars["onapp_inventory"]


def test_hosts_and_record(read, messages):
    inventory = read()
    assert sorted(inventory.hosts) == ["vm-1-1", "vm-2-2"]
    assert inventory.hosts["vm-1-1"].vars["onapp_backup"]["state"] == "protected"
    assert health(inventory)["complete"] is True
    assert [text for text in messages if "plain http" in text] == messages


@pytest.mark.parametrize("name", ["onapp_backup_stale", "onapp", "all", "localhost"])
def test_taken_group_name_sends_no_request(read, panel, name):
    with pytest.raises(AnsibleParserError, match=f"^The option groups.{name} makes a group that"):
        read(groups={name: "true"})
    assert panel.counts()["requests"] == 0


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("onapp.yml", True), ("prod.onapp.yaml", True), ("hosts.yml", False), ("gone.onapp.yml", False)],
)
def test_file_names(tmp_path, messages, name, is_one):
    path = tmp_path / name
    if not name.startswith("gone"):
        path.write_text("{}", encoding="utf-8")
    assert inventory_plugin().verify_file(str(path)) is is_one
    assert [text for text in messages if "ignores" in text] == messages
    assert len(messages) == (name == "hosts.yml")


def test_refused_login_adds_only_the_record(read, panel):
    with pytest.raises(AnsibleParserError, match="password"):
        read(password="wrong")
    assert (read.inventory.hosts, health(read.inventory)["complete"]) == ({}, False)
    assert health(read.inventory)["failures"][0]["code"] == "auth"
    assert health(read.inventory)["requests"] == panel.counts()["requests"] == 1


@pytest.mark.parametrize("options", [{"policy": {"rpo": "1h"}}, {"timeout": "soon"}, {"no_such_option": 1}])
def test_wrong_option_adds_only_the_record(read, panel, options):
    with pytest.raises(AnsibleError):
        read(**options)
    assert read.inventory.hosts == {}
    assert health(read.inventory)["failures"][0]["code"] == "config"
    assert panel.counts()["requests"] == 0


class TestCache:
    def test_second_run_sends_no_request(self, read, panel, tmp_path):
        options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "c")}
        fresh = read(**options)
        requests = panel.counts()["requests"]
        cached = read(**options)
        assert panel.counts()["requests"] == requests > 0
        assert (health(fresh)["source"], health(cached)["source"]) == ("api", "cache")
        read(uses_cache=False, **options)
        assert panel.counts()["requests"] == 2 * requests

    @pytest.mark.parametrize("kinds", [[], *([kind] for kind in EVIDENCE), list(EVIDENCE)])
    def test_cached_inventory_equals_a_fresh_one(self, read, panel, tmp_path, kinds):
        options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "c")}
        options |= {"evidence": kinds, "include_backups": "all", "evaluate_at": "2030-01-01T00:00:00Z"}
        fresh = read(**options)
        requests = panel.counts()["requests"]
        cached = read(**options)
        assert panel.counts()["requests"] == requests
        variables = [{name: host.vars for name, host in inventory.hosts.items()} for inventory in (fresh, cached)]
        assert variables[0] == variables[1]
        first = variables[0]["vm-1-1"]
        assert {f"onapp_{kind}" for kind in kinds} - {"onapp_transactions"} == {
            name for name in first if name in ("onapp_recovery_points", "onapp_schedules")
        }
        attempt = next(backup for backup in first["onapp_backups"] if not backup["built"])
        assert attempt.get("transaction_status", "no key") == ("failed" if "transactions" in kinds else "no key")
        assert not any(name in json.dumps(first) for name in ("canary", "log_output", "params"))

    @pytest.mark.parametrize(
        ("first", "second", "is_miss"),
        [
            ([], ["recovery_points"], True),
            (["recovery_points"], [], True),
            (["recovery_points"], ["recovery_points", "schedules"], True),
            (["schedules", "recovery_points"], ["recovery_points", "schedules"], False),
        ],
    )
    def test_other_evidence_is_a_cache_miss(self, read, panel, tmp_path, messages, first, second, is_miss):
        options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "c")}
        read(evidence=first, **options)
        requests = panel.counts()["requests"]
        read(evidence=second, **options)
        assert (panel.counts()["requests"] > requests) is is_miss
        assert not [text for text in messages if "cache" in text]

    @pytest.mark.parametrize("kind", EVIDENCE)
    def test_incomplete_evidence_is_not_cached(self, read, panel, tmp_path, messages, kind):
        options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "c")}
        panel.settings(profile="no_evidence")
        inventory = read(evidence=[kind], **options)
        assert health(inventory)["complete"] is (kind != "recovery_points")
        assert not list((tmp_path / "c").glob("*")) if (tmp_path / "c").exists() else True
        assert [text for text in messages if "could not be read" in text]

    @pytest.mark.parametrize("cache", [False, True])
    def test_memory_cache_is_a_warning(self, read, messages, cache):
        read(cache=cache, cache_plugin="memory")
        assert len([text for text in messages if "caches nothing between runs" in text]) == cache

    @pytest.fixture
    def warm(self, read, panel, tmp_path, messages):
        """Options with a warm cache, and its file."""
        options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "c")}
        options["evidence"] = list(EVIDENCE)
        read(**options)
        (file,) = (tmp_path / "c").iterdir()
        messages.clear()
        return options, file

    @staticmethod
    def change_content(file, change):
        """Replace the text in the cache file."""
        kept = json.loads(file.read_text())
        kept["__payload__"] = json.dumps(change(json.loads(kept["__payload__"])))
        file.write_text(json.dumps(kept))

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda file: file.write_text(""), id="empty"),
            pytest.param(lambda file: file.write_bytes(file.read_bytes()[:-20]), id="cut"),
            pytest.param(lambda file: file.write_bytes(bytes(range(256))), id="binary"),
            pytest.param(lambda file: file.write_text("[]"), id="a list"),
            pytest.param(lambda file: file.write_text("null"), id="null"),
            pytest.param(lambda file: file.write_text("7"), id="a number"),
            pytest.param(lambda file: file.write_text("[" * 100_000), id="too deep"),
            pytest.param(lambda file: file.write_text("{}"), id="an object"),
            pytest.param(lambda file: file.write_text('{"__payload__": "[]"}'), id="another payload"),
            pytest.param(lambda file: (file.unlink(), file.mkdir()), id="a folder"),
            pytest.param(lambda file: (file.unlink(), file.mkdir(), (file / "x").touch()), id="a full folder"),
            pytest.param(lambda file: TestCache.change_content(file, lambda text: None), id="null inside"),
            pytest.param(lambda file: TestCache.change_content(file, lambda text: [text]), id="a list inside"),
            pytest.param(lambda file: TestCache.change_content(file, lambda text: text[:-9]), id="cut inside"),
            pytest.param(lambda file: TestCache.change_content(file, lambda text: text + "\n"), id="more inside"),
            pytest.param(
                lambda file: TestCache.change_content(file, lambda text: text.replace("e", "f")), id="other inside"
            ),
        ],
    )
    def test_unusable_file_is_a_warning(self, read, panel, warm, messages, damage):
        options, file = warm
        damage(file)
        requests = panel.counts()["requests"]
        inventory = read(**options)
        assert sorted(inventory.hosts) == ["vm-1-1", "vm-2-2"]
        assert (health(inventory)["source"], health(inventory)["complete"]) == ("api", True)
        assert panel.counts()["requests"] > requests
        assert (
            len([text for text in messages if text.startswith("The cache of this inventory source cannot be used")])
            == 1
        )

    @pytest.mark.parametrize("value", [None, True, 1.5, "x", [], {}, [{}], "9" * 5000, -1, 10**400])
    @pytest.mark.parametrize("part", ["virtual_machine", "disk", "backup", *EVIDENCE])
    def test_any_cached_value(self, read, warm, part, value):
        """With any values in rows, the source is complete, from the cache or from the panel."""
        options, file = warm

        def change(text):
            head, page = text.split("\n")
            ((vm, disks, backups, evidence), second) = json.loads(zlib.decompress(base64.b64decode(page)))
            row = {"virtual_machine": vm, "disk": disks[0], "backup": backups[0]}.get(part) or evidence[part][0]
            row.update({name: value for name in row if name != "id"}, more=value)
            changed = json.dumps([[vm, disks, backups, evidence], second]).encode()
            return head + "\n" + base64.b64encode(zlib.compress(changed)).decode()

        self.change_content(file, change)
        inventory = read(**options)
        assert len(inventory.hosts) == 2
        assert health(inventory)["complete"] is True

    @pytest.mark.parametrize("place", ["a file", "below a file", "/proc/nowhere"])
    def test_folder_that_cannot_be_created_is_a_warning(self, read, tmp_path, messages, place):
        (tmp_path / "file").touch()
        places = {"a file": tmp_path / "file", "below a file": tmp_path / "file" / "c"}
        inventory = read(cache=True, cache_plugin="jsonfile", cache_connection=str(places.get(place, place)))
        assert sorted(inventory.hosts) == ["vm-1-1", "vm-2-2"]
        assert [text for text in messages if text.startswith("The cache of this inventory source cannot be")]

    def test_write_error_is_a_warning(self, read, tmp_path, messages, monkeypatch):
        def fail(*unused):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(CachePluginAdjudicator, "set_cache", fail)
        inventory = read(cache=True, cache_plugin="jsonfile", cache_connection=str(tmp_path / "c"))
        assert sorted(inventory.hosts) == ["vm-1-1", "vm-2-2"]
        (text,) = [text for text in messages if "cache" in text]
        assert text.startswith("The cache of this inventory source cannot be written: ")

    @pytest.mark.parametrize(
        "options", [{"cache_plugin": "no.such.cache", "cache_connection": "/tmp/x"}, {"cache_plugin": "jsonfile"}]
    )
    def test_wrong_plugin_is_an_error(self, read, options):
        with pytest.raises(AnsibleError, match="cache"):
            read(cache=True, **options)
        assert health(read.inventory)["failures"][0]["code"] == "config"


SECRET = "canary-1875"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"password": [SECRET]}, "The option password is a list: it must be a text."),
        ({"password": {"key": SECRET}}, "The option password is a dictionary: it must be a text."),
        ({"password": {SECRET: 1}}, "The option password is a dictionary: it must be a text."),
        ({"api_key": [[SECRET]]}, "The option api_key is a list: it must be a text."),
        ({"password": "{{ ['" + SECRET + "'] }}"}, "The option password is a list: it must be a text."),
        *(
            ({name: template}, f"The option {name} is a template that fails: the reason is not shown")
            for name in ("url", "password", "api_key")
            for template in (
                "{{ '" + SECRET + "' | to_datetime }}",
                "{{ 'https://me:" + SECRET + "@host' | to_datetime }}",
                "{{ lookup('file', '/" + SECRET + "') }}",
                "{{ lookup('pipe', 'false " + SECRET + "') }}",
                "{{ lookup('" + SECRET + "') }}",
                "{{ {}['" + SECRET + "'] }}",
                "{{ nobody['" + SECRET + "'] | no_such_filter }}",
            )
        ),
        ({"password": "{{ nobody }}"}, "The option password is a template that fails: 'nobody' is undefined"),
        ({"passwort": SECRET}, "There is no option passwort (did you mean password?)"),
        ({"url": ["https://" + SECRET]}, "The option url is a list: it must be a text."),
        ({"username": {}}, "The option username is a dictionary: it must be a text."),
        ({"policy": [1]}, "The option policy is a list: it must be a dictionary."),
        ({"policy": "gold"}, "The option policy is a text: it must be a dictionary."),
        ({"compose": ["x"]}, "The option compose is a list: it must be a dictionary."),
        ({"groups": "x"}, "The option groups is a text: it must be a dictionary."),
        ({"keyed_groups": {"key": "x"}}, "The option keyed_groups is a dictionary: it must be a list."),
        ({"filters": {"include": "x"}}, "The option filters is a dictionary: it must be a list."),
        ({"filters": "onapp_booted"}, "The option filters[0] must be a dictionary"),
        ({"hostnames": {"a": 1}}, "The option hostnames is a dictionary: it must be a list."),
        ({"hostnames": [None]}, "The option hostnames[0] is null: it must be the name of a field"),
        ({"hostnames": ["label", 5]}, "The option hostnames[1] is a number: it must be the name of a field"),
        ({"hostnames": ["booted"]}, "The option hostnames[0] is booted, which is not a text"),
        ({"hostvars_prefix": []}, "The option hostvars_prefix is a list: it must be a text."),
        ({"group": {"a": 1}}, "The option group is a dictionary: it must be a text."),
        ({"evaluate_at": ["now"]}, "The option evaluate_at is a list: it must be a text."),
        ({5: 1}, "There is no option 5"),
    ],
)
def test_invalid_options(read, panel, messages, options, text):
    with pytest.raises(AnsibleError) as caught:
        read(**{str(name): value for name, value in options.items()})
    assert text in str(caught.value)
    assert panel.counts()["requests"] == 0
    assert health(read.inventory)["failures"][0]["code"] == "config"
    assert SECRET not in "\n".join([str(caught.value), *messages, json.dumps(health(read.inventory))])


NULLABLE = ["filters", "hostnames", "group", "policy", "evaluate_at", "max_cache_age", "ca_path", "compose", "groups"]


@pytest.mark.parametrize("name", NULLABLE)
def test_null_is_the_default(read, name):
    assert sorted(read(**{name: None}).hosts) == ["vm-1-1", "vm-2-2"]


@pytest.mark.parametrize("name", ["hostvars_prefix", "group_prefix", "on_duplicate", "on_error", "include_backups"])
@pytest.mark.parametrize("value", [None, 5, True])
def test_other_values_give_hosts_or_a_clear_error(read, name, value):
    try:
        inventory = read(**{name: value})
    except AnsibleError as error:
        assert name in str(error)
        assert health(read.inventory)["failures"][0]["code"] == "config"
    else:
        assert len(inventory.hosts) == 2


def test_missing_requests_library(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(AnsibleParserError) as caught:
        read()
    assert f"requests is not installed for {sys.executable}" in str(caught.value)
    assert f"{sys.executable} -m pip install requests" in str(caught.value)
    assert "delegate_to" not in str(caught.value)
    assert read.inventory.hosts == {}


def test_same_virtual_machine_in_two_sources(read):
    """ansible-core passes each source a new wrapper of the same inventory."""
    inventory = InventoryData()
    for state in ("protected", "stale"):
        rpo = "9000d" if state == "protected" else "1m"
        read(policy={"defaults": {"rpo": rpo}}, into=_InventoryDataWrapper(inventory, None, None))
        assert sorted(inventory.hosts) == ["vm-1-1", "vm-2-2"]
        assert sorted(inventory.groups[f"onapp_backup_{state}"].host_names) == ["vm-1-1", "vm-2-2"]
    assert not inventory.groups["onapp_backup_protected"].hosts


@pytest.mark.parametrize("use_extra_vars", [False, True])
def test_constructed_options(read, use_extra_vars):
    inventory = read(compose={"twice": "onapp_id * 2"}, use_extra_vars=use_extra_vars, strict=True)
    assert inventory.hosts["vm-2-2"].vars["twice"] == 4
