# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete policies: valid ones, their meaning, exemptions, and messages about invalid ones."""

from __future__ import annotations

import copy
import datetime
import json
import types
import zoneinfo

import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._policy import policy as _policy
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CLOUD_CHECKS, VM_CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import (
    CHECK_NAME,
    EXEMPTION,
    POLICY,
    Clock,
    Exemption,
    Policy,
    Reporting,
    Scope,
    parse_policy,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import LIMITS
from ansible_collections.community.onapp.plugins.module_utils._policy.values import PolicyError, Section
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import linux_vm
from hypothesis import given, settings
from hypothesis import strategies as st

HOUR = 3600
DAY = 24 * HOUR
UTC = datetime.UTC
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")

FULL = """
version: 1
name: production-backups
timezone: Europe/Berlin
day_starts_at: "16:00"
clock: {max_skew: 10m, naive_as: Europe/Berlin, age_from: built_at}
scope: {powered_off: exclude, new_vm_grace: 2d, min_vms: 10, max_drop: 5%, orphans: true}
server_sites: {3: ams, 7: fra}
defaults:
  rpo: 30h
  retention: null
  severity: {size: info}
rules:
  - name: gold
    match: {label: ["db-*", "erp-*"]}
    rpo: 12h
    retention: {monthly: {count: 6, min: 6}}
  - name: slow
    match: {label: archive-*}
    build_timeout: 1d
  - name: standard
    match: {any: true}
exemptions:
  - id: EX-014
    match: {id: [42]}
    checks: [rpo, min_copies]
    category: mitigated
    reason: Replicated by the database layer
    approved_by: J. Doe
    ticket: OPS-2231
    expires: 2026-12-31
  - {id: EX-015, match: {any: true}, checks: "*", category: waiver, reason: New, approved_by: A, expires: 2026-01-31}
report: {fail_on: warning, warn_days_before_expiry: 30, max_exemption: 365d}
"""
PARSED = yaml.safe_load(FULL)


class Tagged(str):
    """Text with a tag of Ansible."""


def rule(**keys):
    return {"name": "only", "match": {"any": True}, **keys}


def full():
    return copy.deepcopy(PARSED)


def error_of(document):
    with pytest.raises(PolicyError) as caught:
        parse_policy(document)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def tagged(value):
    """The same document of subclasses of text, and of mappings and tuples that are no dict and no list."""
    if isinstance(value, dict):
        return types.MappingProxyType({tagged(key): tagged(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(tagged(item) for item in value)
    return Tagged(value) if isinstance(value, str) else value


def kinds(value):
    """The classes of all values in a JSON value."""
    if isinstance(value, dict):
        return {dict}.union(*(kinds(item) for pair in value.items() for item in pair))
    if isinstance(value, list):
        return {list}.union(*(kinds(item) for item in value))
    return {value.__class__}


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"rules": [], "exemptions": []},
        {"version": 1, "name": None, "clock": {}, "scope": {}, "server_sites": {}, "defaults": {}, "report": {}},
    ],
)
def test_defaults(document):
    policy = parse_policy(document)
    assert policy.version == 1
    assert policy.name is None
    assert policy.timezone is UTC
    assert policy.day_starts_at == 0
    assert policy.clock == Clock(max_skew=300, naive_as=None, age_from="created_at")
    assert policy.scope == Scope(powered_off="include", new_vm_grace=DAY, min_vms=1, max_drop=0.2, orphans=False)
    assert policy.server_sites == {}
    assert policy.defaults.name == "defaults"
    assert policy.defaults.match == ()
    assert policy.rules == ()
    assert policy.exemptions == ()
    assert policy.report == Reporting(fail_on="critical", warn_days_before_expiry=14, max_exemption=180 * DAY)
    assert policy.rule_for(linux_vm()) is policy.defaults
    assert policy == parse_policy(None)


@pytest.mark.parametrize("written", [full, lambda: tagged(full())], ids=["yaml", "tagged"])
def test_full_policy(written):
    policy = parse_policy(written())
    assert policy.name == "production-backups"
    assert policy.timezone == BERLIN
    assert policy.day_starts_at == 960
    assert policy.clock == Clock(600, BERLIN, "built_at")
    assert policy.scope == Scope("exclude", 2 * DAY, 10, 0.05, True)
    assert policy.server_sites == {3: "ams", 7: "fra"}
    assert policy.report == Reporting("warning", 30, 365 * DAY)
    assert [(one.name, one.rpo, one.build_timeout) for one in policy.rules] == [
        ("gold", 12 * HOUR, 12 * HOUR),
        ("slow", 30 * HOUR, DAY),
        ("standard", 30 * HOUR, 12 * HOUR),
    ]
    assert policy.rules[0].retention.monthly == (6, 6)
    assert policy.rules[0].retention.daily is None
    assert policy.rules[1].retention is None
    assert policy.rules[1].severity == {"size": "info"}
    assert [(one.id, one.category, one.ticket) for one in policy.exemptions] == [
        ("EX-014", "mitigated", "OPS-2231"),
        ("EX-015", "waiver", None),
    ]
    assert policy.rule_for(linux_vm(label="erp-2")).name == "gold"
    assert policy.rule_for(linux_vm(label="archive-2")).name == "slow"
    assert policy.rule_for(linux_vm(label=None)).name == "standard"
    texts = [policy.name, policy.rules[0].name, policy.server_sites[3], policy.exemptions[0].reason]
    assert {text.__class__ for text in texts} == {str}


def test_parsing_does_not_change_the_document():
    document = full()
    before = copy.deepcopy(document)
    parse_policy(document)
    assert document == before


def test_first_match_wins():
    policy = parse_policy(
        {"rules": [{"name": "one", "match": {"label": "db-*"}}, {"name": "two", "match": {"label": "db-01"}}]}
    )
    assert policy.rule_for(linux_vm()).name == "one"
    assert policy.rule_for(linux_vm(label="web")).name == "defaults"


def test_any_with_another_condition():
    policy = parse_policy({"rules": [rule(match={"any": True, "label": "db-*"}), rule(name="next")]})
    assert policy.rule_for(linux_vm(label="web")).name == "next"


def test_last_day_of_an_exemption():
    policy = parse_policy(full())
    last = int(datetime.datetime(2026, 1, 31, 23, 59, 59, tzinfo=BERLIN).timestamp())
    first, second = policy.exemptions
    assert policy.exemptions_for(linux_vm(), last) == [(first, "active"), (second, "expiring")]
    assert policy.exemptions_for(linux_vm(id=1), last) == [(second, "expiring")]
    assert policy.exemptions_for(linux_vm(), last + 1) == [(first, "active")]
    assert policy.state_of(second, last + 1) == "expired"
    assert policy.state_of(second, last - 31 * DAY) == "active"
    assert parse_policy(None).exemptions_for(linux_vm(), last) == []


REFUSED = {
    "text": ("gold", "policy is 'gold'; write a dictionary with any of version, name, timezone"),
    "list": ([], "policy is []; write a dictionary"),
    "unknown key": (
        {"rulez": []},
        "policy.rulez is not a known key (did you mean rules?)",
    ),
    "limit outside defaults": ({"rpo": "26h"}, "policy.rpo is not a known key"),
    "number as a key": ({1: "x"}, "policy.1 is not a known key; write any of"),
    "key of two lines": ({"a\nb": 1}, r"policy.'a\nb' is not a known key"),
    "key that is a long text": ({"x" * 5000: 1}, "policy.'" + "x" * 76 + "... is not a known key"),
    "other version": ({"version": 2}, "policy.version is 2; write 1, the version of the"),
    "version as text": (
        {"version": "v1"},
        "policy.version is 'v1'; write 1",
    ),
    "version as a flag": (
        {"version": True},
        "policy.version is true; write 1",
    ),
    "name as a number": ({"name": 2026}, "policy.name is 2026; write a name as text (in quotes if it looks like a"),
    "zone": ({"timezone": "Berlin"}, "policy.timezone is 'Berlin', which is not a time zone known to this machine"),
    "day start without quotes": (
        yaml.safe_load("day_starts_at: 16:00"),
        "policy.day_starts_at is 960, a number (YAML 1.1 turns an unquoted 16:00 into the number 960); write hours",
    ),
    "section of null": ({"defaults": None}, "policy.defaults is null; write a dictionary with any of rpo"),
    "clock as text": ({"clock": "UTC"}, "policy.clock is 'UTC'; write a dictionary with any of max_skew, naive_as"),
    "unknown clock key": (
        {"clock": {"max_scew": "5m"}},
        "policy.clock.max_scew is not a known key (did you mean max_skew?)",
    ),
    "unknown time": (
        {"clock": {"age_from": "updated_at"}},
        "policy.clock.age_from is 'updated_at'; write created_at or",
    ),
    "unknown word": (
        {"scope": {"powered_off": "skip"}},
        "policy.scope.powered_off is 'skip'; write include or exclude",
    ),
    "drop without its sign": (
        {"scope": {"max_drop": 20}},
        "policy.scope.max_drop is 20; write a whole number from 0 to 100 and %, such as 20%",
    ),
    "sites as a list": ({"server_sites": ["ams"]}, "policy.server_sites is ['ams']; write a dictionary from ids of"),
    "site of no server": (
        {"server_sites": {"ams": 3}},
        "policy.server_sites.ams is 'ams'; write a whole number from 1",
    ),
    "site as a number": ({"server_sites": {3: 1}}, "policy.server_sites.3 is 1; write the name of a site as text"),
    "unknown limit": (
        {"defaults": {"rop": "26h"}},
        "policy.defaults.rop is not a known key (did you mean rpo?); write any of rpo",
    ),
    "grace outside scope": ({"rules": [rule(new_vm_grace="1h")]}, "policy.rules[0].new_vm_grace is not a known key"),
    "match of defaults": ({"defaults": {"match": {}}}, "policy.defaults.match is not a known key"),
    "rules as a dictionary": ({"rules": {"gold": {}}}, "policy.rules is {'gold': {}}; write a list of rules"),
    "rules as text": ({"rules": "gold"}, "policy.rules is 'gold'; write a list of rules"),
    "rules of null": ({"rules": None}, "policy.rules is null; write a list of rules"),
    "rule as text": ({"rules": ["gold"]}, "policy.rules[0] is 'gold'; write a dictionary with any of name, match"),
    "rule without a name": ({"rules": [{"match": {"any": True}}]}, "policy.rules[0].name is missing"),
    "rule without a match": ({"rules": [{"name": "gold"}]}, "policy.rules[0].match is missing"),
    "rule named defaults": ({"rules": [rule(name="defaults")]}, "policy.rules[0].name is 'defaults', the name of the"),
    "name without quotes": (yaml.safe_load("name: no"), "policy.name is false; write a name as text"),
    "two rules of a name": (
        {"rules": [rule(match={"id": 1}), rule(match={"id": 2})]},
        "policy.rules[1].name is 'only', as is that of policy.rules[0]; write a different one for each",
    ),
    "rule that never decides": (
        {"rules": [rule(), rule(name="gold", match={"label": "db-*"}, rpo="6h")]},
        "policy.rules[1] can never decide, because policy.rules[0] before it matches every VM",
    ),
    "exemptions as a dictionary": (
        {"exemptions": {}},
        "policy.exemptions is {}; write a list of exemptions, each with",
    ),
    "severity that does not fail": ({"report": {"fail_on": "info"}}, "policy.report.fail_on is 'info'; write critical"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    document, message = REFUSED[name]
    assert error_of(document).startswith(message)


def test_errors_stay_short():
    assert len(error_of({"name": ["x" * 5000]})) < 200
    assert len(error_of({"x" * 5000: 1})) < 400


def test_long_numbers():
    assert error_of({16**5000: 1}).startswith("policy.something too large to show is not a known key")
    for document in ({"version": 16**5000}, {"rules": [rule(rpo=16**5000)]}, {"defaults": {"scheduled": 16**5000}}):
        assert "something too large to show" in error_of(document)


def test_recursive_documents():
    for text in ("&a [*a]", "&a {defaults: *a}", "rules: &a [*a]", "defaults: &a {retention: *a}", "defaults: &a [*a]"):
        assert error_of(yaml.safe_load(text)).startswith("policy")


# --- exemptions ---

REQUIRED = ("id", "match", "checks", "category", "reason", "approved_by", "expires")
LAST_DAY = datetime.date(2026, 12, 31)


def written(**keys):
    return {
        "id": "EX-014",
        "match": {"id": [311]},
        "checks": ["rpo", "min_copies"],
        "category": "mitigated",
        "reason": "Replicated by the database layer",
        "approved_by": "J. Doe",
        "expires": "2026-12-31",
        **keys,
    }


def exemption_error(*exemptions):
    return error_of({"exemptions": list(exemptions)})


def test_exemption():
    policy = parse_policy({"exemptions": [written(ticket="OPS-2231"), written(id="EX-015", category="waiver")]})
    first, second = policy.exemptions
    assert first._replace(match=()) == Exemption(
        "EX-014",
        (),
        ("rpo", "min_copies"),
        "mitigated",
        "Replicated by the database layer",
        "J. Doe",
        "OPS-2231",
        LAST_DAY,
    )
    assert (second.id, second.category, second.ticket) == ("EX-015", "waiver", None)
    assert tuple(EXEMPTION.settings) == Exemption._fields


def test_date_without_quotes():
    document = yaml.safe_load("{id: a, match: {any: true}, checks: '*', category: waiver, reason: b, approved_by: c}")
    for text in ("2026-12-31", "'2026-12-31'"):
        one = {**document, **yaml.safe_load(f"expires: {text}")}
        assert parse_policy({"exemptions": [one]}).exemptions[0].expires == LAST_DAY


@pytest.mark.parametrize("key", REQUIRED)
def test_required_keys_of_an_exemption(key):
    exemption = written()
    del exemption[key]
    assert exemption_error(exemption) == f"policy.exemptions[0].{key} is missing; write it, it is needed here"
    assert exemption_error(written(**{key: None})).startswith(f"policy.exemptions[0].{key} is null")
    assert {name for name, setting in EXEMPTION.settings.items() if setting.required} == set(REQUIRED)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"id": " "}, ".id is ' '; write a name of its own, which results show"),
        ({"match": {}}, ".match is empty, which matches nothing"),
        (
            {"match": {"lable": "x"}},
            ".match.lable is not a known key (did you mean la",
        ),
        ({"category": "waver"}, ".category is 'waver'; write waiver or mitigated"),
        ({"reason": ""}, ".reason is ''; write why these virtual machines are exempt"),
        ({"approved_by": 7}, ".approved_by is 7; write who approved it"),
        ({"ticket": 2231}, ".ticket is 2231; write where that is recorded (in quotes if it is a number)"),
        ({"expires": "31.12.2026"}, ".expires is '31.12.2026'; write a date, such as 2026-12-31"),
        ({"expires": datetime.datetime(2026, 12, 31, 12)}, ".expires is the time 2026-12-31T12:00:00; write a date"),
        (
            {"expired": "2026-12-31"},
            ".expired is not a known key (did you mean expires",
        ),
        ({"check": ["rpo"]}, ".check is not a known key (did you mean checks?)"),
        ({"checks": []}, ".checks is an empty list, which matches nothing"),
        (
            {"checks": ["rpo", "min_copys"]},
            ".checks[1] is 'min_copys', which is not a check of a virtual machine (did",
        ),
        ({"checks": "retention"}, ".checks is 'retention', which is not a check of a virtual machine (did you mean"),
        ({"checks": "population"}, ".checks is 'population', which is not a check of a virtual machine"),
        ({"checks": "unknown"}, ".checks is 'unknown', which is not a check of a virtual machine"),
        ({"checks": ["all"]}, ".checks[0] is 'all', which is not a check of a virtual machine"),
        ({"checks": 7}, ".checks is 7, which is not a check of a virtual machine; write any of coverage, rpo, "),
        ({"checks": [["rpo"]]}, ".checks[0] is ['rpo'], which is not a check of a virtual machine"),
    ],
)
def test_invalid_exemption(keys, message):
    assert exemption_error(written(**keys)).startswith(f"policy.exemptions[0]{message}")


