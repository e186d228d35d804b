# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host names, native groups and populating; tenants' texts get no names of other hosts and groups."""

from __future__ import annotations

import ipaddress
import os
import unicodedata

import pytest
from ansible import constants as C
from ansible.inventory.data import InventoryData
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import FLAGS, STATES
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._constructed import ExpressionError
from ansible_collections.community.onapp.plugins.plugin_utils._populate import (
    ANSIBLE_NAMES,
    MAX_NAME_BYTES,
    HostNames,
    NativeGroups,
    Population,
    address_of,
    all_or_nothing,
    clean_name,
    name_hosts,
)
from hypothesis import example, given
from hypothesis import strategies as st

# Few characters, so that names collide; `-1` and the like, so that they collide with suffixed names.
similar_names = st.one_of(
    st.text("ab-1", min_size=1, max_size=4), st.sampled_from(["all", "localhost", "all-1", "onapp", "onapp-2", "a-1-1"])
).map(clean_name)
clouds = st.lists(st.tuples(st.integers(1, 20), similar_names), max_size=12, unique_by=lambda vm: vm[0]).map(sorted)
groups = st.sets(st.sampled_from(["onapp", "a", "b", "ab", "a-1", "onapp-3"]))


class TestCleanName:
    @given(st.text())
    @example("\u0958" * 100)  # NFC makes two characters of this one
    @example("\U0001d160.")
    @example("\ud800-")
    def test_any_text_gives_a_selectable_name(self, text):
        name = clean_name(text)
        assert all(c in "._-" or unicodedata.category(c)[0] in "LMN" for c in name)
        assert not name.startswith(("-", "."))
        assert len(name.encode()) <= MAX_NAME_BYTES == 200
        assert bool(name) is bool(text.strip())
        assert clean_name(name) == name

    @given(st.text(st.characters(categories=("L", "M", "N")), min_size=1, max_size=200 // 12))
    def test_letters_of_all_scripts_are_kept(self, text):
        assert clean_name(text) == unicodedata.normalize("NFC", text)

    @given(st.text(st.characters(codec="utf-8"), max_size=20))
    def test_unicode_forms_give_one_name(self, text):
        stripped = text.strip()
        assert clean_name(unicodedata.normalize("NFD", stripped)) == clean_name(unicodedata.normalize("NFC", stripped))

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            pytest.param(" web ", "web", id="spaces around"),
            pytest.param("web.example.com", "web.example.com", id="host name"),
            pytest.param("B\u00fcro-\u6771\u4eac_\u0663", "B\u00fcro-\u6771\u4eac_\u0663", id="scripts"),
            pytest.param("a:b,c;d e", "a_b_c_d_e", id="separators of patterns"),
            pytest.param("!a&b~c@d", "_a_b_c_d", id="operators of patterns"),
            pytest.param("w*[0:3]?", "w__0_3__", id="wildcards"),
            pytest.param("-rf", "_rf", id="an option"),
            pytest.param("../../etc/passwd", "_._.._etc_passwd", id="another folder"),
            pytest.param("{{ x }}", "___x___", id="a template"),
            pytest.param("a\u200b\u202eb\n", "a__b", id="invisible characters"),
            pytest.param("x" * 300, "x" * 200, id="too long"),
            pytest.param("\u20ac\u6771" * 100, "_\u6771" * 50, id="too long in bytes"),
            pytest.param("x" * 199 + "\u00fc", "x" * 199, id="no half a character"),
            pytest.param("", "", id="nothing"),
            pytest.param(" \t\n", "", id="blank"),
        ],
    )
    def test_examples(self, text, name):
        assert clean_name(text) == name

    @given(st.text())
    def test_name_is_no_path(self, text):
        assert os.path.normpath(os.path.join("host_vars", clean_name(text + "x"))).startswith("host_vars" + os.sep)


