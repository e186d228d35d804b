# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples for the automation controller do what they promise, from the credential to the result of a job."""

from __future__ import annotations

import json
import pathlib
import typing as t

import jinja2
import jinja2.sandbox
import pytest
from ansible_collections.community.onapp.tests.integration.runner import Outcome, squeezed
from ansible_collections.community.onapp.tests.packaging.controller import Controller, Injected, credential_type
from ansible_collections.community.onapp.tests.simulator.process import Simulator

COMPLIANCE, MAINTENANCE = "OnApp backup compliance", "OnApp maintenance"
CLOUD: dict[str, t.Any] = {
    "virtual_machines": [
        {"id": 1, "backups": [{}]},
        {"id": 2, "label": "bare", "backups": []},
        {"id": 3, "label": "{{ lookup('pipe', 'touch trap') }}", "backups": [{}]},
    ]
}


@pytest.fixture
def controller(tmp_path: pathlib.Path, installed: pathlib.Path) -> Controller:
    return Controller(tmp_path, installed)


def login(panel: Simulator) -> dict[str, str]:
    """The inputs of a credential for a panel, without those that may be left out."""
    return {"url": panel.url, "username": panel.username, "api_key": panel.password}


def assert_secret(panel: Simulator, *texts: str) -> None:
    assert [text for text in texts if panel.password in text] == []


def test_the_credential_type_is_one_that_awx_takes() -> None:
    """By the rules that AWX checks when one is made."""
    kind = credential_type()
    assert kind["kind"] in ("cloud", "net")
    fields = kind["inputs"]["fields"]
    known = {"id", "type", "label", "help_text", "multiline", "secret", "choices", "default", "format"}
    for field in fields:
        assert known >= set(field) >= {"id", "label", "type"}
        assert field["id"].isidentifier() and field["id"] != "tower"
        if field["type"] == "boolean":
            assert not {"multiline", "secret", "choices", "format"} & set(field)
        else:
            assert field["type"] == "string"
    names = [field["id"] for field in fields]
    assert len(set(names)) == len(names)
    assert set(kind["inputs"]) == {"fields", "required"} and set(kind["inputs"]["required"]) <= set(names)
    assert [field["id"] for field in fields if field.get("secret")] == ["api_key"]

    # Every template may name the fields and the files, and nothing else.
    files = {name.partition(".")[2]: "EXAMPLE_FILENAME" for name in kind["injectors"]["file"]}
    names_known = {**dict.fromkeys(names, "EXAMPLE"), "tower": {"filename": files}}
    strict = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    for part in ("file", "env"):
        for name, template in kind["injectors"][part].items():
            assert template.isascii() and not name.startswith("ANSIBLE_")
            strict.from_string(template).render(names_known)


def test_what_a_credential_gives(controller: Controller) -> None:
    full = {"url": "https://onapp.example.com", "username": "me@example.com", "api_key": "s3cret-k3y"}
    given = controller.inject(**full, ca_certificate="-----BEGIN", skip_certificate_check=True)
    path = pathlib.Path(given.environment["ONAPP_CA_PATH"])
    assert path.read_text() == "-----BEGIN"
    assert path.stat().st_mode & 0o077 == 0
    assert given.environment == {
        "ONAPP_URL": "https://onapp.example.com",
        "ONAPP_USERNAME": "me@example.com",
        "ONAPP_PASSWORD": "s3cret-k3y",
        "ONAPP_VALIDATE_CERTS": "False",
        "ONAPP_CA_PATH": str(path),
    }
    assert given.shown["ONAPP_PASSWORD"] == "**********"
    assert "s3cret-k3y" not in given.shown.values()


@pytest.mark.parametrize("empty", [{}, {"ca_certificate": "", "skip_certificate_check": False}])
def test_what_is_left_out_is_safe(controller: Controller, empty: dict[str, t.Any]) -> None:
    given = controller.inject(url="https://x", username="me", api_key="k", **empty).environment
    assert (given["ONAPP_VALIDATE_CERTS"], given["ONAPP_CA_PATH"]) == ("True", "")


def saved(controller: Controller) -> dict[str, t.Any]:
    """The inventory as AWX saves it."""
    read: dict[str, t.Any] = json.loads(controller.written.read_text())
    return read


