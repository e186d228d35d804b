# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of the recipes in docs/examples, run on the simulator."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
import shutil

import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS, NOT_ASSESSED
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Outcome, variables
from ansible_collections.community.onapp.tests.sample_report import REPORT_FILES
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = [pytest.mark.once, pytest.mark.slow]

DOCS = pathlib.Path(__file__).parents[2] / "docs"
EXAMPLES = DOCS / "examples"
GUIDE = (DOCS / "docsite" / "rst" / "compliance_guide.rst").read_text(encoding="utf-8")
POLICY = "backup-policy.yml"
REPORTS = sorted(REPORT_FILES)
HEALTHY = {"virtual_machines": [{"id": number, "backups": [{}]} for number in range(1, 5)]}

# Installations, which need a network and are done already. All other commands are run unchanged.
INSTALLS = re.compile(
    r"^\s*(?:python3 -m venv \.venv|(?:\.venv/bin/)?pip install ansible-core requests"
    r"|(?:\.venv/bin/)?ansible-galaxy collection install community\.onapp)$",
    re.MULTILINE,
)
COMMANDS = re.compile(r"(?:\.venv|/opt/onapp-backup)/bin/(?=ansible-playbook )")
GITHUB_CONTEXT = re.compile(r"\$\{\{ (?:vars|secrets)\.(\w+) \}\}")


class Shell:
    """Run shell steps in a folder with the example policy, with the Ansible of this Python."""

    def __init__(self, ansible: Ansible, panel: Simulator) -> None:
        self.ansible = ansible
        self.folder = ansible.folder
        self.reports = self.folder / "backup-reports"
        self.login = {**variables(panel), "ONAPP_API_KEY": panel.password}
        del self.login["ONAPP_PASSWORD"]
        shutil.copy(EXAMPLES / POLICY, self.folder)

    def run(self, script: str, environment: dict[str, str] | None = None) -> Outcome:
        """Run one step, which ends at the first command that fails, as in CI systems."""
        step = COMMANDS.sub("", INSTALLS.sub("true", script))
        assert "install" not in step and "venv" not in step
        return self.ansible.command("bash", "-e", "-c", step, environment=environment or {})

    def written(self) -> list[str]:
        return sorted(path.name for path in self.reports.iterdir())


@pytest.fixture
def shell(tmp_path: pathlib.Path, panel: Simulator) -> Shell:
    """A shell in a folder with a space in its name, as Jenkins creates them."""
    folder = tmp_path / "nightly check"
    folder.mkdir()
    return Shell(Ansible(folder), panel)


def test_github_actions(shell: Shell) -> None:
    (job,) = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())["jobs"].values()
    steps = {step["name"]: step for step in job["steps"] if "name" in step}
    assert shell.run(steps["Install"]["run"]).status == 0
    check, show, keep = (steps[name] for name in ("Check the backups", "Show the summary", "Keep the reports"))
    environment = {
        name: GITHUB_CONTEXT.sub(lambda found: shell.login[found[1]], text) for name, text in check["env"].items()
    }
    shell.reports.mkdir()
    (shell.reports / "of-yesterday.html").touch()
    failed = shell.run(check["run"], environment)
    assert failed.status == 2, failed.output
    assert shell.written() == REPORTS
    assert show["if"] == keep["if"] == "always()"
    summary = shell.folder / "step-summary.md"
    assert shell.run(show["run"], {"GITHUB_STEP_SUMMARY": str(summary)}).status == 0
    assert summary.read_text().startswith("# OnApp backup compliance")
    assert shell.folder / keep["with"]["path"] == shell.reports


def test_gitlab_ci(shell: Shell) -> None:
    job = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())["backup-compliance"]
    done = shell.run("\n".join(job["script"]), shell.login)
    assert done.status == 2, done.output
    kept = job["artifacts"]
    assert kept["when"] == "always"
    assert kept["paths"] == ["backup-reports/"]  # without the slash GitLab would not expose the folder
    assert shell.written() == REPORTS
    assert (shell.folder / kept["reports"]["junit"]).read_text().startswith("<?xml")


