# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""onapp_backup_info through Ansible's commands: URL and credentials from every source, and trusted certificates."""

from __future__ import annotations

import json

import pytest
from ansible_collections.community.onapp.tests.integration.listener import listen
from ansible_collections.community.onapp.tests.integration.runner import MODULE, Ansible, info, options, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.once

LOGIN = {"username": "user1875", "password": "canary-password-1875"}


@pytest.mark.slow
def test_logins(ansible: Ansible, panel: Simulator) -> None:
    url = {"url": panel.url, "virtual_machines": [1], "gather_subset": ["virtual_machines"]}
    in_environment = {"environment": variables(panel)}
    wrong = {"environment": {**variables(panel), "ONAPP_PASSWORD": "wrong"}}
    done = ansible.tasks(
        {
            "key": info(**url, username=panel.username, password=panel.password),
            "alias": info(**url, username=panel.username, api_key=panel.password),
            "login": info(**url, **LOGIN),
            "slash": info(**{**url, "url": panel.url + "/"}, **LOGIN),
            "task_environment": info(in_environment, virtual_machines=[1]),
            "option_before_environment": info(wrong, virtual_machines=[1], password=panel.password),
        }
    )
    assert done.status == 0, done.output
    for name, result in done.results.items():
        assert not result.get("failed"), (name, result)
        assert [vm["id"] for vm in result["virtual_machines"]] == [1]
        assert result["cloud"] == {"url": panel.url}
    assert set(panel.counts()["by_status"]) == {"200"}
    assert done.output.count("is plain http") >= 1


def test_environment_variables_with_the_ad_hoc_command(ansible: Ansible, panel: Simulator) -> None:
    own = {"ONAPP_URL": panel.url, "ONAPP_USERNAME": panel.username, "ONAPP_API_KEY": panel.password}
    done = ansible.command("ansible", "localhost", "-m", MODULE, "-a", "virtual_machines=1,2", environment=own)
    assert done.status == 0, done.output
    head, _brace, rest = done.output.partition("=> {")
    assert head.startswith("localhost | SUCCESS") or "\nlocalhost | SUCCESS" in head
    result, _end = json.JSONDecoder().raw_decode("{" + rest)
    assert [vm["id"] for vm in result["virtual_machines"]] == [1, 2]

    refused = ansible.command(
        "ansible", "localhost", "-m", MODULE, environment={**variables(panel), "ONAPP_PASSWORD": "x"}
    )
    assert refused.status == 2
    assert "localhost | FAILED!" in refused.output
    assert '"code": "auth"' in refused.output


@pytest.mark.slow
def test_trusted_certificates(ansible: Ansible, tls_panel: Simulator) -> None:
    ca_file = str(tls_panel.ca_file)
    no_bundle = ansible.folder / "bundle.pem"
    no_bundle.write_text("this is no certificate\n")
    one = {"virtual_machines": [1], "gather_subset": ["virtual_machines"], "retries": 0}

    def with_bundle(path: str) -> dict[str, object]:
        return {"environment": {"REQUESTS_CA_BUNDLE": path, "CURL_CA_BUNDLE": path}}

    done = ansible.tasks(
        {
            "not_trusted": info(**one),
            "bundle_is_not_asked": info(with_bundle(ca_file), **one),
            "ca_path_before_bundle": info(with_bundle(str(no_bundle)), **one, ca_path=ca_file),
            "ca_path_in_environment": info({"environment": {"ONAPP_CA_PATH": ca_file}}, **one),
            "not_checked": info(with_bundle(str(no_bundle)), **one, validate_certs=False),
            "not_checked_by_environment": info({"environment": {"ONAPP_VALIDATE_CERTS": "no"}}, **one),
            "no_such_file": info(**one, ca_path=f"{ca_file}.missing"),
            "no_certificate": info(**one, ca_path=str(no_bundle)),
            "wrong_name": info(**one, ca_path=ca_file, url=f"https://127.1:{tls_panel.port}"),
            "not_https": info(**one, url=f"http://127.0.0.1:{tls_panel.port}"),
        },
        "-vvv",
        panel=tls_panel,
    )
    assert done.status == 0, done.output
    assert "Traceback" not in done.output
    assert "InsecureRequestWarning" not in done.output
    failures = {name: result["failure"]["code"] for name, result in done.results.items() if result.get("failed")}
    assert failures == {
        "not_trusted": "tls",
        "bundle_is_not_asked": "tls",
        "no_such_file": "config",
        "no_certificate": "config",
        "wrong_name": "tls",
        "not_https": "connection",
    }
    for name in ("not_trusted", "no_such_file", "no_certificate"):
        assert "ca_path" in done.results[name]["msg"]
    # No untrusted server received the credentials.
    assert tls_panel.counts()["requests"] == 4


@pytest.mark.slow
def test_credentials_go_to_the_panel_only(ansible: Ansible, panel: Simulator) -> None:
    (ansible.home / ".netrc").write_text("machine 127.0.0.1 login netrc password netrc\ndefault login d password d\n")
    (ansible.home / ".netrc").chmod(0o600)
    one = {"gather_subset": ["virtual_machines"], "retries": 0}
    with listen() as other:
        elsewhere = f"http://127.0.0.1:{other.port}/virtual_machines/3.json?from=panel"
        panel.faults(
            [
                {"fault": "redirect", "vm": 3, "location": elsewhere},
                {"fault": "redirect", "vm": 4, "location": f"http://localhost:{panel.port}/virtual_machines/4.json"},
                {"fault": "redirect", "vm": 5, "location": "/virtual_machines/6.json", "status": 307},
                {"fault": "redirect", "vm": 7, "location": "circle"},
            ]
        )
        calls = {f"vm_{number}": info(virtual_machines=[number], **one) for number in (1, 3, 4, 5, 7)}
        done = ansible.tasks(calls, panel=panel)
        assert other.heads == []
    assert done.status == 0, done.output
    results = done.results
    # The panel would refuse the credentials of .netrc.
    assert set(panel.counts()["by_status"]) == {"200", "302", "307"}
    assert [vm["id"] for vm in results["vm_1"]["virtual_machines"]] == [1]
    targets = {3: f"http://127.0.0.1:{other.port}/virtual_machines/3.json", 5: "/virtual_machines/6.json"}
    targets[4] = f"http://localhost:{panel.port}/virtual_machines/4.json"
    for number in (3, 4, 5, 7):
        assert results[f"vm_{number}"]["failure"]["code"] == "config"
        assert results[f"vm_{number}"]["failure"]["attempts"] == 1
        assert f"redirects to {targets.get(number, '')}" in results[f"vm_{number}"]["msg"]
        assert "set url" in results[f"vm_{number}"]["msg"]
    assert options(panel)["password"] not in done.output
