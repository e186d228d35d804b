# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of a host: names that Ansible has no other use for, an address that is one, the newest backups."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._host_variables import (
    HEALTH,
    NAMES,
    address_of,
    check_prefix,
    latest,
    prefixed,
)
from ansible_collections.community.onapp.plugins.plugin_utils._trust import as_data
from hypothesis import given
from hypothesis import strategies as st


class TestPrefix:
    @pytest.mark.parametrize("prefix", ["onapp_", "_", "o", "Cloud7_"])
    def test_that_makes_variable_names(self, prefix):
        assert check_prefix(prefix) == prefix

    @pytest.mark.parametrize("prefix", ["7_", "on-app_", "on app", "onapp.", "b\u00fcro_", "{{ x }}", "\u0967", "a\n"])
    def test_that_makes_none(self, prefix):
        with pytest.raises(ConfigError, match="which does not begin a variable name: write letters"):
            check_prefix(prefix)

    @pytest.mark.parametrize(
        ("prefix", "variable"),
        [
            pytest.param("ansible_", "ansible_id", id="those of connections"),
            pytest.param("ansible_x_", "ansible_x_id", id="any of Ansible's"),
        ],
    )
    def test_that_makes_variables_of_ansible(self, prefix, variable):
        with pytest.raises(ConfigError) as caught:
            check_prefix(prefix)
        assert f'"{prefix}", which makes the variable {variable}, a name for which Ansible has another' in str(
            caught.value
        )

    def test_that_makes_a_name_with_another_use(self, monkeypatch):
        """Whichever of the names it is that a version of Ansible reserves."""
        module = check_prefix.__globals__
        for name in NAMES:
            monkeypatch.setitem(module, "get_reserved_names", lambda name=name: {f"x_{name}"})
            with pytest.raises(ConfigError, match=f"the variable x_{name}, "):
                check_prefix("x_")
            assert check_prefix("y_") == "y_"

    def test_every_variable_of_a_host_is_looked_at(self):
        assert {"id", "ip_addresses", "backup", "backups"} < set(NAMES)
        assert HEALTH not in {"onapp_" + name for name in NAMES}

    def test_variables(self):
        assert prefixed({"id": 1, "label": "web"}, "onapp_") == {"onapp_id": 1, "onapp_label": "web"}


class TestAddress:
    @pytest.mark.parametrize(
        ("addresses", "found"),
        [
            pytest.param([], None, id="none"),
            pytest.param(["192.0.2.1", "192.0.2.2"], "192.0.2.1", id="the first"),
            pytest.param(["2001:DB8::0:1"], "2001:db8::1", id="version 6"),
            pytest.param(["192.0.2.1/24"], "192.0.2.1", id="with its network"),
            pytest.param(["web", "", "192.0.2.300", "192.0.2.1"], "192.0.2.1", id="the first that is one"),
            pytest.param(["-oProxyCommand=id", "192.0.2.1; id"], None, id="no address"),
            pytest.param(["192.0.2", "3221225985", "0xC0000201", "192.0.2.01"], None, id="forms that mislead"),
        ],
    )
    def test_examples(self, addresses, found):
        assert address_of(addresses) == found

    @given(st.lists(st.one_of(st.text(), st.ip_addresses().map(str), st.from_regex(r"[0-9.:/%]{1,12}"))))
    def test_what_is_found_is_the_first_address(self, texts):
        found = address_of(texts)
        for text in texts:
            try:
                first = ipaddress.ip_address(text.split("/", 1)[0])
            except ValueError:
                continue
            assert ipaddress.ip_address(found) == first
            break
        else:
            assert found is None

    def test_the_zone_of_an_address_is_no_template(self, templar, trusted):
        """Everything may stand behind the percent sign."""
        address = address_of(as_data(["fe80::1%{{ 6 * 7 }}"]))
        templar.available_variables = {"ansible_host": address}
        assert templar.template(trusted("{{ ansible_host }}")) == "fe80::1%{{ 6 * 7 }}"


def backup(number, age, target=("Disk", 1), usable=True):
    return {
        "id": number,
        "age_seconds": age,
        "usable": usable,
        "target_type": target[0],
        "target_id": target[1],
    }


backups = st.lists(
    st.builds(
        backup,
        st.integers(1, 30),
        st.integers(0, 3),
        st.sampled_from([("Disk", 1), ("Disk", 2), ("VirtualMachine", 1), (None, None)]),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda each: each["id"],
)


class TestLatest:
    def test_of_each_target_the_newest_usable(self):
        listed = [
            backup(9, None, usable=False),
            backup(8, 30),
            backup(7, 20),
            backup(6, 90, ("Disk", 2)),
            backup(5, 10, ("VirtualMachine", 1)),
            backup(4, 5, ("Disk", 3), usable=False),
        ]
        assert [each["id"] for each in latest(listed)] == [7, 6, 5]

    def test_of_one_age_the_highest_id(self):
        assert [each["id"] for each in latest([backup(3, 5), backup(4, 5), backup(2, 5)])] == [4]

    def test_none(self):
        assert latest([]) == latest([backup(1, None, usable=False)]) == []

    @given(backups, st.randoms(use_true_random=False))
    def test_by_the_letter_in_whatever_order(self, listed, random):
        expected = {}
        for each in listed:
            rivals = [other for other in listed if other["usable"] and other["target_type"] == each["target_type"]]
            rivals = [other for other in rivals if other["target_id"] == each["target_id"]]
            if rivals:
                newest = max(rivals, key=lambda other: (-other["age_seconds"], other["id"]))
                expected[newest["id"]] = newest
        shuffled = list(listed)
        random.shuffle(shuffled)
        for order in (listed, shuffled):
            found = latest(order)
            assert {each["id"]: each for each in found} == expected
            assert len(found) == len(expected)
