# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which backups pass the filters of a question, and whose lists answer it."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._info import Params
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import Backup

NOW = moment("2026-03-30T06:00:00Z")
POLICY = parse_policy(None)
EVERYTHING = Params(
    names=(),
    backup_type="all",
    created_after=None,
    created_before=None,
    initiated=frozenset(),
    usable=None,
    subset=frozenset({"backups", "disks", "virtual_machines"}),
    policy=POLICY,
    now=NOW,
    generated_at=NOW,
    fail_on_error=False,
)
FACTS = {"initiated": "days", "usable": True}


def keeps(created_at=NOW, **params):
    row = {"id": 1, "created_at": None if created_at is None else "2026-03-30T06:00:00Z"}
    record = Backup.from_row(row, POLICY.clock.naive_as)
    return EVERYTHING._replace(**params).keeps(FACTS, record)


@pytest.mark.parametrize(
    ("params", "kept"),
    [
        ({}, True),
        ({"created_after": NOW}, True),
        ({"created_after": NOW + 1}, False),
        ({"created_before": NOW}, False),
        ({"created_before": NOW + 1}, True),
        ({"initiated": frozenset({"days", "weeks"})}, True),
        ({"initiated": frozenset({"weeks"})}, False),
        ({"usable": True}, True),
        ({"usable": False}, False),
    ],
)
def test_filters(params, kept):
    assert keeps(**params) is kept


@pytest.mark.parametrize(
    ("params", "kept"), [({}, True), ({"created_after": 0}, False), ({"created_before": NOW + 1}, False)]
)
def test_without_a_readable_time(params, kept):
    assert keeps(created_at=None, **params) is kept
