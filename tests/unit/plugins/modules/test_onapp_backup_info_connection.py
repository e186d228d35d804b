# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificates onapp_backup_info trusts, and where it sends credentials."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.community.onapp.plugins.modules import onapp_backup_info
from ansible_collections.community.onapp.tests.integration.listener import listen
from ansible_collections.community.onapp.tests.simulator.process import Simulator

Run = t.Callable[..., dict[str, t.Any]]

ONE = {"virtual_machines": [1], "gather_subset": ["virtual_machines"], "retries": 0}
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture
def no_certificate(tmp_path: pathlib.Path) -> str:
    """A file without a certificate."""
    path = tmp_path / "bundle.pem"
    path.write_text("this is no certificate\n")
    return str(path)


@pytest.mark.parametrize(
    ("options", "variables", "code"),
    [
        ({}, {}, "tls"),
        ({}, dict.fromkeys(BUNDLES, "{ca}"), "tls"),
        ({"ca_path": "{ca}"}, dict.fromkeys(BUNDLES, "{wrong}"), None),
        ({}, {"ONAPP_CA_PATH": "{ca}"}, None),
        ({"validate_certs": False}, dict.fromkeys(BUNDLES, "{wrong}"), None),
        ({}, {"ONAPP_VALIDATE_CERTS": "no"}, None),
        ({"ca_path": "{ca}.missing"}, {}, "config"),
        ({"ca_path": "{wrong}"}, {}, "config"),
        ({"ca_path": "{ca}", "url": "https://127.1:{port}"}, {}, "tls"),
        ({"url": "http://127.0.0.1:{port}"}, {}, "connection"),
    ],
    ids=str,
)
def test_trusted_certificates(
    run_module: t.Any,
    tls_panel: Simulator,
    no_certificate: str,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, t.Any],
    variables: dict[str, str],
    code: str | None,
) -> None:
    values = {"ca": tls_panel.ca_file, "wrong": no_certificate, "port": tls_panel.port}
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(**values))
    own = {name: value.format(**values) if isinstance(value, str) else value for name, value in options.items()}
    result = run_module(onapp_backup_info, tls_panel, **{**ONE, **own})
    assert result.get("failure", {}).get("code") == code, result
    assert "Traceback" not in run_module.output
    assert "InsecureRequestWarning" not in run_module.output
    if code and "url" not in options:
        assert "ca_path" in result["msg"]
    # No untrusted server receives the credentials.
    assert tls_panel.counts()["requests"] == (code is None)


def test_credentials_go_to_the_panel_only(
    run: Run, panel: Simulator, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login netrc password netrc\ndefault login d password d\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    with listen() as other:
        targets = {
            3: f"http://127.0.0.1:{other.port}/virtual_machines/3.json",
            4: f"http://localhost:{panel.port}/virtual_machines/4.json",
            5: "/virtual_machines/6.json",
            7: "",
        }
        panel.faults(
            [
                {"fault": "redirect", "vm": 3, "location": f"{targets[3]}?from=panel"},
                {"fault": "redirect", "vm": 4, "location": targets[4]},
                {"fault": "redirect", "vm": 5, "location": targets[5], "status": 307},
                {"fault": "redirect", "vm": 7, "location": "circle"},
            ]
        )
        assert [vm["id"] for vm in run(**ONE)["virtual_machines"]] == [1]
        for number, target in targets.items():
            result = run(**{**ONE, "virtual_machines": [number]})
            assert (result["failure"]["code"], result["failure"]["attempts"]) == ("config", 1)
            assert f"redirects to {target}" in result["msg"]
            assert "set url" in result["msg"]
            assert panel.password not in str(result)
        assert other.heads == []
    # The panel would refuse the credentials of .netrc.
    assert set(panel.counts()["by_status"]) == {"200", "302", "307"}