class TestNameHosts:
    @given(clouds, groups)
    def test_names_are_unique_and_not_reserved(self, spec, taken):
        names, notes = name_hosts(spec, taken, {}, "suffix")
        assert len(names) == len(set(names)) == len(spec)
        assert not set(names) & (taken | ANSIBLE_NAMES)
        assert notes == []

    @given(clouds, groups)
    def test_lowest_id_has_the_plain_name(self, spec, taken):
        names = name_hosts(spec, taken, {}, "suffix")[0]
        seen = set()
        for name, (number, text) in zip(names, spec, strict=True):
            if text in seen or text in taken | ANSIBLE_NAMES:
                assert name.startswith(f"{text}-{number}")
            else:
                assert name == text
            seen.add(text)

    @given(clouds, groups)
    def test_names_are_stable(self, spec, taken):
        """Naming the resulting names again changes nothing."""
        names = name_hosts(spec, taken, {}, "suffix")[0]
        again = [(number, name) for (number, text), name in zip(spec, names, strict=True)]
        assert name_hosts(again, taken, {}, "suffix")[0] == names

    @given(clouds, groups)
    def test_skip_keeps_the_lowest_id(self, spec, taken):
        names, notes = name_hosts(spec, taken, {}, "skip")
        texts = [text for number, text in spec]
        forbidden = taken | ANSIBLE_NAMES
        for place, name in enumerate(names):
            is_twin = texts[place] in texts[:place] and texts[place] not in forbidden
            assert (name is None) is is_twin
        used_names = [name for name in names if name is not None]
        assert len(used_names) == len(set(used_names))
        assert not set(used_names) & forbidden
        assert len(notes) == (None in names)

    @given(clouds, groups)
    def test_fail_is_an_error_for_equal_names(self, spec, taken):
        texts = [text for number, text in spec if text not in taken | ANSIBLE_NAMES]
        if len(texts) == len(set(texts)):
            assert name_hosts(spec, taken, {}, "fail") == name_hosts(spec, taken, {}, "suffix")
        else:
            with pytest.raises(ConfigError, match="^Several virtual machines have the same host name: "):
                name_hosts(spec, taken, {}, "fail")

    @given(clouds, groups, st.data())
    def test_other_names_change_nothing(self, spec, taken, data):
        others = data.draw(st.lists(st.integers(100, 120), unique=True).map(sorted))
        with_others = [*spec, *((number, f"zz{number}") for number in others)]
        names = name_hosts(with_others, taken, {}, "suffix")[0]
        assert names[: len(spec)] == name_hosts(spec, taken, {}, "suffix")[0]

    def test_suffixed_name_that_is_taken(self):
        spec = [(1, "web"), (2, "web"), (3, "web-2"), (4, "web-2-2")]
        assert name_hosts(spec, (), {}, "suffix")[0] == ["web", "web-2-2-2", "web-2", "web-2-2"]
        assert name_hosts([(1, "a"), (2, "a")], {"a-2"}, {}, "suffix")[0] == ["a", "a-2-2"]

    def test_names_of_controllers_and_groups_are_reserved(self):
        for name in ("all", "ungrouped", "localhost", "127.0.0.1", *C.LOCALHOST):
            for on_duplicate in ("suffix", "fail", "skip"):
                assert name_hosts([(7, name)], (), {}, on_duplicate)[0] == [f"{name}-7"]

    @pytest.mark.parametrize("on_duplicate", ["fail", "skip"])
    def test_equal_names_are_reported_with_ids(self, on_duplicate):
        spec = [(number, f"n{number % 7}") for number in range(1, 60)]
        if on_duplicate == "fail":
            with pytest.raises(ConfigError) as caught:
                name_hosts(spec, (), {}, on_duplicate)
            text = str(caught.value)
        else:
            (text,) = name_hosts(spec, (), {}, on_duplicate)[1]
        assert "n1 (ids 1, 8, 15, 22, 29); " in text
        assert text.count("(ids") == 5
        assert "; and 2 more." in text.replace("more names", "more").replace("2 more. ", "2 more.")
        assert text.endswith(".")


class FakeExpressions:
    """Expressions with the given values; exceptions are raised."""

    def __init__(self, **values):
        self.values = values
        self.evaluated = []

    def value(self, expression, variables):
        self.evaluated.append((expression, variables["onapp_id"]))
        value = self.values[expression]
        if isinstance(value, Exception):
            raise value
        return value


def vm(number, **fields):
    facts = {"id": number, "identifier": f"identifier{number}", "label": None, "hostname": None, **fields}
    return {f"onapp_{name}": value for name, value in facts.items()}


def named(vms, hostnames=("label", "hostname", "identifier"), expressions=None, strict=False, taken=()):
    names = HostNames(hostnames, "suffix", "onapp_", expressions or FakeExpressions(), strict=strict)
    return names.name_all(vms, taken, {})


