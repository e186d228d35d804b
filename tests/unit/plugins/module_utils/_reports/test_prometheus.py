# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics, parsed by Prometheus' parsers, and the alerts that use them."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._reports import prometheus
from ansible_collections.community.onapp.tests.sample_report import (
    NOW,
    STATES,
    machine,
    result,
    sample_report,
    text_of,
)
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

ROOT = pathlib.Path(__file__).parents[5]
RULES = ROOT / "docs/alerts/onapp_backup.rules.yml"
RULES_TEST = pathlib.Path(__file__).with_name("onapp_backup.rules_test.yml")
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on the PATH")


def samples(report):
    """The values by metric and labels, with assertions about the file's format."""
    text = text_of(prometheus.PrometheusFile, report)
    assert text.endswith("\n")
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            assert sample.timestamp is None
            key = (sample.name.removeprefix("onapp_backup_"), *sample.labels.values())
            assert key not in found
            found[key] = sample.value
    return found


def of_machine(report, metric):
    return {key[1]: value for key, value in samples(report).items() if key[0] == metric}


def promtool(*arguments, text=None):
    done = subprocess.run(["promtool", *arguments], input=text, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_head():
    found = samples(sample_report())
    assert found["report_last_run_timestamp_seconds",] == NOW
    assert found["report_success",] == 0
    assert [found["report_status", status] for status in ("compliant", "non_compliant", "unknown")] == [0, 1, 0]
    assert {state: found["vms", state] for state in STATES} == {
        "unknown": 1,
        "not_applicable": 1,
        "pending": 1,
        "unprotected": 1,
        "failing": 1,
        "stale": 1,
        "protected": 8,
    }


@pytest.mark.parametrize(
    ("machines", "status", "is_complete", "success"),
    [
        ([machine(1)], "compliant", True, 1),
        ([machine(1, "stale")], "non_compliant", True, 1),
        ([machine(1, "unknown")], "non_compliant", False, 0),
        ([machine(1)], "unknown", True, 0),
        ([machine(1)], "compliant", False, 0),
        ([], "unknown", True, 0),
    ],
)
def test_success(machines, status, is_complete, success):
    report = sample_report(machines, status=status)
    report.head["summary"]["is_complete"] = is_complete
    assert samples(report)["report_success",] == success


def test_findings_count_with_zeros():
    found = samples(sample_report())
    assert found["findings", "rpo", "critical"] == 2
    assert found["findings", "rpo", "warning"] == 1
    assert found["findings", "rpo", "info"] == 0
    assert sum(value for key, value in found.items() if key[0] == "findings") == 11


def test_findings_of_a_check_without_machines():
    finding = {"vm_id": None, "vm_label": None, "rule": None, **result("population", "warn", "info")}
    report = sample_report([machine(1)])._replace(findings=[finding, finding])
    assert samples(report)["findings", "population", "info"] == 2


def test_machines():
    report = sample_report()
    assert of_machine(report, "vm_last_usable_timestamp_seconds") == {
        "1": 0,
        "2": NOW - 60 * 3600,
        "4": NOW - 42 * 3600,
        "5": 0,
        **{str(number): NOW - 5 * 3600 for number in (6, *range(100, 107))},
    }
    assessed = {"1", "2", "4", "5", "6", *map(str, range(100, 107))}
    assert set(of_machine(report, "vm_rpo_seconds").items()) == {(number, 93600) for number in assessed}
    assert of_machine(report, "vm_copies") == {number: 0 if number in ("1", "5") else 24 for number in assessed}
    assert of_machine(report, "vm_rpo_exempt") == dict.fromkeys(assessed, 0)


@pytest.mark.parametrize("state", STATES)
def test_state_of_a_machine(state):
    found = samples(sample_report([machine(7, state)]))
    assert {other: found["vm_state", "7", other] for other in STATES} == {other: other == state for other in STATES}


@pytest.mark.parametrize(("state", "metrics"), [("unknown", {"vm_state", "vm_info"}), ("not_applicable", {"vm_state"})])
def test_unassessed_machine_has_no_samples(state, metrics):
    found = samples(sample_report([machine(7, state, copies=3, newest_at="2026-03-30T00:00:00Z")]))
    assert {key[0] for key in found if key[0].startswith("vm_")} == metrics


def test_info():
    assert samples(sample_report([machine(57, "stale", "web-07")]))["vm_info", "57", "web-07", "standard"] == 1


def test_machine_without_copies_or_label():
    found = samples(sample_report([machine(7, label="", copies=None)]))
    assert found["vm_info", "7", "", "standard"] == 1
    assert not any(key[0] == "vm_copies" for key in found)


@pytest.mark.parametrize(
    ("check", "status", "exempt"), [("rpo", "exempt", 1), ("rpo", "fail", 0), ("min_copies", "exempt", 0)]
)
def test_exemption_of_the_limit(check, status, exempt):
    report = sample_report([machine(7, "stale", results=[result(check, status)])])
    assert of_machine(report, "vm_rpo_exempt") == {"7": exempt}


def test_cloud_name_comes_first_in_every_series():
    report = sample_report()
    report.head["source"]["cloud_name"] = 'a"b'
    lines = [line for line in text_of(prometheus.PrometheusFile, report).splitlines() if not line.startswith("#")]
    assert len(lines) > 100
    assert all(re.match(r'\w+\{cp="a\\"b"[,}]', line) for line in lines)


def test_labels_are_stable():
    names = set(re.findall(r'[{,](\w+)="', text_of(prometheus.PrometheusFile, sample_report())))
    assert names == {"status", "state", "check", "severity", "vm_id", "vm", "rule", "outcome"}


@hypothesis.given(st.text(st.one_of(st.sampled_from('\\"\n\r{},=# \x00\u2028'), st.characters())))
def test_any_label(label):
    text = text_of(prometheus.PrometheusFile, sample_report([machine(1, "stale", label)]))
    text.encode("utf-8")
    (value,) = (key[2] for key in samples(sample_report([machine(1, "stale", label)])) if key[0] == "vm_info")
    assert value == re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", label)


@needs_promtool
@pytest.mark.parametrize("cloud_name", [None, 'a"\\\n'])
def test_promtool_accepts_the_metrics(cloud_name):
    report = sample_report()
    report.head["source"]["cloud_name"] = cloud_name
    done = promtool("check", "metrics", text=text_of(prometheus.PrometheusFile, report))
    assert done.stdout + done.stderr == ""


@needs_promtool
def test_promtool_accepts_the_alerts():
    assert "3 rules found" in promtool("check", "rules", str(RULES)).stdout


@pytest.mark.slow
@needs_promtool
def test_alerts_fire():
    assert "SUCCESS" in promtool("test", "rules", str(RULES_TEST)).stdout


def test_metrics_of_the_alerts_exist():
    spec = set(re.findall(r"onapp_backup_[a-z_]+", re.sub("(?m)^ *#.*$|name: .*$", "", RULES.read_text("utf-8"))))
    assert spec - {"onapp_backup_"} <= prometheus.METRICS.keys()
    assert len(spec) >= 5


def test_implausible_population_is_no_success():
    report = sample_report([machine(1)], status="non_compliant")
    report.head["summary"]["is_complete"] = False
    assert samples(report)["report_success",] == 0


@pytest.mark.parametrize("source", [("https://a.example.com", None), ("https://a.example.com", 'a"b\n\u2028#')])
def test_first_line_names_the_cloud(source):
    report = sample_report([])
    report.head["source"].update(control_panel=source[0], cloud_name=source[1])
    first = text_of(prometheus.PrometheusFile, report).splitlines()[0]
    assert prometheus.source_of(first) == list(source)


@pytest.mark.parametrize("line", ["", "# HELP a b", "# community.onapp ", "# community.onapp {", "# community.onapp 5"])
def test_other_first_lines(line):
    assert prometheus.source_of(line) is None
