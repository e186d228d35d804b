# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of a control panel that is in this process: no network, no waits, and answers that are a function."""

from __future__ import annotations

import collections.abc
import contextlib
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Answer
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.tests.connection import connection_options

OPTIONS = connection_options(username="auditor", password="pa55w0rd/\u00e9 +", retries=0, concurrency=1)


class Answers:
    """In place of a transport: `answer` gives what comes back for a path and a query."""

    def __init__(self, answer: collections.abc.Callable[[str, collections.abc.Mapping[str, t.Any]], Answer]) -> None:
        self._answer = answer

    def get(self, path: str, query: collections.abc.Mapping[str, t.Any], remaining: t.Any) -> Answer:
        return self._answer(path, query)

    def close(self) -> None:
        """Nothing is open."""


@contextlib.contextmanager
def client_of(
    answer: collections.abc.Callable[[str, collections.abc.Mapping[str, t.Any]], Answer], **options: t.Any
) -> collections.abc.Iterator[Client]:
    """A client that gets its answers from a function, one after the other."""
    client = Client(Connection.from_options({**OPTIONS, **options}))
    client._transport = t.cast("t.Any", Answers(answer))
    with contextlib.closing(client):
        yield client
