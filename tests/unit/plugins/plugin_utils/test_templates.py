# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates in options are filled in by name, except those that are for hosts."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._templates import LATER, check_names, filled_in


@pytest.fixture
def fill(templar, trusted_throughout):
    """Fills in the options of a file."""
    return lambda options, **variables: filled_in(trusted_throughout(options), templar, variables)


class TestNames:
    DEFINITIONS = {"filters": {}, "on_error": {"aliases": None}, "password": {"aliases": ["api_key"]}}

    @pytest.mark.parametrize("options", [None, {}, {"filters": [], "api_key": "x", "password": "x"}])
    def test_known(self, options):
        check_names(options, self.DEFINITIONS)

    @pytest.mark.parametrize("name, meant", [("filter", "filters"), ("on_eror", "on_error"), ("apikey", "api_key")])
    def test_unknown(self, name, meant):
        with pytest.raises(ConfigError, match=rf"no option {name} \(did you mean {meant}\?\)"):
            check_names({"password": "x", name: 1}, self.DEFINITIONS)


@pytest.mark.parametrize("options", [None, {}])
def test_no_options(options, templar):
    assert filled_in(options, templar, {}) is options


def test_every_depth_is_filled_in(fill):
    options = {
        "url": "https://{{ host }}",
        "policy": {"defaults": {"rpo": "{{ rpo }}"}, "rules": [{"name": "{{ host }}"}]},
        "retries": 3,
        "flag_groups": True,
        "ca_path": None,
    }
    assert fill(options, host="onapp.example.com", rpo="26h") == {
        "url": "https://onapp.example.com",
        "policy": {"defaults": {"rpo": "26h"}, "rules": [{"name": "onapp.example.com"}]},
        "retries": 3,
        "flag_groups": True,
        "ca_path": None,
    }


def test_what_comes_of_a_template_is_there_before_types_are_looked_at(fill):
    filled = fill({"retries": "{{ 1 + 1 }}", "flag_groups": "{{ true }}"})
    assert {name: str(value) for name, value in filled.items()} == {"retries": "2", "flag_groups": "True"}


def test_variables_are_no_templates_again(fill):
    assert fill({"password": "{{ secret }}"}, secret="a{b}c")["password"] == "a{b}c"


def test_a_lookup(fill, monkeypatch):
    monkeypatch.setenv("ONAPP_TEST_KEY", "key from the environment")
    options = fill({"password": "{{ lookup('env', 'ONAPP_TEST_KEY') }}"})
    assert options == {"password": "key from the environment"}


@pytest.mark.parametrize("name", sorted(LATER))
def test_what_is_for_hosts_waits(fill, name):
    value = [{"key": "{{ onapp_label }}", "include": "nothing"}]
    assert fill({name: value, "url": "{{ 'x' }}"}) == {name: value, "url": "x"}


def test_expressions_over_hosts_are_known():
    assert {"compose", "groups", "keyed_groups", "filters", "hostnames"} <= LATER


@pytest.mark.parametrize("template", ["{{ nothing }}", "{{ 1 + }}", "{{ 'a' | no_such_filter }}"])
def test_one_that_fails_is_named(fill, template):
    with pytest.raises(ConfigError, match="^The option policy is a template that fails: .") as caught:
        fill({"url": "https://onapp.example.com", "policy": {"defaults": {"rpo": template}}})
    assert str(caught.value).isprintable()


def test_the_options_of_the_file_stay_as_they_are(fill, templar, trusted):
    options = {"url": trusted("{{ host }}")}
    filled_in(options, templar, {"host": "x"})
    assert options == {"url": "{{ host }}"}
