# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""What every module does around its own work: convert the options, connect, and return errors."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._errors import MissingLibrary, OnAppError
from ansible_collections.community.onapp.plugins.module_utils._options import Connection, secret_texts

Params = t.TypeVar("Params")
Result = t.TypeVar("Result")


def run_module(
    module: t.Any,
    parse_params: t.Callable[[dict[str, t.Any], Connection], Params],
    run: t.Callable[[Client, Params], Result],
) -> Result | OnAppError:
    """What `run` returns for the parsed options of an AnsibleModule, or the error.

    The error is returned, not raised, so that no traceback goes with its message.
    """
    # For ansible-core before 2.22; later ones have the secrets registered with them by `from_options`.
    module.no_log_values.update(secret_texts(module.params))
    try:
        connection = Connection.from_options(module.params)
        for warning in connection.warnings():
            module.warn(warning)
        params = parse_params(module.params, connection)
        client = Client(connection)
        try:
            return run(client, params)
        finally:
            client.close()
    except OnAppError as error:
        if isinstance(error, MissingLibrary):
            error.text += (
                " Or run the task where it is installed: delegate_to: localhost with the variable"
                ' ansible_python_interpreter set to "{{ ansible_playbook_python }}".'
            )
        return error