class TestHostNames:
    @pytest.mark.parametrize(
        ("fields", "name"),
        [
            pytest.param({"label": "web", "hostname": "h"}, "web", id="the first"),
            pytest.param({"label": None, "hostname": "h"}, "h", id="the first is null"),
            pytest.param({"label": "  ", "hostname": "h"}, "h", id="the first is blank"),
            pytest.param({"label": "_/\u202e*", "hostname": "h"}, "h", id="the first has nothing to keep"),
            pytest.param({"label": "all"}, "all-7", id="a reserved one gets a suffix"),
            pytest.param({"label": "onapp"}, "onapp-7", id="a group gets a suffix"),
            pytest.param({}, "identifier7", id="the last"),
            pytest.param({"identifier": None}, "virtual-machine-7", id="none"),
        ],
    )
    def test_precedence(self, fields, name):
        assert named([vm(7, **fields)], taken={"onapp"}) == ([name], [])

    def test_identifier_is_the_last_name(self):
        assert named([vm(7)], hostnames=["label"])[0] == ["identifier7"]

    def test_field_is_not_evaluated(self):
        expressions = FakeExpressions()
        assert named([vm(7, label="1 + 1")], expressions=expressions)[0] == ["1___1"]
        assert expressions.evaluated == []

    @pytest.mark.parametrize("entry", ["hostname", "onapp_hostname"])
    def test_field_with_prefix(self, entry):
        expressions = FakeExpressions()
        assert named([vm(7, label="web", hostname="h")], [entry], expressions)[0] == ["h"]
        assert expressions.evaluated == []

    def test_first_text_that_is_not_empty(self):
        expressions = FakeExpressions(text="12", nothing=None, empty="")
        assert named([vm(7)], ["nothing", "empty", "text"], expressions)[0] == ["12"]
        assert [expression for expression, number in expressions.evaluated] == ["nothing", "empty", "text"]

    @pytest.mark.parametrize("value", [12, True, 1.5, ["web"], {"a": 1}])
    @pytest.mark.parametrize("strict", [False, True])
    def test_expression_of_another_type(self, value, strict):
        with pytest.raises(ConfigError, match=r"^The option hostnames\[1\] gives .* for virtual machine 7: it must"):
            named([vm(7)], ["hostname", "bad"], FakeExpressions(bad=value), strict=strict)

    @pytest.mark.parametrize("entry", [None, 5, True, "", " ", ["label"], {"name": "label"}, 1.5])
    def test_entry_of_another_type(self, entry):
        with pytest.raises(ConfigError, match=r"^The option hostnames\[1\] is .*: it must be the name of a field"):
            HostNames(["label", entry], "suffix", "onapp_", None, strict=False)

    @pytest.mark.parametrize("field", ["booted", "id", "user_id", "ip_addresses", "backup", "backups", "onapp_booted"])
    def test_field_of_another_type(self, field):
        with pytest.raises(ConfigError, match=rf"^The option hostnames\[0\] is {field}, which is not a text: use"):
            HostNames([field], "suffix", "onapp_", None, strict=False)

    @pytest.mark.parametrize(
        ("fields", "name"),
        [
            ({"label": "web"}, "web-7"),
            ({"label": "localhost"}, "localhost-7"),
            ({"label": "onapp_backup_protected"}, "onapp_backup_protected-7"),
            ({"label": "a/b {{ c }}"}, "a_b____c___-7"),
            ({"label": "x" * 300}, "x" * 200 + "-7"),
            ({"label": "***"}, "identifier7"),
            ({"label": ""}, "identifier7"),
            ({"label": None}, "identifier7"),
            ({"label": None, "identifier": None}, "virtual-machine-7"),
        ],
    )
    @pytest.mark.parametrize("hostnames", [None, []])
    def test_default(self, fields, name, hostnames):
        assert named([vm(7, **fields)], hostnames) == ([name], [])

    def test_default_that_is_taken(self):
        assert named([vm(7, label="web")], None, taken={"web-7", "web-7-7"})[0] == ["web-7-7-7"]

    def test_failing_expression_is_one_warning(self):
        expressions = FakeExpressions(bad=ExpressionError("'x' is undefined"))
        vms = [vm(number, label=f"web{number}") for number in (3, 4, 5)]
        names, (note,) = named(vms, ["bad", "label"], expressions)
        assert names == ["web3", "web4", "web5"]
        assert note == (
            "The expression of hostnames[0] failed for virtual machine 3: 'x' is undefined. The next entry is used."
            " Set strict to true to make this an error."
        )

    def test_each_failing_expression_is_a_warning(self):
        expressions = FakeExpressions(bad=ExpressionError("one"), worse=ExpressionError("two"))
        names, notes = named([vm(3)], ["bad", "worse"], expressions)
        assert names == ["identifier3"]
        assert [note.partition(" failed")[0][-12:] for note in notes] == ["hostnames[0]", "hostnames[1]"]

    def test_failures_are_reset_for_the_next_source(self):
        expressions = FakeExpressions(bad=ExpressionError("one"))
        names = HostNames(["bad"], "suffix", "onapp_", expressions, strict=False)
        first = names.name_all([vm(3)], (), {})
        assert names.name_all([vm(3)], (), {}) == first
        assert names.name_all([], (), {}) == ([], [])

    def test_strict(self):
        expressions = FakeExpressions(bad=ExpressionError("'x' is undefined"))
        with pytest.raises(ConfigError) as caught:
            named([vm(2, label="web"), vm(3)], ["label", "bad"], expressions, strict=True)
        assert str(caught.value) == "The expression of hostnames[1] failed for virtual machine 3: 'x' is undefined."

    def test_strict_ignores_unused_expressions(self):
        expressions = FakeExpressions(bad=ExpressionError("one"))
        assert named([vm(3, label="web")], ["label", "bad"], expressions, strict=True) == (["web"], [])

    def test_real_expressions(self, expressions, trusted):
        vms = [vm(3, label="web"), vm(4, label="{{ 7 * 7 }}")]
        hostnames = [trusted("onapp_label ~ '.example.com'")]
        assert named(vms, hostnames, expressions)[0] == ["web.example.com", "___7___7___.example.com"]

    @given(st.lists(st.tuples(st.one_of(st.none(), st.text(max_size=5)), st.text(max_size=3)), max_size=8))
    def test_any_labels_give_unique_names(self, texts):
        vms = [vm(number, label=label, hostname=name) for number, (label, name) in enumerate(texts, 1)]
        names, notes = named(vms, taken={"onapp"})
        assert len(set(names)) == len(vms)
        assert all(name and clean_name(name) == name for name in names)
        assert notes == []


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
            pytest.param(["0.0.0.0", "::", "192.0.2.1"], "192.0.2.1", id="unspecified"),
            pytest.param(["127.0.0.1", "127.8.8.8", "::1", "192.0.2.1"], "192.0.2.1", id="loopback"),
            pytest.param(["169.254.169.254", "fe80::1", "fe80::1%eth0", "192.0.2.1"], "192.0.2.1", id="link-local"),
            pytest.param(["224.0.0.1", "ff02::1", "192.0.2.1"], "192.0.2.1", id="multicast"),
            pytest.param(["::ffff:127.0.0.1", "::ffff:169.254.1.1", "::ffff:0.0.0.0"], None, id="mapped"),
            pytest.param(["2001:db8::1%{{ 6 * 7 }}", "2001:db8::2% -x", "2001:db8::3"], "2001:db8::3", id="a zone"),
            pytest.param(["10.0.0.1", "192.0.2.1"], "10.0.0.1", id="private"),
        ],
    )
    def test_examples(self, addresses, found):
        assert address_of(addresses) == found

    @given(st.lists(st.one_of(st.text(), st.ip_addresses().map(str), st.from_regex(r"[0-9.:/%]{1,12}"))))
    def test_reachable_addresses(self, texts):
        found = address_of(texts)
        if found is not None:
            address = ipaddress.ip_address(found)
            assert not (address.is_loopback or address.is_multicast or address.is_link_local or address.is_unspecified)
            assert any(ipaddress.ip_address(found) == _address(text) for text in texts)


