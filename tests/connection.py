# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection options for tests, and a client whose answers come from a function instead of a panel."""

from __future__ import annotations

import contextlib
import typing as t
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Answer
from ansible_collections.community.onapp.plugins.module_utils._options import Connection, argument_spec

Answers = Callable[[str, Mapping[str, t.Any]], Answer]


def connection_options(**given: t.Any) -> dict[str, t.Any]:
    """All connection options of an entry point: those of a test, and the defaults."""
    unsaid = {name: spec.get("default") for name, spec in argument_spec().items()}
    login = {"url": "https://panel.example.test", "username": "auditor@example.com", "password": "a secret key"}
    return {**unsaid, **login, **given}


# One request at a time, and a password that looks different in a URL, in JSON and in a header.
OPTIONS = connection_options(username="auditor", password="pa55w0rd/\u00e9 +", retries=0, concurrency=1)


class _Transport:
    """Replaces the transport of a client."""

    def __init__(self, answer: Answers) -> None:
        self._answer = answer

    def get(self, path: str, query: Mapping[str, t.Any], remaining: t.Any) -> Answer:
        return self._answer(path, query)

    def close(self) -> None:
        """Do nothing."""


@contextlib.contextmanager
def client_of(answer: Answers, **options: t.Any) -> Iterator[Client]:
    """A client that gets the answer to a path and a query from a function."""
    client = Client(Connection.from_options({**OPTIONS, **options}))
    client._transport = t.cast("t.Any", _Transport(answer))
    with contextlib.closing(client):
        yield client
