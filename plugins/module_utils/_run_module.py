# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module does around its own work: convert the options, connect, and end with the result or an error."""

from __future__ import annotations

import typing as t

from . import _errors, _options
from ._api.client import Client

Params = t.TypeVar("Params")


def run_module(
    module: t.Any,
    parse_params: t.Callable[[dict[str, t.Any], _options.Connection], Params],
    run: t.Callable[[Client, Params], tuple[dict[str, t.Any], list[str]]],
) -> None:
    """Run an AnsibleModule to its end. `run` gives what it returns, for parsed options, and warnings.

    The module fails if `run` returns a `msg`, and after an error.
    """
    # For ansible-core before 2.22; later ones have the secrets registered with them by `from_options`.
    module.no_log_values.update(_options.secret_texts(module.params))
    try:
        connection = _options.Connection.from_options(module.params)
        for warning in connection.warnings():
            module.warn(warning)
        params = parse_params(module.params, connection)
        client = Client(connection)
        try:
            facts, warnings = run(client, params)
        finally:
            client.close()
        for warning in warnings:
            module.warn(warning)
    except _errors.OnAppError as error:
        if isinstance(error, _errors.MissingLibrary):
            error.text += (
                " Or run the task where it is installed: delegate_to: localhost with the variable"
                ' ansible_python_interpreter set to "{{ ansible_playbook_python }}".'
            )
        facts = {"msg": error.text, "failure": error.as_failure()}
    # Not while the error is handled, so that no traceback goes with its message.
    if "msg" in facts:
        module.fail_json(**facts)
    module.exit_json(**{"changed": False, **facts})