def _address(text):
    try:
        return ipaddress.ip_address(text.partition("/")[0])
    except ValueError:
        return None


DEFAULT = NativeGroups("onapp", "onapp_backup_", False)
PANEL = "https://panel.example.test"


def assessed(number, label=None, state="protected", flags=(), addresses=("192.0.2.1",), backups=None, **fields):
    facts = {
        "id": number,
        "identifier": f"identifier{number}",
        "label": label,
        "hostname": None,
        "user_id": 7,
        **fields,
    }
    assessment = {"state": state, "flags": list(flags), "reasons": ["so"]}
    shown = {} if backups is None else {"backups": backups}
    return {**facts, "ip_addresses": list(addresses), "backup": assessment, **shown}


@pytest.fixture
def add(make_constructed, inventory, expressions):
    """Adds virtual machines to the inventory with some options."""

    def run(
        vms,
        native=DEFAULT,
        on_duplicate="suffix",
        strict=False,
        hostnames=("label", "identifier"),
        panel=PANEL,
        **options,
    ):
        names = HostNames(hostnames, on_duplicate, "onapp_", expressions, strict=strict)
        constructed = make_constructed(strict=strict, **options)
        return Population(inventory, panel, native, names, constructed).add(vms)

    return run


def members(inventory, name):
    return [host.name for host in inventory.groups[name].hosts] if name in inventory.groups else []


def shape(inventory):
    """The content of an inventory."""
    return (
        {name: (dict(host.vars), [group.name for group in host.groups]) for name, host in inventory.hosts.items()},
        {
            name: ([host.name for host in group.hosts], {child.name for child in group.child_groups})
            for name, group in inventory.groups.items()
        },
    )


