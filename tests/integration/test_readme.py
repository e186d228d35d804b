# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README's examples and commands, run unchanged."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._version import VERSION
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Outcome, variables
from ansible_collections.community.onapp.tests.sample_report import REPORT_FILES
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

README = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS: list[str] = re.findall(r"`(ansible-(?:playbook|doc|inventory) [^`]+)`", README)
# The file in which a reader saves a block, by a key that only this block has.
SAVED_AS = {
    "collections": "requirements.yml",
    "hosts": "facts.yml",
    "plugin": "cloud.onapp.yml",
    "rules": "backup-policy.yml",
}


def saved() -> dict[str, str]:
    """Every block by the name of the file in which a reader saves it."""
    found = {}
    for block in BLOCKS:
        content = yaml.safe_load(block)
        keys: dict[str, t.Any] = content[0] if isinstance(content, list) else content
        (name,) = [name for key, name in SAVED_AS.items() if key in keys]
        assert name not in found
        found[name] = block
    return found


@pytest.fixture
def run(ansible: Ansible, panel: Simulator) -> t.Callable[[str], Outcome]:
    """Run a command in the folder of a reader who saved all blocks."""
    for name, block in saved().items():
        (ansible.folder / name).write_text(block, encoding="utf-8")

    def command(text: str) -> Outcome:
        return ansible.command("bash", "-e", "-c", text, environment=variables(panel))

    return command


def command_with(text: str) -> str:
    """The only command of the README that contains the text."""
    (found,) = [command for command in COMMANDS if text in command]
    return found


def test_every_block_is_tested() -> None:
    assert sorted(saved()) == sorted(SAVED_AS.values())


def test_every_command_is_tested() -> None:
    assert [command.split()[0] for command in COMMANDS].count("ansible-playbook") == 2
    assert len(COMMANDS) == 4


def test_facts(run: t.Callable[[str], Outcome]) -> None:
    done = run("ansible-playbook facts.yml")
    assert done.status == 0, done.output
    assert "is unprotected: " in done.output
    assert "is protected: " not in done.output


def test_maintenance(run: t.Callable[[str], Outcome]) -> None:
    done = run(command_with("community.onapp.maintenance"))
    assert done.status == 0, done.output
    assert "files-02" in done.output, "it is protected"
    assert "shop-05" not in done.output, "it is unprotected"


def test_compliance(ansible: Ansible, run: t.Callable[[str], Outcome]) -> None:
    done = run(command_with("community.onapp.backup_compliance"))
    assert done.status == 2, done.output
    assert "non_compliant" in done.output
    written = sorted(path.name for path in (ansible.folder / "backup-reports").iterdir())
    assert written == sorted(REPORT_FILES)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("ansible-doc")])
def test_documentation(command: str, run: t.Callable[[str], Outcome]) -> None:
    done = run(command)
    assert done.status == 0, done.output
    assert "ONAPP_URL" in done.output


def test_requirements(run: t.Callable[[str], Outcome]) -> None:
    (spec,) = yaml.safe_load(saved()["requirements.yml"])["collections"]
    assert spec["name"] == "community.onapp"
    least = spec["version"].removeprefix(">=")
    assert [int(part) for part in least.split(".")] <= [int(part) for part in VERSION.split(".")]