def test_inventory_and_maintenance(controller: Controller, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    credential = controller.inject(**login(panel))
    done = controller.update(credential)
    assert done.status == 0, done.output
    inventory = saved(controller)
    assert inventory["all"]["vars"]["onapp_inventory"]["complete"] is True
    assert len(inventory["onapp_backup_protected"]["hosts"]) == 2
    assert inventory["onapp_backup_unprotected"]["hosts"] == ["bare"]
    assert_secret(panel, done.output, controller.written.read_text())

    # The job has no credential: all that it knows is in the inventory.
    done = controller.job(MAINTENANCE)
    assert done.status == 0, done.output
    shown = squeezed(done.output)
    assert "vm-1:newestrecoverypoint" in shown
    assert squeezed("{{ lookup('pipe', 'touch trap') }}: newest recovery point") in shown
    assert list(controller.data.parent.rglob("trap")) == []


def test_a_source_that_fails_fails_the_update(controller: Controller, panel: Simulator) -> None:
    """Then nothing is saved, and the jobs that wait for it do not start."""
    panel.reset(cloud=CLOUD)
    done = controller.update(controller.inject(**{**login(panel), "api_key": "wr0ng-k3y"}))
    assert done.status != 0
    assert not controller.written.exists()
    assert "The control panel refuses the credentials" in done.output
    assert "wr0ng-k3y" not in done.output
    panel.faults([{"fault": "status", "status": 500, "route": "virtual_machines"}])
    done = controller.update(controller.inject(**login(panel)))
    assert done.status != 0
    assert not controller.written.exists()
    assert_secret(panel, done.output)


def test_what_could_not_be_read_stops_the_maintenance(controller: Controller, panel: Simulator) -> None:
    """The update succeeds, so the record in the inventory must tell."""
    panel.reset(cloud=CLOUD)
    panel.faults([{"fault": "status", "status": 500, "route": "backups", "vm": 1}])
    done = controller.update(controller.inject(**login(panel)))
    assert done.status == 0, done.output
    assert saved(controller)["onapp_backup_unknown"]["hosts"] == ["vm-1"]
    done = controller.job(MAINTENANCE)
    assert done.status == 2
    assert "The inventory is incomplete" in done.output


def test_an_old_inventory_stops_the_maintenance(controller: Controller, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    assert controller.update(controller.inject(**login(panel))).status == 0
    inventory = saved(controller)
    inventory["all"]["vars"]["onapp_inventory"]["generated_at"] = "2026-01-01T00:00:00Z"
    controller.written.write_text(json.dumps(inventory))
    done = controller.job(MAINTENANCE)
    assert done.status == 2
    assert "run again with --flush-cache" in done.output


def compliance(controller: Controller, credential: Injected, panel: Simulator) -> tuple[Outcome, dict[str, t.Any]]:
    """Run the job, and hand back what it puts among its artifacts, too."""
    done = controller.job(COMPLIANCE, credential, report_dir=str(controller.data / "reports"))
    (stats,) = [event for event in controller.events() if event["event"] == "playbook_on_stats"]
    assert_secret(panel, done.output, json.dumps(controller.events()))
    return done, stats["event_data"]["artifact_data"]


def test_compliance_behind_tls_of_a_private_authority(controller: Controller, tls_panel: Simulator) -> None:
    tls_panel.reset(cloud=CLOUD)
    assert tls_panel.ca_file
    authority = pathlib.Path(tls_panel.ca_file).read_text()
    done, artifacts = compliance(controller, controller.inject(**login(tls_panel), ca_certificate=authority), tls_panel)
    assert done.status == 2
    assert artifacts["onapp_backup_status"] == "non_compliant"
    assert "1 of 3 virtual machines breaks the policy critically" in artifacts["onapp_backup_headline"]
    assert artifacts["onapp_backup_states"]["unprotected"] == 1
    report = json.loads((controller.data / "reports" / "report.json").read_text())
    assert report["status"] == "non_compliant"
    assert report["summary"]["by_state"] == artifacts["onapp_backup_states"]
    assert report["summary"]["by_severity"] == artifacts["onapp_backup_findings"]

    done, artifacts = compliance(controller, controller.inject(**login(tls_panel)), tls_panel)
    assert (done.status, artifacts["onapp_backup_status"]) == (2, "unknown")
    trusting = controller.inject(**login(tls_panel), skip_certificate_check=True)
    done, artifacts = compliance(controller, trusting, tls_panel)
    assert (done.status, artifacts["onapp_backup_status"]) == (2, "non_compliant")


def test_inventory_behind_tls_of_a_private_authority(controller: Controller, tls_panel: Simulator) -> None:
    tls_panel.reset(cloud=CLOUD)
    assert tls_panel.ca_file
    authority = pathlib.Path(tls_panel.ca_file).read_text()
    assert controller.update(controller.inject(**login(tls_panel))).status != 0
    done = controller.update(controller.inject(**login(tls_panel), ca_certificate=authority))
    assert done.status == 0, done.output
    assert_secret(tls_panel, done.output)


def test_a_compliant_cloud_passes(controller: Controller, panel: Simulator) -> None:
    panel.reset(cloud={"virtual_machines": [{"id": 1, "backups": [{}]}]})
    (controller.project / "backup-policy.yml").write_text("defaults: {min_copies: null, retention: null}\n")
    done, artifacts = compliance(controller, controller.inject(**login(panel)), panel)
    assert done.status == 0, done.output
    assert artifacts["onapp_backup_status"] == "compliant"


def test_a_policy_with_a_mistake_is_unknown(controller: Controller, panel: Simulator) -> None:
    (controller.project / "backup-policy.yml").write_text("defaults: {rpoo: 26h}\n")
    done, artifacts = compliance(controller, controller.inject(**login(panel)), panel)
    assert done.status == 2
    assert artifacts["onapp_backup_status"] == "unknown"
    assert "rpoo" in artifacts["onapp_backup_headline"]
