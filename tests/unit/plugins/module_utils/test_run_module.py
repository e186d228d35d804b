# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common code of all modules, without a module and without a panel."""

from __future__ import annotations

import base64
import sys

import pytest
from ansible_collections.community.onapp.plugins.module_utils import _run_module
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    ConfigError,
    MissingLibrary,
)
from ansible_collections.community.onapp.tests.connection import connection_options

OPTIONS = connection_options(url="https://onapp.example.com/", password="a secret key")


class Module:
    """The used parts of an AnsibleModule."""

    def __init__(self, **options):
        self.params = {**OPTIONS, **options}
        self.no_log_values = set()
        self.warnings = []

    def warn(self, text):
        self.warnings.append(text)

    def exit_json(self, **facts):
        self.ended = facts
        assert sys.exc_info() == (None, None, None), "a traceback would go with the message"
        raise SystemExit

    def fail_json(self, **facts):
        self.exit_json(failed=True, **facts)


@pytest.fixture
def clients(monkeypatch):
    """The created clients."""
    made = []

    class Client:
        def __init__(self, connection):
            self.connection = connection
            self.closed = 0
            made.append(self)

        def close(self):
            self.closed += 1

    monkeypatch.setattr(_run_module, "Client", Client)
    return made


def ended(module, parse=lambda params, connection: "params", run=lambda client, params: ({}, [])):
    """The result of the module."""
    with pytest.raises(SystemExit):
        _run_module.run_module(module, parse, run)
    return module.ended


def failed(error):
    """The result of the module after an error."""
    return {"failed": True, "msg": error.text, "failure": error.as_failure()}


def raising(error):
    def function(*_given):
        raise error

    return function


def test_answer(clients):
    module = Module()
    got = ended(
        module,
        lambda params, connection: (params["retries"], connection.url),
        lambda client, params: ({"params": params, "user": client.connection.username}, ["a warning"]),
    )
    assert got == {"changed": False, "params": (3, "https://onapp.example.com"), "user": "auditor@example.com"}
    assert [client.closed for client in clients] == [1]
    assert module.warnings == ["a warning"]


def test_result_with_a_message_is_a_failure(clients):
    module = Module()
    got = ended(module, run=lambda client, params: ({"msg": "no backup", "changed": True}, ["a warning"]))
    assert got == {"failed": True, "msg": "no backup", "changed": True}
    assert module.warnings == ["a warning"]


def test_secrets_are_registered(clients):
    module = Module()
    ended(module)
    assert base64.b64encode(b"auditor@example.com:a secret key").decode() in module.no_log_values


def test_credentials_in_the_address(clients):
    module = Module(url="https://auditor:a/secret@onapp.example.com")
    got = ended(module)
    assert got["failure"]["code"] == "config"
    assert "secret" not in got["msg"]
    assert any("a/secret" in text for text in module.no_log_values)
    assert clients == []


def test_warnings(clients):
    module = Module(url="http://onapp.example.com")
    ended(module)
    assert len(module.warnings) == 1
    assert "plain http" in module.warnings[0]


def test_wrong_option(clients):
    got = ended(Module(concurrency=0), raising(AssertionError("it must not come that far")))
    assert got["failure"]["code"] == "config"
    assert clients == []


def test_wrong_params(clients):
    error = ConfigError("The option evaluate_at is no time.")
    assert ended(Module(), raising(error)) == failed(error)
    assert clients == []


def test_error_closes_the_client(clients):
    error = AuthError("no", status=401)
    assert ended(Module(), run=raising(error)) == failed(error)
    assert [client.closed for client in clients] == [1]


def test_other_exceptions_are_raised(clients):
    for error in (ValueError("a mistake"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            ended(Module(), run=raising(error))
    assert [client.closed for client in clients] == [1, 1]


def test_client_that_cannot_be_created(monkeypatch):
    error = MissingLibrary("requests is missing.")
    monkeypatch.setattr(_run_module, "Client", raising(error))
    assert ended(Module()) == failed(error)
    assert error.text.startswith("requests is missing. Or run the task where it is installed: delegate_to: localhost")