class TestGroups:
    def test_names(self):
        assert DEFAULT.names() == [f"onapp_backup_{state}" for state in STATES]
        with_flags = DEFAULT._replace(flags=True, prefix="x_").names()
        assert with_flags[: len(STATES)] == [f"x_{state}" for state in STATES]
        assert with_flags[len(STATES) :] == [f"x_flag_{flag}" for flag in (*FLAGS, "facts_cached")]

    @pytest.mark.parametrize(
        ("options", "groups"),
        [
            (("onapp", "onapp_backup_", False), DEFAULT),
            (("", "p_", True), NativeGroups(None, "p_", True)),
            ((None, "", False), NativeGroups(None, "", False)),
        ],
    )
    def test_from_options(self, options, groups):
        assert NativeGroups.from_options(*options) == groups

    @pytest.mark.parametrize(
        "name", ["all", "ungrouped", "on app", "on-app", "7s", "b\u00fcro", "{{ x }}", "onapp\n", "\u0967"]
    )
    def test_invalid_group(self, name):
        with pytest.raises(ConfigError, match="^The option group is "):
            NativeGroups.from_options(name, "onapp_backup_", False)

    @pytest.mark.parametrize("prefix", ["on app_", "on-app-", "7_", "b\u00fcro_", "*", "\n"])
    def test_invalid_group_prefix(self, prefix):
        with pytest.raises(ConfigError, match="^The option group_prefix is "):
            NativeGroups.from_options("onapp", prefix, False)

    @pytest.mark.parametrize("flags", [False, True])
    def test_empty_cloud(self, add, inventory, flags):
        groups = DEFAULT._replace(flags=flags)
        assert add([], native=groups) == []
        assert set(inventory.groups) == {"all", "ungrouped", "onapp", *groups.names()}
        assert {child.name for child in inventory.groups["onapp"].child_groups} == set(groups.names())
        assert inventory.hosts == {}

    def test_no_leading_group_without_a_name(self, add, inventory):
        add([assessed(1)], native=DEFAULT._replace(parent=None))
        assert set(inventory.groups) == {"all", "ungrouped", *DEFAULT.names()}

    def test_two_leading_groups_are_a_warning(self, add, inventory):
        assert add([assessed(1, "web")], DEFAULT._replace(parent="north")) == []
        (text,) = add([assessed(2, "db")], DEFAULT._replace(parent="south"))
        assert "are in south and in north," in text
        assert "group_prefix" in text
        assert add([assessed(3, "app")], NativeGroups("east", "east_", False)) == []
        assert add([assessed(4, "mail")], NativeGroups("east", "east_", True)) == []
        assert add([assessed(5, "dns")], DEFAULT._replace(parent=None)) == []

    def test_leading_group_inside_another_group(self, add, inventory):
        inventory.add_group("mine")
        inventory.add_group("onapp_backup_stale")
        inventory.add_child("mine", "onapp_backup_stale")
        assert add([assessed(1, "web")]) == []


class TestHosts:
    def test_group_of_the_state(self, add, inventory):
        add([assessed(number, state=state, flags=["at_risk"]) for number, state in enumerate(STATES)])
        for number, state in enumerate(STATES):
            assert members(inventory, f"onapp_backup_{state}") == [f"identifier{number}"]
            names = {group.name for group in inventory.hosts[f"identifier{number}"].get_groups()}
            assert names == {"onapp", f"onapp_backup_{state}"}

    def test_groups_of_flags(self, add, inventory):
        vms = [assessed(1, flags=["at_risk", "facts_cached"]), assessed(2, flags=["at_risk"]), assessed(3)]
        add(vms, native=DEFAULT._replace(flags=True))
        assert members(inventory, "onapp_backup_flag_at_risk") == ["identifier1", "identifier2"]
        assert members(inventory, "onapp_backup_flag_facts_cached") == ["identifier1"]
        assert members(inventory, "onapp_backup_flag_single_copy") == []

    def test_variables(self, add, inventory):
        add([assessed(1, "web", backups=[{"id": 11}]), assessed(2, "{{ 6 * 7 }}")])
        found = inventory.hosts["web"].vars
        assert found["onapp_label"] == "web"
        assert found["onapp_backup"] == {"state": "protected", "flags": [], "reasons": ["so"]}
        assert found["onapp_backups"] == [{"id": 11}]
        other = inventory.hosts["___6___7___"].vars
        assert other["onapp_label"] == "{{ 6 * 7 }}"
        assert "onapp_backups" not in other

    @pytest.mark.parametrize(
        ("addresses", "found"),
        [
            ([], None),
            (["192.0.2.1", "192.0.2.2"], "192.0.2.1"),
            (["-oProxyCommand=id", "2001:db8::1/64"], "2001:db8::1"),
            (["{{ 6 * 7 }}", "web.example.com", "192.0.2"], None),
        ],
    )
    def test_ansible_host(self, add, inventory, addresses, found):
        add([assessed(1, addresses=addresses)])
        assert inventory.hosts["identifier1"].vars.get("ansible_host") == found
        assert ("ansible_host" in inventory.hosts["identifier1"].vars) is (found is not None)

    def test_names_of_groups_are_not_used(self, add, inventory):
        inventory.add_group("other")
        labels = ["other", "mine", "onapp", "onapp_backup_stale", "all", "localhost"]
        vms = [assessed(number, label) for number, label in enumerate(labels, 1)]
        add(vms)
        assert set(inventory.hosts) == {"other-1", "mine", "onapp-3", "onapp_backup_stale-4", "all-5", "localhost-6"}

    def test_skipped_hosts_are_a_warning(self, add, inventory):
        (note,) = add([assessed(1, "twin"), assessed(2, "twin")], on_duplicate="skip")
        assert "twin (ids 1, 2)" in note
        assert list(inventory.hosts) == ["twin"]
        assert inventory.hosts["twin"].vars["onapp_id"] == 1

    def test_constructed_options(self, add, inventory):
        notes = add(
            [assessed(1, "web"), assessed(2, "db", state="stale")],
            compose={"short": "onapp_label[:1]", "bad": "nothing"},
            keyed_groups=[{"key": "onapp_backup.state", "prefix": "by"}],
        )
        assert inventory.hosts["web"].vars["short"] == "w"
        assert members(inventory, "by_stale") == ["db"]
        (note,) = notes
        assert note.startswith("The expression of compose.bad failed for 2 hosts")