def test_jenkins(shell: Shell) -> None:
    text = (EXAMPLES / "Jenkinsfile").read_text()
    scripts = re.findall(r"\bsh '''(.*?)'''", text, re.DOTALL)
    assert len(scripts) == len(re.findall(r"\bsh\b", text)) == 2
    for script in scripts:  # Groovy joins lines at a backslash before the end of a line, and allows no other backslash
        assert re.findall(r"\\(?!\n)", script) == []
    login = {"ONAPP_URL": shell.login["ONAPP_URL"], "ONAPP_USERNAME": shell.login["ONAPP_USERNAME"]}
    credentials = {"ONAPP_PASSWORD": shell.login["ONAPP_API_KEY"]}
    for name in ("ONAPP_USERNAME", "ONAPP_PASSWORD"):
        assert f"ariable: '{name}'" in text
    joined = [script.replace("\\\n", "") for script in scripts]
    assert [shell.run(script, {**login, **credentials}).status for script in joined] == [0, 2]
    always = text[text.index("always {") :]
    for name in re.findall(r"testResults: 'backup-reports/(\S+)'|reportFiles: '(\S+)'", always):
        assert "".join(name) in shell.written()


def test_metrics_for_node_exporter(shell: Shell) -> None:
    """The service succeeds with any findings. If nothing could be read, it fails, and the metrics show the failure."""
    unit = (EXAMPLES / "onapp-backup-metrics.service").read_text().replace("\\\n", " ")
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    collector = shell.folder / "collector"
    # Paths of a system are replaced by folders of the test, whose names have spaces and need quotes.
    for path, here in {
        "/var/lib/prometheus/node-exporter": collector,
        "/etc/onapp-backup/policy.yml": shell.folder / POLICY,
    }.items():
        assert path in command
        command = command.replace(path, f"\"'{here}'\"")
    # systemd splits a command line much as a shell does, but does not run it in a shell.
    done = shell.run(shlex.join(shlex.split(command)), shell.login)
    assert done.status == 0, done.output
    assert sorted(path.name for path in collector.iterdir()) == ["onapp_backup.prom", "status.json"]
    metrics = (collector / "onapp_backup.prom").read_text()
    assert 'onapp_backup_report_status{status="non_compliant"} 1\n' in metrics
    assert 'onapp_backup_vm_last_usable_timestamp_seconds{vm_id="1"} 1387884680\n' in metrics

    shell.login["ONAPP_API_KEY"] = "no-such-key"
    done = shell.run(shlex.join(shlex.split(command)), shell.login)
    assert done.status == 2
    assert "onapp_backup_report_success 0\n" in (collector / "onapp_backup.prom").read_text()


def test_daily_report_by_systemd(shell: Shell) -> None:
    unit = (EXAMPLES / "onapp-backup-report.service").read_text().replace("\\\n", " ")
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    for path, here in {
        "/usr/share/ansible/collections/ansible_collections/community/onapp/docs/examples": EXAMPLES,
        "/var/lib/onapp-backup/reports": shell.folder / "reports",
        "/etc/onapp-backup/policy.yml": shell.folder / POLICY,
    }.items():
        assert path in command
        command = command.replace(path, f"'{here}'")
    assert shell.run(shlex.join(shlex.split(command)), shell.login).status == 2
    (folder,) = (shell.folder / "reports").glob("*Z")
    assert sorted(path.name for path in folder.iterdir()) == REPORTS
    timer = (EXAMPLES / "onapp-backup-report.timer").read_text()
    assert "systemctl enable --now onapp-backup-report.timer" in timer


