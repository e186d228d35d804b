# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run ends: its sentence, the message of a failed task, and the record's parts that are not counts."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._compliance.previous import Previous
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS, NOT_ASSESSED
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._compliance.test_run import (
    FORBIDDEN,
    LENIENT,
    REFUSED,
    exempt,
    judged,
    panel,
)

SENTENCES = {
    "nothing there": ([], "No virtual machine was seen, which proves nothing."),
    "one, fine": (["fresh"], "None of 1 virtual machine breaks the policy."),
    "all fine": (["fresh"] * 3, "None of 3 virtual machines breaks the policy."),
    "one critical": (["lost"], "1 of 1 virtual machine breaks the policy critically."),
    "some critical": (["lost", "fresh", "none"], "2 of 3 virtual machines break the policy critically."),
    "one warning": (["stale", "fresh"], "1 of 2 virtual machines has warnings."),
    "warnings": (["stale", "stale", "fresh"], "2 of 3 virtual machines have warnings."),
    "unknown": (["bad time", "fresh"], "1 of 2 virtual machines could not be judged."),
    "everything": (
        ["lost", "stale", "bad time", "fresh"],
        "1 of 4 virtual machines breaks the policy critically, 1 more has warnings, 1 could not be judged.",
    ),
    "warning and unknown": (["stale", "bad time"], "1 of 2 virtual machines has warnings, 1 could not be judged."),
    "deleted": (["gone", "fresh"], "None of 1 virtual machine breaks the policy."),
}


def assessment(*given, **more):
    _run, outcome = judged(*given, **more)
    return outcome.report.head["headline"]


@pytest.mark.parametrize("name", SENTENCES)
def test_sentence(name):
    names, expected = SENTENCES[name]
    assert assessment(panel(*names)) == expected


def test_sentence_where_the_policy_applies_to_nothing():
    assert assessment(panel("fresh", "fresh", built=False)) == "The policy applies to none of 2 virtual machines."


def test_sentence_leaves_out_those_to_which_the_policy_does_not_apply():
    client = panel("fresh", "fresh", "fresh")
    client.lists["virtual_machines"][1]["built"] = False
    assert assessment(client) == "None of 2 virtual machines breaks the policy."


def test_sentence_says_what_is_in_doubt():
    partial = assessment(panel("fresh", partial=("virtual_machines",)))
    assert partial.startswith("None of 1 virtual machine breaks the policy. The list of virtual machines is not whole")
    unseen = assessment(panel("fresh"), {**LENIENT, "scope": {"min_vms": 5}})
    assert "1 virtual machine of at least 5 can be seen" in unseen


def test_sentence_of_what_broke_off():
    assert assessment(panel("fresh", virtual_machines=FORBIDDEN)) == "Nothing could be judged: That is forbidden."
    client = panel("fresh", "fresh", virtual_machines__1__backups=REFUSED)
    assert assessment(client) == "2 of 2 virtual machines could not be judged. The password is refused."


def test_sentence_says_what_is_wrong_with_the_policy():
    remarks = [{"match": {"label": f"none-{number}"}} for number in range(5)]
    few = assessment(panel("fresh"), exempt(*remarks[:2]))
    assert few == (
        "None of 1 virtual machine breaks the policy. Exemption EX-1 matches no virtual machine."
        " Exemption EX-2 matches no virtual machine."
    )
    many = assessment(panel("fresh"), exempt(*remarks))
    assert many.endswith("EX-3 matches no virtual machine. And 2 more findings about the cloud and the policy.")
    assert "EX-4" not in many
    # What soon will be wrong is no fault yet.
    soon = assessment(panel("fresh"), exempt({"match": {"any": True}, "expires": "2026-04-01"}))
    assert soon == "None of 1 virtual machine breaks the policy."


FILES = [{"format": "json", "path": "/srv/reports/report.json"}, {"format": "html", "path": "/srv/reports/report.html"}]


def test_message_of_a_failed_task():
    client = panel("fresh", "lost")
    client.lists["virtual_machines"][1]["label"] = "a\n\x1b[31mb\u202e<b>c</b>"
    _run, outcome = judged(client)
    unwritten = ConfigError("The disk is full.")
    assert outcome.message([], None) == (
        "non_compliant: 1 of 2 virtual machines breaks the policy critically. The worst, of virtual machine 2"
        f" (a b <b>c</b>): rpo: {outcome.report.findings[0]['message']}"
    )
    assert outcome.message(FILES, unwritten).endswith(" The disk is full. Reports: /srv/reports")


def test_message_names_a_virtual_machine_without_a_label():
    client = panel("lost")
    client.lists["virtual_machines"][0]["label"] = None
    assert "The worst, of virtual machine 1: rpo: " in judged(client)[1].message([], None)


def test_message_says_nothing_twice():
    for client in (
        panel("fresh", virtual_machines=REFUSED),
        panel("fresh", virtual_machines__1__backups=REFUSED),
        panel("fresh", partial=("virtual_machines",)),
    ):
        _run, outcome = judged(client)
        message = outcome.message(FILES, None)
        assert message.count(REFUSED.text) + message.count("is not whole") == 1
        assert message == f"unknown: {outcome.report.head['headline']} Reports: /srv/reports"


def test_message_of_a_run_that_found_nothing_but_could_not_write():
    _run, outcome = judged(panel("fresh"))
    assert outcome.message([], ConfigError("The disk is full.")) == (
        "compliant: None of 1 virtual machine breaks the policy. The disk is full."
    )


def test_changes():
    then = frozenset({(1, "rpo"), (2, "rpo"), (None, "population")})
    previous = Previous("2026-03-29T06:00:00Z", 2, then)
    _run, outcome = judged(panel("stale", "fresh", "none", "bad time"), previous=previous)
    assert outcome.report.head["changes"] == {
        "previous_generated_at": "2026-03-29T06:00:00Z",
        "vms_before": 2,
        "new": 4,
        "resolved": 2,
    }
    assert judged(panel("fresh"))[1].report.head["changes"] is None


def test_exempt_results_are_no_change():
    previous = Previous("2026-03-29T06:00:00Z", 2, frozenset({(2, "rpo")}))
    _run, outcome = judged(panel("fresh", "stale"), exempt({}), previous=previous)
    changes = outcome.report.head["changes"]
    assert (changes["new"], changes["resolved"]) == (0, 1)


def test_fewer_than_before():
    findings = frozenset()
    assert judged(panel(*["fresh"] * 8), previous=Previous("", 10, findings))[1].status == "compliant"
    assert judged(panel(*["fresh"] * 7), previous=Previous("", 10, findings))[1].status == "unknown"


def test_what_every_record_says():
    _run, outcome = judged(panel("fresh"), {"timezone": "Europe/Berlin", "day_starts_at": "16:00"}, cloud_name="ams")
    head = outcome.report.head
    assert (head["evaluated_at"], head["generated_at"]) == ("2026-03-30T06:00:00Z",) * 2
    assert head["source"]["cloud_name"] == "ams"
    assert (head["calendar"]["timezone"], head["calendar"]["day_starts_at"]) == ("Europe/Berlin", "16:00")
    # At 08:00 in Berlin the day that began at 16:00 is not over.
    assert head["calendar"]["days"][-1] == "2026-03-29"
    assert [item["id"] for item in head["not_assessed"]] == list(NOT_ASSESSED)
    assert set(head["controls"]) <= set(CHECKS)
    assert head["policy"]["effective"]["timezone"] == "Europe/Berlin"