class TestAllOrNothing:
    FAILING = {"strict": True, "groups": {"fine": "true", "bad": "onapp_label == 'web' or nothing == 1"}}

    def test_failure_changes_nothing(self, add, inventory):
        with pytest.raises(ConfigError, match="^The expression of groups.bad failed"):
            add([assessed(1, "web"), assessed(2, "db")], **self.FAILING)
        assert shape(inventory) == ({}, {"all": ([], {"ungrouped"}), "ungrouped": ([], set())})

    def test_earlier_groups_stay(self, add, inventory):
        inventory.add_group("onapp_backup_protected")
        inventory.add_host("mine", "onapp_backup_protected")
        inventory.groups["onapp_backup_protected"].set_variable("mine", 1)
        before = shape(inventory)
        with pytest.raises(ConfigError):
            add([assessed(1, "web"), assessed(2, "db")], **self.FAILING)
        assert shape(inventory) == before
        assert inventory.groups["onapp_backup_protected"].vars == {"mine": 1}

    def test_earlier_hosts_stay_in_all(self, add, inventory):
        inventory.add_group("onapp_backup_protected")
        inventory.add_host("web", "onapp_backup_protected")
        inventory.set_variable("web", "ansible_host", "192.0.2.99")
        with pytest.raises(ConfigError):
            add([assessed(1, "web"), assessed(2, "db")], **self.FAILING)
        assert inventory.hosts["web"].vars["ansible_host"] == "192.0.2.99"
        assert not any(name.startswith("onapp_") for name in inventory.hosts["web"].vars)
        inventory.reconcile_inventory()
        assert [host.name for host in inventory.groups["all"].get_hosts()] == ["web"]

    def test_earlier_group_loses_new_groups(self, add, inventory):
        inventory.add_group("onapp")
        before = shape(inventory)
        with pytest.raises(ConfigError):
            add([assessed(1, "web"), assessed(2, "db")], **self.FAILING)
        assert shape(inventory) == before

    def test_next_source(self, add, inventory):
        with pytest.raises(ConfigError):
            add([assessed(1, "web"), assessed(2, "db")], **self.FAILING)
        add([assessed(1, "web")], native=NativeGroups("cloud", "cloud_", False))
        inventory.reconcile_inventory()
        assert {group.name for group in inventory.hosts["web"].get_groups()} == {"all", "cloud", "cloud_protected"}

    @pytest.mark.parametrize("options", [{"on_duplicate": "fail"}, {"strict": True, "compose": {"x": "nothing"}}])
    def test_kinds_of_failures(self, add, inventory, options):
        before = shape(inventory)
        with pytest.raises(ConfigError):
            add([assessed(1, "twin"), assessed(2, "twin")], **options)
        assert shape(inventory) == before

    def test_interrupt(self, inventory):
        before = shape(inventory)
        with pytest.raises(KeyboardInterrupt), all_or_nothing(inventory):
            DEFAULT.add_to(inventory)
            inventory.add_host("web", "onapp_backup_protected")
            raise KeyboardInterrupt
        assert shape(inventory) == before

    def test_no_error(self, inventory):
        with all_or_nothing(inventory):
            DEFAULT.add_to(inventory)
            inventory.add_host("web", "onapp_backup_protected")
        assert members(inventory, "onapp_backup_protected") == ["web"]


