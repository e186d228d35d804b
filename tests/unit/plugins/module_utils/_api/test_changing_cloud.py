# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud that changes while it is read: no missing row without a failure, and no VM is wrongly protected.

Pages are small, so that rows often move between them.
"""

from __future__ import annotations

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import CloudFetch
from ansible_collections.community.onapp.plugins.module_utils._errors import DecodeError
from ansible_collections.community.onapp.tests.properties import examples
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._api.changing_cloud import (
    ChangingPanel,
    assessment_of,
    churns,
    clouds,
    pagings,
    small_machine,
)
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._api.churn import KINDS, Churn
from hypothesis import strategies as st

PAGINGS = pytest.mark.parametrize("paging", ["headers", "plain"])


def deterministic(number):
    return hypothesis.settings(deadline=None, database=None, derandomize=True, max_examples=number)


def collect(panel, page_size, **spec):
    """The virtual machines of a collection, and the collection."""
    with panel.client(page_size) as client:
        fetch = CloudFetch(client, **spec)
        return list(fetch.virtual_machines()), fetch


def assert_true(panel, found, fetch):
    """Assert that all results were true at some time, and that unchanged rows were found or are reported missing."""
    ids = [fetched.vm.id for fetched in found]
    dropped = [vm.id for vm in fetch.dropped]
    assert len(ids) == len(set(ids)), "a virtual machine is returned twice"
    assert not set(ids) & set(dropped)
    assert set(ids) <= set(panel.versions), "a virtual machine that did not exist"
    assert not panel.stayed & set(dropped), "dropped, but not deleted"
    is_complete = all(failure.vm is not None for failure in fetch.failures)
    if is_complete:
        assert panel.stayed <= set(ids), "missing without a failure"
    for fetched in found:
        number = fetched.vm.id
        for rows in (fetched.disks or [], fetched.backups or []):
            numbers = [row.id for row in rows]
            assert len(numbers) == len(set(numbers)), "a row is returned twice"
        if fetched.disks is None or fetched.backups is None:
            assert [failure.vm.id for failure in fetched.failures] == [number]
        if assessment_of(fetched).state == "protected":
            assert panel.had_state(number, "protected"), "protected without evidence"
        if fetched.disks is not None and number in panel.stayed:
            held = {disk.id for disk in panel.versions[number][0].disks}
            assert held == {disk.id for disk in fetched.disks}, "a disk is missing without a failure"


@deterministic(examples(200))
@hypothesis.given(clouds(), churns, pagings, st.integers(1, 5))
def test_any_changes(machines, churn, paging, page_size):
    panel = ChangingPanel(machines, churn, paging)
    found, fetch = collect(panel, page_size)
    assert_true(panel, found, fetch)


@PAGINGS
@pytest.mark.parametrize("page_size", [1, 3, 100])
def test_unchanged_cloud_is_complete(paging, page_size):
    panel = ChangingPanel([small_machine(number, 2, 2, 5) for number in range(1, 12)], None, paging)
    found, fetch = collect(panel, page_size)
    assert [fetched.vm.id for fetched in found] == list(range(1, 12))
    assert fetch.failures == [] == fetch.dropped
    assert {assessment_of(fetched).state for fetched in found} == {"protected"}
    assert_true(panel, found, fetch)


def replace_first_vm(cloud):
    """Delete the first and add another at the end: the number stays, and all others move up by one."""
    cloud.delete(cloud.existing()[0])
    cloud.add({"id": 900})


def delete_first_vm(cloud):
    cloud.delete(cloud.existing()[0])


def add_page_in_front(cloud):
    for number in range(3):
        cloud.add({"id": 901 + number}, in_front=True)


def change_once(change, route, page="1"):
    """A function that changes the cloud after the first answer of a page of a list."""
    done = []

    def on_answer(cloud, path, query):
        if done or path != f"/{route}.json" or query.get("page") != page:
            return False
        done.append(path)
        change(cloud)
        return True

    return on_answer


class TestOneChange:
    """Moves of rows that do not change the total."""

    @PAGINGS
    @pytest.mark.parametrize("change", [replace_first_vm, delete_first_vm, add_page_in_front])
    @pytest.mark.parametrize("page", ["1", "2", "3"])
    def test_in_the_list_of_virtual_machines(self, paging, change, page):
        machines = [small_machine(number, 1, 1, 5) for number in range(1, 11)]
        panel = ChangingPanel(machines, None, paging, change_once(change, "virtual_machines", page))
        found, fetch = collect(panel, 3)
        assert_true(panel, found, fetch)
        assert fetch.failures == [], "the second reading was complete"
        assert panel.stayed <= {fetched.vm.id for fetched in found}

    @PAGINGS
    @pytest.mark.parametrize("change", [replace_first_vm, delete_first_vm, add_page_in_front])
    @pytest.mark.parametrize("page", ["1", "2", "3"])
    @pytest.mark.parametrize("without", [2, *(pytest.param(number, marks=pytest.mark.slow) for number in range(3, 11))])
    def test_in_the_list_of_disks(self, paging, change, page, without):
        """The second disk of one virtual machine has no backup: if it was lost, the VM would be protected."""
        machines = [small_machine(number, 2, 1 if number == without else 2, 5) for number in range(1, 11)]
        panel = ChangingPanel(machines, None, paging, change_once(change, "settings/disks", page))
        found, fetch = collect(panel, 4)
        assert_true(panel, found, fetch)
        states = {fetched.vm.id: assessment_of(fetched).state for fetched in found}
        assert states[without] == "unprotected"


class TestEndlessChanges:
    @PAGINGS
    @pytest.mark.parametrize("kind", ["vm_created", "vm_removed"])
    def test_failure(self, paging, kind):
        """A change after each answer, with rows on several pages at all times."""
        machines = [small_machine(number, 1, 1, 5) for number in range(1, 81)]
        panel = ChangingPanel(machines, Churn(seed=3, kinds=[kind], times=60), paging)
        found, fetch = collect(panel, 5, disks=False, backups=False)
        assert any(failure.vm is None for failure in fetch.failures)
        assert "list of virtual machines is incomplete" in fetch.failures[0].error.text
        assert "false" in fetch.warnings(len(found))[0]

    @PAGINGS
    def test_error_if_the_list_must_be_complete(self, paging):
        machines = [small_machine(number, 1, 1, 5) for number in range(1, 81)]
        panel = ChangingPanel(machines, Churn(seed=3, kinds=["vm_removed"], times=60), paging)
        with pytest.raises(DecodeError, match="list of virtual machines is incomplete"):
            collect(panel, 5, whole_list=True)


class TestDeletedDuringTheRun:
    @PAGINGS
    def test_dropped(self, paging):
        machines = [small_machine(number, 1, 1, 5) for number in range(1, 7)]
        panel = ChangingPanel(machines, Churn(seed=1, every=4, kinds=["vm_removed"], times=2), paging)
        found, fetch = collect(panel, 100)
        deleted = set(range(1, 7)) - panel.stayed
        assert len(deleted) == 2
        assert_true(panel, found, fetch)
        assert {vm.id for vm in fetch.dropped} <= deleted
        assert len(fetch.notes()) == len(fetch.dropped)


class TestChangedBackups:
    """Backups on two pages: after the first page, the backup of one disk is deleted and that of another is built."""

    @PAGINGS
    @pytest.mark.parametrize("reading", [1, 2, 3])
    def test_backups_of_two_times(self, paging, reading):
        machine = small_machine(1, 2, 1, 5)
        machine["backups"].append({"id": 1600, "target_id": 1001, "built": False})
        panel = ChangingPanel([machine], None, paging)

        def on_answer(cloud, path, query):
            if path != "/virtual_machines/1/backups.json" or query["page"] != "1":
                return False
            if sum(path == requested for requested in panel.first_pages) != reading:
                return False
            first, second = cloud.backups(0)
            first["marked_for_delete"] = True
            panel.record_versions()
            second.update(built=True, built_at=first["built_at"], created_at=first["created_at"])
            return True

        panel.on_answer = on_answer
        found, fetch = collect(panel, 1)
        assert_true(panel, found, fetch)


def test_every_kind_of_change_occurs():
    """The property above tests nothing without changes or without protected VMs."""
    seen, states = set(), set()
    for seed in range(20):
        machines = [small_machine(number, 2, 2, 5) for number in range(1, 9)]
        panel = ChangingPanel(machines, Churn(seed=seed, every=2, times=6), "headers")
        found, fetch = collect(panel, 20)
        assert_true(panel, found, fetch)
        seen |= {entry["change"] for entry in panel.churn.log}
        states |= {assessment_of(fetched).state for fetched in found}
    assert seen == set(KINDS)
    assert {"protected", "unprotected"} <= states