def test_ids_of_exemptions_are_unique():
    assert exemption_error(written(), written(id="EX-015"), written()) == (
        "policy.exemptions[2].id is 'EX-014', as is that of policy.exemptions[0]; write a different one for each, "
        "because results name it"
    )


@pytest.mark.parametrize(
    ("checks", "names"),
    [
        ("rpo", ("rpo",)),
        (["rpo"], ("rpo",)),
        (["size", "rpo", "size"], ("size", "rpo")),
        ("*", tuple(VM_CHECKS)),
        (["*"], tuple(VM_CHECKS)),
        (["size", "*"], ("size", *(name for name in VM_CHECKS if name != "size"))),
    ],
)
def test_checks_of_an_exemption(checks, names):
    assert EXEMPTION.settings["checks"].read(checks, "checks") == names


def test_checks_of_the_cloud_cannot_be_exempted():
    for name in CLOUD_CHECKS:
        with pytest.raises(PolicyError):
            CHECK_NAME(name, "checks")


@pytest.mark.parametrize(
    ("today", "warn_days", "state"),
    [
        ("2026-12-16", 14, "active"),
        ("2026-12-17", 14, "expiring"),
        ("2026-12-30", 14, "expiring"),
        ("2026-12-31", 14, "expiring"),
        ("2027-01-01", 14, "expired"),
        ("2026-12-30", 0, "active"),
        ("2026-12-31", 0, "expiring"),
    ],
)
def test_state_of_an_exemption(today, warn_days, state):
    policy = parse_policy({"exemptions": [written()], "report": {"warn_days_before_expiry": warn_days}})
    now = int(datetime.datetime.fromisoformat(f"{today}T23:59:59+00:00").timestamp())
    assert policy.state_of(policy.exemptions[0], now) == state