class TestNativeMembers:
    @pytest.mark.parametrize("flags", [False, True], ids=["states", "states and flags"])
    def test_labels_add_no_members(self, add, inventory, flags):
        native = NativeGroups("onapp", "onapp_backup_", flags)
        labels = ["onapp_backup_protected", "onapp_backup_flag_at_risk"]
        vms = [assessed(number, label, state="unprotected") for number, label in enumerate(labels, 1)]
        keyed = [{"key": "onapp_label", "prefix": "", "separator": ""}]
        notes = add([*vms, assessed(9, "web")], native=native, keyed_groups=keyed)
        assert members(inventory, "onapp_backup_protected") == ["web"]
        assert len(notes) == 1
        assert all(label in notes[0] for label in labels)

    def test_native_group_is_no_parent(self, add, inventory):
        keyed = [{"key": "'x'", "prefix": "any", "parent_group": "onapp_backup_protected"}]
        (note,) = add([assessed(1, "web"), assessed(2, "db", state="stale")], keyed_groups=keyed)
        assert "onapp_backup_protected" in note
        assert [host.name for host in inventory.groups["onapp_backup_protected"].get_hosts()] == ["web"]
        assert sorted(host.name for host in inventory.groups["any_x"].get_hosts()) == ["db", "web"]
        groups = {name: {group.name for group in inventory.hosts[name].get_groups()} for name in ("web", "db")}
        assert ("onapp_backup_protected" in groups["web"], "onapp_backup_protected" in groups["db"]) == (True, False)

    def test_groups_with_native_names_are_refused(self, add, inventory):
        before = shape(inventory)
        for name in ("onapp_backup_protected", "onapp", "all", "ungrouped", "localhost"):
            with pytest.raises(ConfigError, match=f"^The option groups.{name} "):
                add([assessed(1, "web", state="stale")], groups={name: "true"})
        assert shape(inventory) == before

    def test_leading_group_with_a_native_name(self):
        with pytest.raises(ConfigError, match="^The option group is onapp_backup_stale"):
            NativeGroups.from_options("onapp_backup_stale", "onapp_backup_", False)


class TestTwoSources:
    def test_vm_of_another_panel(self, add, inventory):
        add([assessed(1, "web")])
        add([assessed(1, "web", addresses=["192.0.2.9"]), assessed(2, "db")], panel="https://other.example.test")
        assert set(inventory.hosts) == {"web", "web-1", "db"}
        addresses = {name: inventory.hosts[name].vars["ansible_host"] for name in ("web", "web-1")}
        assert addresses == {"web": "192.0.2.1", "web-1": "192.0.2.9"}

    @pytest.mark.parametrize("hostnames", [None, ["label"], ["identifier"]])
    def test_same_vm_of_the_same_panel(self, add, inventory, hostnames):
        inventory.add_host("web-1")
        inventory.add_host("localhost-2")
        for state in ("protected", "stale", "protected"):
            vms = [assessed(1, "web", state), assessed(2, "localhost", state), assessed(3, "web", state)]
            add(vms, hostnames=hostnames, groups={state: "true"})
            own = [name for name, host in inventory.hosts.items() if "onapp_id" in host.vars]
            assert len(own) == 3
            for group in STATES:
                assert members(inventory, f"onapp_backup_{group}") == (own if group == state else [])

    def test_other_vm_of_the_same_panel(self, add, inventory):
        add([assessed(1, "web")])
        add([assessed(2, "web")])
        assert {name: host.vars["onapp_id"] for name, host in inventory.hosts.items()} == {"web": 1, "web-2": 2}

    def test_failed_source(self, add, inventory):
        with pytest.raises(ConfigError):
            add([assessed(1, "web")], strict=True, compose={"x": "nothing"})
        inventory.add_host("web")
        add([assessed(1, "web")])
        assert set(inventory.hosts) == {"web", "web-1"}

    def test_other_inventory(self, add, inventory):
        add([assessed(1, "web")])
        other = InventoryData()
        inventory.hosts, inventory.groups = other.hosts, other.groups
        inventory.add_host("web")
        add([assessed(1, "web")])
        assert set(inventory.hosts) == {"web", "web-1"}

    @pytest.mark.parametrize("name", ["north_protected", "north", "maintain"])
    def test_keyed_group_with_the_name_of_a_group(self, add, inventory, name):
        add([assessed(1, "web", "stale")], NativeGroups("north", "north_", False), groups={"maintain": "false"})
        entry = {"key": "onapp_label", "prefix": "", "separator": ""}
        (warning,) = add([assessed(2, name, "stale")], hostnames=None, keyed_groups=[entry])
        assert f'the value "{name}" makes {name}, but it is a group of another OnApp source' in warning
        assert f"{name}-2" not in members(inventory, name)

    @pytest.mark.parametrize("name", ["north_protected", "north", "maintain"])
    def test_group_with_the_name_of_a_keyed_group(self, add, inventory, name):
        entry = {"key": "onapp_label", "prefix": "", "separator": ""}
        add([assessed(2, name, "stale")], hostnames=None, keyed_groups=[entry])
        with pytest.raises(ConfigError, match=f"^The group {name} of this source has hosts from keyed_groups"):
            add([assessed(1, "web")], NativeGroups("north", "north_", False), groups={"maintain": "true"})


