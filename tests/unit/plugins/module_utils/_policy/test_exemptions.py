# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exemptions: what they need, what they cover, and until when they hold."""

from __future__ import annotations

import datetime

import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CLOUD_CHECKS, VM_CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError
from ansible_collections.community.onapp.plugins.module_utils._policy.exemptions import EXEMPTION, CheckNames, Exemption
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy

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


def told(*exemptions):
    with pytest.raises(PolicyError) as caught:
        parse_policy({"exemptions": list(exemptions)})
    return str(caught.value)


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


def test_a_date_without_quotes():
    document = yaml.safe_load("{id: a, match: {any: true}, checks: '*', category: waiver, reason: b, approved_by: c}")
    for text in ("2026-12-31", "'2026-12-31'"):
        one = {**document, **yaml.safe_load(f"expires: {text}")}
        assert parse_policy({"exemptions": [one]}).exemptions[0].expires == LAST_DAY


@pytest.mark.parametrize("key", REQUIRED)
def test_required(key):
    exemption = written()
    del exemption[key]
    assert told(exemption) == f"policy.exemptions[0].{key} is missing; write it, it is needed here"
    assert told(written(**{key: None})).startswith(f"policy.exemptions[0].{key} is null")
    assert {name for name, setting in EXEMPTION.settings.items() if setting.required} == set(REQUIRED)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"id": " "}, ".id is ' '; write a name of its own, which results show"),
        ({"match": {}}, ".match is empty, which matches nothing"),
        ({"match": {"lable": "x"}}, ".match.lable is no key of this version of the policy language (did you mean la"),
        ({"category": "waver"}, ".category is 'waver'; write waiver or mitigated"),
        ({"reason": ""}, ".reason is ''; write why these virtual machines are exempt"),
        ({"approved_by": 7}, ".approved_by is 7; write who approved it"),
        ({"ticket": 2231}, ".ticket is 2231; write where that is recorded (in quotes if it is a number)"),
        ({"expires": "31.12.2026"}, ".expires is '31.12.2026'; write a date, such as 2026-12-31"),
        ({"expires": datetime.datetime(2026, 12, 31, 12)}, ".expires is the time 2026-12-31T12:00:00; write a date"),
        ({"expired": "2026-12-31"}, ".expired is no key of this version of the policy language (did you mean expires"),
        ({"check": ["rpo"]}, ".check is no key of this version of the policy language (did you mean checks?)"),
        ({"checks": []}, ".checks is an empty list, which matches nothing"),
        ({"checks": ["rpo", "min_copys"]}, ".checks[1] is 'min_copys', which is no check of a virtual machine (did yo"),
        ({"checks": "retention"}, ".checks is 'retention', which is no check of a virtual machine (did you mean"),
        ({"checks": "population"}, ".checks is 'population', which is no check of a virtual machine"),
        ({"checks": "unknown"}, ".checks is 'unknown', which is no check of a virtual machine"),
        ({"checks": ["all"]}, ".checks[0] is 'all', which is no check of a virtual machine"),
        ({"checks": 7}, ".checks is 7, which is no check of a virtual machine; write any of coverage, rpo, "),
        ({"checks": [["rpo"]]}, ".checks[0] is ['rpo'], which is no check of a virtual machine"),
    ],
)
def test_refused(keys, message):
    assert told(written(**keys)).startswith(f"policy.exemptions[0]{message}")


def test_ids_are_their_own():
    assert told(written(), written(id="EX-015"), written()) == (
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
def test_checks(checks, names):
    assert CheckNames()(checks, "checks") == names


def test_no_check_of_the_cloud_can_be_exempted():
    for name in CLOUD_CHECKS:
        with pytest.raises(PolicyError):
            CheckNames()(name, "checks")
    assert CheckNames().schema()["anyOf"][0] == {"enum": ["*", *VM_CHECKS]}


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2026-12-16", "active"),
        ("2026-12-17", "expiring"),
        ("2026-12-30", "expiring"),
        ("2026-12-31", "expiring"),
        ("2027-01-01", "expired"),
    ],
)
def test_state(today, state):
    exemption = parse_policy({"exemptions": [written()]}).exemptions[0]
    assert exemption.state(datetime.date.fromisoformat(today), 14) == state


def test_state_without_a_warning_ahead():
    exemption = parse_policy({"exemptions": [written()]}).exemptions[0]
    assert exemption.state(LAST_DAY - datetime.timedelta(days=1), 0) == "active"
    assert exemption.state(LAST_DAY, 0) == "expiring"
