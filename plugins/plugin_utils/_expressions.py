# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Jinja expressions of the user over variables of a virtual machine: the same value on every ansible-core."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._text import printable
from ansible_collections.community.onapp.plugins.plugin_utils._trust import as_data

if t.TYPE_CHECKING:
    from collections.abc import Mapping


class ExpressionError(Exception):
    """An expression has no value for a virtual machine; the message is one line."""


def evaluate(templar: t.Any, expression: str) -> t.Any:
    """What an expression gives over the variables that the templar has; raises whatever the templar raises."""
    if hasattr(templar, "evaluate_expression"):
        return templar.evaluate_expression(expression)
    # ansible-core 2.18 makes a list of a text that looks like one, so the result goes through it as JSON behind a sign.
    template = '{{ "=" ~ ((' + expression + ") | to_json) }}"
    return as_data(json.loads(templar.template(template, escape_backslashes=False)[1:]))


class Expressions:
    """Evaluates expressions; `extra` are variables that win over the virtual machine's own, such as extra vars."""

    def __init__(self, templar: t.Any, extra: Mapping[str, t.Any]) -> None:
        self._templar = templar
        self._extra = extra

    def value(self, expression: str, variables: Mapping[str, t.Any]) -> t.Any:
        """What an expression gives. Raises ExpressionError."""
        self._templar.available_variables = {**as_data(variables), **self._extra}
        try:
            return evaluate(self._templar, expression)
        except Exception as error:
            raise ExpressionError(printable(error)) from error

    def condition(self, expression: bool | str, variables: Mapping[str, t.Any]) -> bool:
        """Whether an expression holds. Raises ExpressionError, also when it gives neither true nor false."""
        value = expression if isinstance(expression, bool) else self.value(expression, variables)
        if not isinstance(value, bool):
            kinds = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "a dictionary"}
            kind = next((name for kind, name in kinds.items() if isinstance(value, kind)), "nothing")
            raise ExpressionError(f"it gives {kind}, not true or false; write it with is, in, == or | bool")
        return value
