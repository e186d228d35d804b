# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module does around its own work, without a module and without a panel."""

from __future__ import annotations

import base64

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
    """As much of an AnsibleModule as is used."""

    def __init__(self, **options):
        self.params = {**OPTIONS, **options}
        self.no_log_values = set()
        self.warnings = []

    def warn(self, text):
        self.warnings.append(text)


@pytest.fixture
def clients(monkeypatch):
    """The clients that were made."""
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


def asked(module, ask=lambda params, connection: "question", answer=lambda client, params: "answer"):
    return _run_module.run_module(module, ask, answer)


def raising(error):
    def function(*_given):
        raise error

    return function


def test_answer(clients):
    module = Module()
    got = asked(
        module,
        lambda params, connection: (params["retries"], connection.url),
        lambda client, params: (params, client.connection.username),
    )
    assert got == ((3, "https://onapp.example.com"), "auditor@example.com")
    assert [client.closed for client in clients] == [1]
    assert module.warnings == []


def test_secrets_are_known_to_ansible(clients):
    module = Module()
    asked(module)
    assert base64.b64encode(b"auditor@example.com:a secret key").decode() in module.no_log_values


def test_credentials_in_the_address(clients):
    module = Module(url="https://auditor:a/secret@onapp.example.com")
    error = asked(module)
    assert isinstance(error, ConfigError)
    assert "secret" not in error.text
    assert any("a/secret" in text for text in module.no_log_values)
    assert clients == []


def test_warnings(clients):
    module = Module(url="http://onapp.example.com")
    asked(module)
    assert len(module.warnings) == 1
    assert "plain http" in module.warnings[0]


def test_wrong_option(clients):
    error = asked(Module(concurrency=0), raising(AssertionError("it must not come that far")))
    assert isinstance(error, ConfigError)
    assert clients == []


def test_wrong_question(clients):
    error = ConfigError("The option evaluate_at is no time.")
    assert asked(Module(), raising(error)) is error
    assert clients == []


def test_error_is_returned_and_the_client_closed(clients):
    error = AuthError("no", status=401)
    assert asked(Module(), answer=raising(error)) is error
    assert [client.closed for client in clients] == [1]


def test_what_is_no_error_of_ours_is_raised(clients):
    for error in (ValueError("a mistake"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            asked(Module(), answer=raising(error))
    assert [client.closed for client in clients] == [1, 1]


def test_client_that_cannot_be_made(monkeypatch):
    error = MissingLibrary("requests is missing.")
    monkeypatch.setattr(_run_module, "Client", raising(error))
    assert asked(Module()) is error
    assert error.text.startswith("requests is missing. Or run the task where it is installed: delegate_to: localhost")
