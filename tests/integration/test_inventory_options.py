# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin's options through Ansible's commands: those of the modules, templates, vaults, wrong values."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.community.onapp.plugins.module_utils._options import argument_spec
from ansible_collections.community.onapp.tests.integration.runner import (
    MODULE,
    PLUGIN,
    Ansible,
    Result,
    options,
    squeezed,
    variables,
)
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

BRACES = "a{{ 7 * 7 }}b{% if %}"


def test_connection_options_equal_those_of_the_module(ansible: Ansible) -> None:
    def options_of(*arguments: str) -> Result:
        done = ansible.command("ansible-doc", "--json", *arguments)
        assert done.status == 0, done.output
        found: Result = json.loads(done.output)[arguments[-1]]["doc"]["options"]
        return found

    plugin, module = options_of("-t", "inventory", PLUGIN), options_of(MODULE)
    connection = argument_spec()
    assert set(plugin) & set(module) == {*connection, "policy", "evaluate_at", "evidence", "on_error"}
    for name, spec in connection.items():
        variables_of = [entry["name"] for entry in plugin[name].pop("env", [])]
        assert variables_of == [*spec.get("fallback", (None, []))[1]], name
        assert plugin[name] == module[name], name
        for key in ("type", "default", "aliases", "required"):
            assert plugin[name].get(key) == spec.get(key), (name, key)
        assert sorted(plugin[name].get("choices") or ()) == sorted(spec.get("choices", ())), name
    for name in ("type", "default"):
        assert plugin["on_error"].get(name) == module["on_error"].get(name)
    assert list(plugin["on_error"]["choices"]) == list(module["on_error"]["choices"])


def test_templates(ansible: Ansible, panel: Simulator) -> None:
    """Options of any type and depth may be templates, which can use extra variables and the environment."""
    given = {
        "url": "{{ lookup('ansible.builtin.env', 'PANEL') }}",
        "username": "{{ who }}",
        "api_key": "{{ lookup('ansible.builtin.env', 'PANEL_KEY') }}",
        "timeout": "{{ 30 }}",
        "retries": "{{ '0' }}",
        "validate_certs": "{{ false }}",
        "response_format": "{{ 'xml' }}",
        "include_backups": "{{ shown }}",
        "flag_groups": "{{ true }}",
        "group": "{{ 'cloud' }}",
        "group_prefix": "cloud_{{ who[:4] }}_",
        "policy": {"defaults": {"rpo": "{{ hours }}h"}},
        "evaluate_at": "{{ when }}",
    }
    extra = {"who": panel.username, "shown": "latest", "hours": 9000, "when": panel.now}
    listing = ansible.inventory(
        ansible.source(**given),
        arguments=["-e", json.dumps(extra)],
        environment={"PANEL": panel.url, "PANEL_KEY": panel.password},
    )
    assert listing.status == 0, listing.output
    assert listing.health["complete"] is True
    assert {entry["path"].rpartition(".")[2] for entry in panel.counts()["log"]} == {"xml"}
    (seed,) = [name for name in listing.hosts if name.startswith("seed-document-")]
    assert seed not in listing.groups["cloud_user_protected"]
    assert len(listing.groups["cloud_user_protected"]) >= 6
    assert listing.groups["cloud_user_flag_powered_off"]
    assert "onapp_backups" in listing.hosts[seed]


def test_passwords(ansible: Ansible) -> None:
    """The environment is used unchanged, a vault inside the file is decrypted, and an option has precedence."""
    vault = ansible.folder / "vault-password"
    vault.write_text("the password of the vault\n")
    with Simulator(username="me", password=BRACES, vms=1) as panel:
        login = variables(panel)
        done = ansible.command("ansible-vault", "encrypt_string", "--vault-password-file", str(vault), BRACES)
        encrypted = done.output[done.output.index("!vault") :]
        lines = [f"plugin: {PLUGIN}", f"url: {panel.url}", "username: me", "hostnames: [\"'vault'\"]", "password: "]
        text = "\n".join(lines) + encrypted.partition("Encryption successful")[0]
        (ansible.folder / "vault.onapp.yml").write_text(text)
        with_lookup = {**options(panel), "password": "{{ lookup('ansible.builtin.env', 'ONAPP_PASSWORD') }}"}
        sources = [
            "vault.onapp.yml",
            ansible.source("environment", hostnames=["'environment'"]),
            ansible.source("lookup", **with_lookup, hostnames=["'lookup'"]),
            ansible.source("wrong", hostnames=["'wrong'"], password="wrong"),
        ]
        arguments = ["--vault-password-file", str(vault)]
        listing = ansible.inventory(*sources, arguments=arguments, environment=login)
        key_only = {**login, "ONAPP_API_KEY": BRACES}
        del key_only["ONAPP_PASSWORD"]
        by_key = ansible.inventory(sources[1], environment=key_only)
        locked = ansible.inventory(sources[0], environment=login)
    assert listing.status == 0, listing.output
    assert set(listing.hosts) == {"vault", "environment", "lookup"}
    assert [source["complete"] for source in listing.health["sources"]] == [True, True, True, False]
    assert listing.health["failures"][0]["code"] == "auth"
    assert set(by_key.hosts) == {"environment"}
    assert locked.status == 0 and "hosts" not in locked.tree["all"]
    assert BRACES not in listing.output + listing.text + locked.output + locked.text