def test_daily_report(shell: Shell, panel: Simulator) -> None:
    """Each run is archived and reports the earlier ones. A run with too few VMs is no base of comparisons."""
    policy = shell.folder / "lenient.yml"
    policy.write_text("defaults: {min_copies: null, retention: null}\n", encoding="utf-8")
    archive = shell.folder / "archive"
    archive.mkdir()
    program = [str(EXAMPLES / "daily-report.sh"), "archive", "lenient.yml", "-e", "onapp_evidence=transactions"]

    def read_report() -> dict[str, object]:
        newest = max(archive.glob("*/report.json"), key=lambda path: path.stat().st_mtime_ns)
        read: dict[str, object] = json.loads(newest.read_text())
        return read

    def archive_run(status: int, expected: str) -> dict[str, object]:
        before = set(archive.iterdir())
        done = shell.ansible.command("bash", *program, environment=shell.login)
        assert done.status == status, done.output
        (new,) = set(archive.iterdir()) - before - {archive / "last.json"}
        assert sorted(path.name for path in new.iterdir()) == REPORTS
        found = read_report()
        assert (found["status"], found["evidence"]) == (expected, ["transactions"])
        history = found["history"]
        assert isinstance(history, dict) and history["runs"] == len(before - {archive / "last.json"}) + 1
        new.rename(new.with_name(f"run-{len(before)}"))  # the next run may be within the same second
        return found

    panel.reset(cloud=HEALTHY)
    assert archive_run(0, "compliant")["changes"] is None
    last = (archive / "last.json").read_bytes()
    panel.reset(cloud={"virtual_machines": HEALTHY["virtual_machines"][:1]})
    for number in (1, 2):
        changes = archive_run(2, "unknown")["changes"]
        assert isinstance(changes, dict) and changes["judged_before"] == 4
        assert (archive / "last.json").read_bytes() == last


def test_every_rule_of_the_example_policy_applies(shell: Shell, panel: Simulator) -> None:
    labels = {"db-1": "databases", "test-1": "test", "web-1": "standard"}
    rows = [{"label": label, "backups": []} for label in labels]
    windows = {"label": "ad-1", "operating_system": "windows", "backups": []}
    panel.reset(cloud={"virtual_machines": [*rows, windows]})
    task = {"community.onapp.onapp_backup_compliance": {"policy_file": str(shell.folder / POLICY), "fail_on": "never"}}
    findings = shell.ansible.tasks({"judged": task}, panel=panel).results["judged"]["findings"]
    found = {finding["virtual_machine_label"]: finding["rule"] for finding in findings if finding["virtual_machine_id"]}
    assert found == {**labels, "ad-1": "windows-servers"}


def shown_blocks() -> list[str]:
    """The code blocks of the guide."""
    blocks = re.findall(r"^\.\. code-block:: \S+\n\n((?: {4}.*\n|\n(?= {4}|\n))+)", GUIDE + "\n", re.MULTILINE)
    return ["\n".join(line[4:] for line in block.rstrip().splitlines()) for block in blocks]


def test_examples_in_the_guide() -> None:
    for path in EXAMPLES.iterdir():
        if path.is_file() and path.name != POLICY:  # the folders belong to the guide on the automation controller
            assert path.read_text().rstrip() in shown_blocks(), path.name
    assert f"``docs/examples/{POLICY}``" in GUIDE


def test_checks_in_the_guide() -> None:
    (table,) = re.findall(r"^\.\. table: checks\n(.*?)^\.\. end of table$", GUIDE, re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^   [ *] - (.*)$", table, re.MULTILINE)
    rows = [tuple(cells[start : start + 4]) for start in range(4, len(cells), 4)]
    assert rows == [
        (f"``{name}``", check.severity, check.fails_when, ", ".join(check.controls) or "none")
        for name, check in CHECKS.items()
    ]


def test_limits_of_the_assessment_in_the_guide() -> None:
    assert [text for text in NOT_ASSESSED.values() if f"\n* {text}\n" not in GUIDE] == []


def test_jq_programs_of_the_guide(shell: Shell) -> None:
    """Run the jq programs if jq is installed; the names in them are always compared with the report."""
    shell.run("ansible-playbook community.onapp.backup_compliance -e onapp_fail_on=never", shell.login)
    text = (shell.reports / "report.json").read_text()
    programs = re.findall(r"^    jq -r (?:'([^']+)'|(\S+)) (\S+)$", GUIDE, re.MULTILINE)
    assert len(programs) == GUIDE.count(" jq -r ")
    for quoted, bare, path in programs:
        for name in re.findall(r"\.(\w+)", quoted or bare):
            assert f'"{name}":' in text or name == "text", name
        if shutil.which("jq"):
            done = shell.ansible.command("jq", "-r", quoted or bare, str(shell.reports / pathlib.Path(path).name))
            assert done.status == 0, done.output
