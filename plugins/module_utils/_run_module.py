# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""What every module does around its own work: read the options, connect, and turn errors into a value."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.client import Client, basic_token
from ansible_collections.community.onapp.plugins.module_utils._errors import OnAppError
from ansible_collections.community.onapp.plugins.module_utils._options import Connection

Params = t.TypeVar("Params")
Answer = t.TypeVar("Answer")


def run_module(
    module: t.Any,
    ask: t.Callable[[dict[str, t.Any], Connection], Params],
    answer: t.Callable[[Client, Params], Answer],
) -> Answer | OnAppError:
    """What `answer` gives for the question that the options of an AnsibleModule put, or the error.

    The error is returned, not raised, so that no traceback goes with its message.
    """
    in_url = module.params["url"].rpartition("@")[0]
    if in_url:
        module.no_log_values.add(in_url)  # credentials there are refused, but -vvv shows the options of a failed task
    try:
        connection = Connection.from_options(module.params)
        module.no_log_values.add(basic_token(connection))
        for warning in connection.warnings():
            module.warn(warning)
        params = ask(module.params, connection)
        client = Client(connection)
        try:
            return answer(client, params)
        finally:
            client.close()
    except OnAppError as error:
        return error
