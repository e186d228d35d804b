# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record on the inventory: a source that failed shows, whatever the others did."""

from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.community.onapp.plugins.module_utils._errors import AuthError, ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._health import API, CACHE, MIXED, Health, joined
from hypothesis import given
from hypothesis import strategies as st

NOW = 1774850400
NOW_TEXT = "2026-03-30T06:00:00Z"
URL = "https://onapp.example.com"
FAILURE = {
    "virtual_machine_id": 3,
    "virtual_machine_label": "web",
    "code": "server",
    "status": 503,
    "text": "The control panel could not answer.",
}
COUNTS = ("virtual_machines", "backups", "requests")

healths = st.builds(
    Health,
    cloud=st.sampled_from([URL, "https://other.example.com", None]),
    generated_at=st.integers(0, 4 * 10**9),
    source=st.sampled_from([API, CACHE]),
    cache_age=st.integers(0, 10**6),
    virtual_machines=st.integers(0, 1000),
    backups=st.integers(0, 1000),
    requests=st.integers(0, 1000),
    failures=st.lists(st.just(FAILURE), max_size=2).map(tuple),
)


def joined_all(several):
    record = None
    for health in several:
        record = joined(record, health)
    return record


class TestOneSource:
    def test_that_is_whole(self):
        health = Health(URL, NOW, virtual_machines=2, backups=5, requests=7)
        facts = {
            "complete": True,
            "cloud": URL,
            "generated_at": NOW_TEXT,
            "source": "api",
            "cache_age": 0,
            "virtual_machines": 2,
            "backups": 5,
            "requests": 7,
            "failures": [],
        }
        assert health.as_facts() == facts
        without_cloud = {name: value for name, value in facts.items() if name != "cloud"}
        assert joined(None, health) == {**without_cloud, "sources": [facts]}

    def test_that_has_gaps(self):
        record = joined(None, Health(URL, NOW, failures=(FAILURE,)))
        assert record["complete"] is False
        assert record["failures"] == record["sources"][0]["failures"] == [FAILURE]

    def test_that_could_not_be_read(self):
        health = Health.of_failure(NOW, AuthError("The control panel refuses the credentials.", status=401), 1)
        assert health.as_facts() == {
            "complete": False,
            "cloud": None,
            "generated_at": NOW_TEXT,
            "source": "api",
            "cache_age": 0,
            "virtual_machines": 0,
            "backups": 0,
            "requests": 1,
            "failures": [
                {
                    "virtual_machine_id": None,
                    "virtual_machine_label": None,
                    "code": "auth",
                    "status": 401,
                    "text": "The control panel refuses the credentials.",
                }
            ],
        }

    def test_that_asked_for_nothing(self):
        assert Health.of_failure(NOW, ConfigError("The option url is empty.")).requests == 0


class TestSeveralSources:
    WHOLE = Health(URL, NOW, virtual_machines=2, backups=5, requests=7)
    CACHED = Health("https://other.example.com", NOW - 60, CACHE, 3600, 10, 20)
    FAILED = Health.of_failure(NOW + 60, ConfigError("The option url is empty."), 2)

    def test_are_one_record(self):
        record = joined_all([self.WHOLE, self.CACHED])
        assert {name: value for name, value in record.items() if name != "sources"} == {
            "complete": True,
            "generated_at": "2026-03-30T05:59:00Z",
            "source": MIXED,
            "cache_age": 3600,
            "virtual_machines": 12,
            "backups": 25,
            "requests": 7,
            "failures": [],
        }
        assert [source["cloud"] for source in record["sources"]] == [URL, "https://other.example.com"]

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_one_that_failed_is_never_hidden(self, place):
        several = [self.WHOLE, self.CACHED]
        several.insert(place, self.FAILED)
        record = joined_all(several)
        assert record["complete"] is False
        assert [failure["text"] for failure in record["failures"]] == ["The option url is empty."]
        assert [source["complete"] for source in record["sources"]] == [number != place for number in range(3)]
        assert record["requests"] == 9

    def test_of_one_kind(self):
        assert joined_all([self.CACHED, self.CACHED])["source"] == CACHE
        assert joined_all([self.WHOLE, self.FAILED])["source"] == API

    @given(st.lists(healths, min_size=1, max_size=5))
    def test_by_the_letter(self, several):
        record = joined_all(several)
        assert record["complete"] is not any(health.failures for health in several)
        assert len(record["failures"]) == sum(len(health.failures) for health in several)
        for name in COUNTS:
            assert record[name] == sum(getattr(health, name) for health in several)
        oldest = min(several, key=lambda health: health.generated_at)
        assert record["generated_at"] == oldest.as_facts()["generated_at"]
        assert record["cache_age"] == max(health.cache_age for health in several)
        assert record["sources"] == [health.as_facts() for health in several]
        assert json.loads(json.dumps(record)) == record

    @given(st.lists(healths, min_size=2, max_size=4), st.randoms(use_true_random=False))
    def test_the_order_of_sources_does_not_matter(self, several, random):
        def without_order(record):
            return {name: value for name, value in record.items() if name != "sources"}

        shuffled = list(several)
        random.shuffle(shuffled)
        assert without_order(joined_all(shuffled)) == without_order(joined_all(several))

    @given(st.lists(healths, min_size=1, max_size=3), healths)
    def test_the_record_before_stays_as_it_is(self, several, health):
        before = joined_all(several)
        kept = copy.deepcopy(before)
        joined(before, health)
        assert before == kept

    def test_no_failure_is_shared(self):
        record = joined(None, Health(URL, NOW, failures=(FAILURE,)))
        assert record["failures"][0] is not record["sources"][0]["failures"][0]
