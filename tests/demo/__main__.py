# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A demonstration of the collection on the simulator or, with ONAPP_URL set, on a real control panel."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import typing as t

from ansible_collections.community.onapp.tests.simulator.process import Simulator

HERE = pathlib.Path(__file__).resolve().parent
INVENTORY = HERE / "demo.onapp.yml"
FRESH_BACKUP = HERE / "fresh_backup.yml"
BIN = pathlib.Path(sys.executable).parent
REPORTS = HERE.parent.parent / "build" / "backup-reports"
COMPLIANCE = json.dumps(
    {"onapp_policy_file": str(HERE / "policy.yml"), "onapp_report_dir": str(REPORTS), "onapp_fail_on": "never"}
)
REQUIRED = ("ONAPP_URL", "ONAPP_USERNAME")

NEXT = """
What to do next
  on a real panel   ONAPP_URL=https://onapp.example.com ONAPP_USERNAME=you@example.com ONAPP_API_KEY=... make demo
  the options       .venv/bin/ansible-doc community.onapp.onapp_backup_info
                    .venv/bin/ansible-doc community.onapp.onapp_backup
                    .venv/bin/ansible-doc -t inventory community.onapp.onapp
                    .venv/bin/ansible-doc community.onapp.onapp_backup_compliance
  your own playbook see "Use Cases" in README.md
"""


@contextlib.contextmanager
def control_panel() -> t.Iterator[dict[str, str]]:
    """The environment variables for a connection to a control panel; the simulator runs as long as this context."""
    if "ONAPP_URL" in os.environ:
        missing = [name for name in REQUIRED if not os.environ.get(name)]
        if not (os.environ.get("ONAPP_PASSWORD") or os.environ.get("ONAPP_API_KEY")):
            missing.append("ONAPP_PASSWORD (or ONAPP_API_KEY)")
        if missing:
            sys.exit(f"ONAPP_URL means a real control panel; set {' and '.join(missing)}, or unset ONAPP_URL.")
        print_step(f"Using the control panel that ONAPP_URL names, as {os.environ['ONAPP_USERNAME']}. It is only read.")
        yield {}
        return
    with Simulator() as panel:
        print_step(f"Started a simulated OnApp control panel at {panel.url}, with backups in every state.")
        yield panel.variables
    print_step("Stopped the simulated control panel.")


def print_step(text: str) -> None:
    """Print a line about the next step."""
    print(f"==> {text}", flush=True)


STEPS = (
    (
        "Running ansible-playbook with community.onapp.onapp_backup_info:",
        ("ansible-playbook", "-i", "localhost,", HERE / "playbook.yml"),
    ),
    (
        "Reading the same cloud as an inventory, its virtual machines grouped by the state of their backups:",
        ("ansible-inventory", "-i", INVENTORY, "--graph"),
    ),
    (
        "Running community.onapp.maintenance, which works only on the group onapp_backup_protected:",
        ("ansible-playbook", "-i", INVENTORY, "community.onapp.maintenance", "-e", "maintenance_batch=100%"),
    ),
    (
        "Making sure of a fresh backup of one virtual machine with community.onapp.onapp_backup; its group changes:",
        ("ansible-playbook", "-i", INVENTORY, FRESH_BACKUP),
    ),
    (
        "Checking the cloud against a policy with community.onapp.backup_compliance, set here not to fail:",
        ("ansible-playbook", "-i", "localhost,", "community.onapp.backup_compliance", "-e", COMPLIANCE),
    ),
)


def main() -> int:
    """Run the demonstration; the exit code is that of the first command that fails."""
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    settings = {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml", "ANSIBLE_NOCOWS": "1"}
    settings["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "true"
    try:
        with control_panel() as connection:
            for text, (program, *arguments) in STEPS:
                print_step(text)
                if not connection and FRESH_BACKUP in arguments:
                    arguments.append("--check")  # a real control panel is only read
                done = subprocess.run(
                    [BIN / program, *arguments], env={**os.environ, **settings, **connection}, check=False
                )
                if done.returncode:
                    print_step(f"{program} ended with {done.returncode}; the message above says what to do.")
                    return done.returncode
    except KeyboardInterrupt:
        print_step("Interrupted; everything that was started has been stopped.")
        return 130
    print_step(f"Open the report in a browser: {(REPORTS / 'report.html').as_uri()}")
    print(NEXT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