def test_wrong_options(ansible: Ansible, panel: Simulator) -> None:
    """One file for each wrong option, all in one run: each message names the option, and nothing is requested."""
    bad: list[tuple[dict[str, t.Any], str]] = [
        ({"url": "onapp.example.com"}, "The option url must start with https://"),
        ({"url": "https://me:canary@onapp.example.com"}, "The option url must not hold credentials"),
        ({"url": ""}, "The option url is empty"),
        ({"username": "{{ nobody }}"}, "The option username is a template that fails: 'nobody' is undefined"),
        ({"username": "a:b"}, "The option username must not hold a colon"),
        ({"password": " "}, "The option password is empty: set it, or its environment variable ONAPP_PASSWORD"),
        ({"policy": {"defaults": {"rpo": "{{ 1 +"}}}, "The option policy is a template that fails"),
        ({"policy": {"defaults": {"rop": "1h"}}}, "The option policy is wrong: policy.defaults.rop"),
        ({"policy": [1]}, "The option policy is a list: it must be a dictionary"),
        ({"timeout": 0}, "The option timeout is 0.0"),
        ({"timeout": "{{ 'soon' }}"}, "timeout"),
        ({"retries": "many"}, "retries"),
        ({"concurrency": 0}, "The option concurrency is 0"),
        ({"page_size": 99999}, "The option page_size is 99999"),
        ({"ca_path": "/nowhere/ca.pem"}, "The option ca_path names /nowhere/ca.pem"),
        ({"response_format": "yaml"}, "response_format"),
        ({"include_backups": "{{ 'some' }}"}, "include_backups"),
        ({"on_error": "ignore"}, "on_error"),
        ({"on_duplicate": "first"}, "on_duplicate"),
        ({"evaluate_at": "yesterday"}, "The option evaluate_at is not a time"),
        ({"max_cache_age": "6"}, "The option max_cache_age is '6'"),
        ({"filters": [{"only": "true"}]}, "The option filters[0] must be"),
        ({"filters": [{"include": "true", "exclude": "true"}]}, "The option filters[0] must be"),
        ({"filters": [{"include": True}, {"exclude": ""}]}, "The option filters[1].exclude must be"),
        ({"hostnames": [None]}, "The option hostnames[0] is null: it must be the name of a field"),
        ({"hostnames": ["label", 5]}, "The option hostnames[1] is a number: it must be the name of a field"),
        ({"hostnames": ["booted"]}, "The option hostnames[0] is booted, which is not a text"),
        ({"password": ["canary"]}, "The option password is a list: it must be a text"),
        ({"password": {"canary": "canary"}}, "The option password is a dictionary: it must be a text"),
        ({"groups": {"onapp_backup_stale": "true"}}, "The option groups.onapp_backup_stale makes a group that"),
        ({"group": "all"}, 'The option group is "all"'),
        ({"group": "my cloud"}, 'The option group is "my cloud"'),
        ({"group_prefix": "1_"}, 'The option group_prefix is "1_"'),
        ({"hostvars_prefix": "ansible_"}, 'The option hostvars_prefix is "ansible_"'),
        ({"hostvars_prefix": "my-"}, 'The option hostvars_prefix is "my-"'),
        ({"keyed_groups": [{"prefix": "x"}]}, "The option keyed_groups[0] must be"),
        (
            {"keyed_groups": [{"key": "x", "default_value": "", "trailing_separator": False}]},
            "keyed_groups[0] must not",
        ),
        ({"cache": True, "cache_plugin": "no.such.cache"}, "no.such.cache"),
    ]
    sources = [ansible.source(f"bad{number}", **given) for number, (given, _text) in enumerate(bad)]
    listing = ansible.inventory(*sources, "localhost,", panel=panel)
    assert listing.status == 0, listing.output
    assert "Traceback" not in listing.output
    assert panel.counts()["requests"] == 0
    rest = squeezed(listing.output)
    for name, (given, text) in zip(sources, bad, strict=True):
        about, end, rest = rest.partition(squeezed(f"Unable to parse {ansible.folder / name} as an inventory source"))
        assert end, (given, listing.output)
        assert squeezed(text) in about, (given, about)
    assert set(listing.groups) == {"all", "ungrouped"}
    assert listing.health["complete"] is False
    failures = listing.health["failures"]
    assert len(listing.health["sources"]) == len(failures) == len(bad)
    for (given, text), failure in zip(bad, failures, strict=True):
        assert (failure["code"], failure["status"]) == ("config", None)
        assert text in failure["text"], (given, failure)
        assert failure["text"].isprintable() and "Traceback" not in failure["text"]
    assert "canary" not in listing.output + listing.text


def test_name_of_the_file(ansible: Ansible, panel: Simulator) -> None:
    name = ansible.source()
    (ansible.folder / name).rename(ansible.folder / "cloud.yml")
    done = ansible.command("ansible-inventory", "-v", "--list", "-i", "cloud.yml", environment=variables(panel))
    assert done.status == 0 and "onapp_backup_protected" not in done.output
    assert squeezed("must end in onapp.yml or onapp.yaml") in squeezed(done.output)
    assert panel.counts()["requests"] == 0