# --- the effective policy ---


def test_effective_is_complete():
    effective = parse_policy(full()).effective
    assert list(effective) == list(POLICY)
    for section in ("clock", "scope", "report"):
        assert list(effective[section]) == list(POLICY[section].read.settings)
    for limits in (effective["defaults"], *effective["rules"]):
        assert list(limits)[-len(LIMITS) :] == list(LIMITS)
    assert effective["rules"][0]["match"] == {"label": ["db-*", "erp-*"]}
    assert effective["rules"][0]["retention"] == {
        "daily": None,
        "weekly": None,
        "monthly": {"count": 6, "min": 6},
        "yearly": None,
        "tier_strict": False,
    }
    assert effective["rules"][1]["rpo"] == "30h"
    assert effective["server_sites"] == {"3": "ams", "7": "fra"}
    assert effective["exemptions"][0]["expires"] == "2026-12-31"
    assert effective["exemptions"][1]["ticket"] is None
    assert effective["name"] == "production-backups"


def test_effective_of_the_defaults():
    effective = parse_policy(None).effective
    assert effective["name"] is None
    assert effective["defaults"]["rpo_critical"] is None
    assert effective["defaults"]["retention"]["daily"] == {"count": 7, "min": 6}
    assert effective["defaults"]["duration"] is None
    assert effective["rules"] == effective["exemptions"] == []