class TestStaticInventory:
    """Hosts and groups of other sources keep their names, addresses and members."""

    @pytest.fixture(autouse=True)
    def _static(self, inventory):
        inventory.add_group("production")
        inventory.add_host("web", "production")
        inventory.hosts["web"].vars.update(ansible_host="192.0.2.99", own=1)
        inventory.add_host("web-1")

    @pytest.mark.parametrize("hostnames", [None, ["label"]])
    def test_hosts_stay_unchanged(self, add, inventory, hostnames):
        before = {name: dict(inventory.hosts[name].vars) for name in ("web", "web-1")}
        add([assessed(1, "web"), assessed(2, "production")], hostnames=hostnames, compose={"ansible_host": "'evil'"})
        assert {name: inventory.hosts[name].vars for name in before} == before
        assert {name: host.vars["onapp_id"] for name, host in inventory.hosts.items() if name not in before} == {
            "web-1-1": 1,
            "production-2": 2,
        }

    def test_group_with_the_name_of_a_host(self, add, inventory):
        entry = {"key": "onapp_label", "prefix": "", "separator": ""}
        (warning,) = add([assessed(7, "web")], hostnames=None, keyed_groups=[entry])
        assert "web" not in inventory.groups
        assert 'keyed_groups[0] are refused: the value "web" makes web, but a host has it' in warning
        with pytest.raises(ConfigError, match=r"^The option groups.web makes a group with the name of a host"):
            add([assessed(8, "x")], groups={"web": "true"})


LABELS = [
    "onapp",
    "onapp_user_7",
    "onapp_backup_protected",
    "onapp_backup_flag_at_risk",
    "maintain",
    "all",
    "ungrouped",
]
LABELS += ["localhost", "127.0.0.1", "::1", "web", "production", "innocent"]


class TestLabelsThatEqualNames:
    """A label that equals a group, a host or the controller affects only its VM."""

    @pytest.mark.parametrize("hostnames", [None, ["label"], ["identifier"], ["'onapp_user_7'"]], ids=str)
    @pytest.mark.parametrize("flags", [False, True])
    @pytest.mark.parametrize(
        "entry",
        [
            {"key": "onapp_label", "prefix": "", "separator": ""},
            {"key": "onapp_label", "prefix": "", "separator": "", "parent_group": "maintain"},
            {"key": "'x'", "prefix": "", "separator": "", "parent_group": "{{ onapp_label }}"},
            {"key": "[onapp_label, 'x']", "prefix": "", "separator": ""},
            {"key": "{onapp_label: ''}", "trailing_separator": False, "prefix": "", "separator": ""},
            {"key": "onapp_label.split('_')[-1]", "prefix": "onapp_backup"},
        ],
        ids=str,
    )
    def test_members_of_groups(self, add, inventory, trusted, hostnames, flags, entry):
        inventory.add_group("production")
        inventory.add_host("web", "production")
        inventory.hosts["web"].vars["ansible_host"] = "192.0.2.99"
        good = assessed(99, "good one", "protected", flags=["at_risk"], user_id=7)
        evil = [assessed(number, label, "unprotected", user_id=8) for number, label in enumerate(LABELS, 1)]
        add(
            [*evil, good],
            native=DEFAULT._replace(flags=flags),
            hostnames=trusted(hostnames),
            groups={"maintain": "onapp_backup.state == 'protected'"},
            keyed_groups=[{"key": "onapp_user_id | string", "prefix": "onapp_user"}, entry],
            compose={"ansible_host": "'10.0.0.' ~ onapp_id"},
        )
        inventory.reconcile_inventory()
        ids = {host.name: host.vars.get("onapp_id") for host in inventory.hosts.values()}
        assert sorted(ids.values(), key=str) == sorted([None, 99, *range(1, len(LABELS) + 1)], key=str)

        def found(group):
            return {ids[host.name] for host in inventory.groups[group].get_hosts()}

        assert found("maintain") == found("onapp_backup_protected") == {99}
        assert found("onapp_backup_unprotected") == set(range(1, len(LABELS) + 1))
        assert found("onapp") == {99, *range(1, len(LABELS) + 1)}
        # As with ansible.builtin.constructed, a key may add hosts to a group of the user.
        assert "web" in {host.name for host in inventory.groups["production"].hosts}
        if "onapp_user_7" not in inventory.hosts and "{{ onapp_label }}" not in entry.values():
            assert found("onapp_user_7") <= {99, LABELS.index("onapp_user_7") + 1}
        if flags:
            assert found("onapp_backup_flag_at_risk") == {99}
        assert not set(inventory.hosts) & (set(inventory.groups) | {"localhost", "127.0.0.1", "::1"})
        assert inventory.hosts["web"].vars == {**inventory.hosts["web"].vars, "ansible_host": "192.0.2.99"}
        assert all(group.vars == {} for group in inventory.groups.values())
        for host in inventory.hosts.values():
            if host.name != "web":
                assert host.vars["ansible_host"] == f"10.0.0.{host.vars['onapp_id']}"