@pytest.mark.parametrize(
    "document",
    [
        None,
        full(),
        tagged(full()),
        {"defaults": {"rpo": "60h", "retention": None, "duration": {"factor": 2}}, "rules": [rule(duration={})]},
        {"rules": [rule(rpo="700000m"), rule(name="b", match={"id": 1e3})][::-1]},
    ],
)
def test_effective_policy_is_equivalent(document):
    policy = parse_policy(document)
    effective = json.loads(json.dumps(policy.effective, allow_nan=False))
    again = parse_policy(effective)
    assert again.effective == policy.effective == effective
    assert [one._replace(written=frozenset()) for one in (again.defaults, *again.rules)] == [
        one._replace(written=frozenset()) for one in (policy.defaults, *policy.rules)
    ]
    same = ("version", "name", "timezone", "day_starts_at", "clock", "scope", "server_sites", "exemptions", "report")
    assert all(getattr(again, key) == getattr(policy, key) for key in same)
    assert kinds(policy.effective) <= {dict, list, str, int, float, bool, None.__class__}


# --- any document ---

WORDS = sorted(
    {key for section in (POLICY, LIMITS) for key in section}
    | {"name", "match", "any", "label", "id", "daily", "count", "min", "limit", "checks", "expires", "*"}
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=4),
    st.dates(),
    st.datetimes(),
    st.sampled_from(["26h", "0m", "16:00", "20%", "2026-12-31", "UTC", "*", "true", "1", *WORDS]),
)
keys = st.one_of(st.sampled_from(WORDS), scalars)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4), st.tuples(inner), st.sets(scalars)
    ),
    max_leaves=12,
)


def parses_or_raises(document):
    try:
        policy = parse_policy(document)
    except PolicyError as error:
        message = str(error)
        assert message.splitlines() == [message]
        assert message.startswith("policy")
    else:
        assert isinstance(policy, Policy)
        json.dumps(policy.effective, allow_nan=False)


def places(value, path=()):
    """The paths to all values in a document."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from places(item, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


@settings(deadline=None)
@given(st.sampled_from([path for path in places(full()) if path]), anything)
def test_any_value_anywhere_parses_or_raises(path, value):
    document = full()
    at(document, path[:-1])[path[-1]] = value
    parses_or_raises(document)


@pytest.mark.parametrize("path", [path for path in places(full()) if isinstance(at(full(), path), dict)])
def test_unknown_keys_are_refused_at_every_depth(path):
    document = full()
    at(document, path)["no such thing"] = 1
    where = "policy" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    assert error_of(document).startswith(f"{where}.'no such thing' is ")


# --- one definition ---


def test_tables_equal_fields():
    assert set(POLICY) == set(Policy._fields) - {"effective"}
    for key, kind in (("clock", Clock), ("scope", Scope), ("report", Reporting)):
        assert POLICY[key].read.build is kind
        assert tuple(POLICY[key].read.settings) == kind._fields


CHANGES = {
    "name": "p",
    "timezone": "Asia/Tokyo",
    "day_starts_at": "06:00",
    "server_sites": {1: "a"},
    "clock.max_skew": "6m",
    "clock.naive_as": "Asia/Tokyo",
    "clock.age_from": "built_at",
    "scope.powered_off": "exclude",
    "scope.new_vm_grace": "1h",
    "scope.min_vms": None,
    "scope.max_drop": None,
    "scope.orphans": True,
    "report.fail_on": "never",
    "report.warn_days_before_expiry": 0,
    "report.max_exemption": None,
    "rules": [rule()],
    "exemptions": full()["exemptions"],
}


def test_every_key_has_a_case():
    nested = {
        f"{key}.{name}"
        for key, setting in POLICY.items()
        if isinstance(setting.read, Section) and key != "defaults"
        for name in setting.read.settings
    }
    plain = {key for key, setting in POLICY.items() if not isinstance(setting.read, Section)}
    assert nested | plain - {"version"} == set(CHANGES)


@pytest.mark.parametrize("path", CHANGES)
def test_every_key_changes_the_policy(path):
    section, _dot, key = path.rpartition(".")
    document = {section: {key: CHANGES[path]}} if section else {key: CHANGES[path]}
    changed = parse_policy(document)
    assert changed != parse_policy(None)
    assert changed.effective != parse_policy(None).effective


def test_constants_that_other_modules_use():
    assert POLICY["clock"].read.settings["age_from"].read.schema["enum"] == [_policy.CREATED_AT, _policy.BUILT_AT]
    assert POLICY["scope"].read.settings["powered_off"].read.schema["enum"] == [_policy.INCLUDE, _policy.EXCLUDE]
    assert POLICY["report"].read.settings["fail_on"].read.schema["enum"] == list(_policy.FAIL_ON)
