# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Jinja expressions over the variables of one host, and which of these variables decide their results.

Evaluating expressions is most of the cost of constructed options. A static analysis shows where nothing but some
variables decides a result, so that it can be reused for hosts with equal values.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

import jinja2
from ansible_collections.community.onapp.plugins.module_utils._text import printable
from jinja2 import nodes

if t.TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from ansible.template import Templar

    Variables = Mapping[str, t.Any]
    Path = tuple[str, ...]

KINDS = {bool: "true or false", str: "a text", int: "a number", float: "a number", list: "a list", dict: "a dictionary"}
PARSER = jinja2.Environment(autoescape=False)  # It only parses: no template is ever rendered with it.
PURE_NODES = (
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Dict,
    nodes.Pair,
    nodes.Keyword,
    nodes.Slice,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Concat,
    nodes.BinExpr,
    nodes.UnaryExpr,
    nodes.Name,
)
PURE_FILTERS = frozenset(
    (
        *("abs", "bool", "capitalize", "count", "d", "default", "first", "float", "int", "join", "last", "length"),
        *("list", "lower", "max", "min", "regex_replace", "regex_search", "replace", "round", "sort", "split"),
        *("string", "sum", "ternary", "title", "trim", "unique", "upper"),
    )
)
PURE_TESTS = frozenset(
    (
        *("!=", "<", "<=", "==", ">", ">=", "boolean", "contains", "defined", "divisibleby", "eq", "equalto", "even"),
        *("false", "falsy", "float", "ge", "greaterthan", "gt", "in", "integer", "iterable", "le", "lessthan", "lower"),
        *("lt", "mapping", "match", "ne", "none", "number", "odd", "regex", "search", "sequence", "string", "true"),
        *("truthy", "undefined", "upper"),
    )
)
# Globals of Jinja and Ansible, and variables that are not the host's own.
OTHER_NAMES = frozenset(
    (
        *("cycler", "dict", "hostvars", "joiner", "lipsum", "lookup", "loop", "namespace", "now", "omit", "q", "query"),
        *("range", "self", "undef", "vars", "group_names", "inventory_hostname", "inventory_hostname_short"),
    )
)
PLAIN_TYPES = (dict, list, str, int, float)


class ExpressionError(Exception):
    """An expression has no usable value for a virtual machine; the message is one line."""


def kind_of(value: t.Any) -> str:
    """The type of a value in a user's words."""
    return next((name for kind, name in KINDS.items() if isinstance(value, kind)), "null")


class Expressions:
    """Evaluates expressions of `filters` and `hostnames`. Variables in `extra` take precedence."""

    def __init__(self, templar: Templar, extra: Variables) -> None:
        self._templar = templar
        self._extra = extra

    def value(self, expression: str, variables: Variables) -> t.Any:
        """The value of an expression. Raises ExpressionError."""
        self._templar.available_variables = {**variables, **self._extra}
        try:
            return self._templar.evaluate_expression(expression)
        except Exception as error:
            raise ExpressionError(printable(error)) from error

    def condition(self, expression: bool | str, variables: Variables) -> bool:
        """Whether a condition is true. Raises ExpressionError, also if it is neither true nor false."""
        value = expression if isinstance(expression, bool) else self.value(expression, variables)
        if not isinstance(value, bool):
            raise ExpressionError(f"it gives {kind_of(value)}, not true or false; use is, in, == or | bool")
        return value


class Unknown(Exception):
    """The result of an expression may depend on more than plain data in the variables."""


def read_paths(expression: t.Any, extra: Variables) -> frozenset[Path] | None:
    """The variables, and the keys in them, that an expression reads; None if more may decide its result.

    `onapp_backup.state == "stale"` reads `("onapp_backup", "state")`. Names in `extra` are not the host's own.
    """
    if isinstance(expression, bool):
        return frozenset()
    if not isinstance(expression, str):
        return None
    try:
        body = PARSER.parse("{{ " + expression + "\n}}").body
        if len(body) != 1 or not isinstance(body[0], nodes.Output) or len(body[0].nodes) != 1:
            return None
        paths = frozenset(_paths(body[0].nodes[0]))
    except (jinja2.TemplateError, RecursionError, Unknown):
        return None
    return None if any(path[0] in extra for path in paths) else paths


def identity_at(paths: frozenset[Path], variables: Variables) -> Hashable | None:
    """The values at some paths as something that is equal only if they are equal and of the same types.

    None if there is no such value, or one that is not plain data.
    """
    try:
        return tuple(_identity(_value_at(path, variables)) for path in sorted(paths))
    except Unknown:
        return None


def _paths(node: nodes.Node) -> Iterator[Path]:
    path = _path(node)
    if not _is_pure(node) or path[:1] and path[0] in OTHER_NAMES:
        raise Unknown
    if path:
        yield path
        return
    for child in node.iter_child_nodes():
        yield from _paths(child)


def _is_pure(node: nodes.Node) -> bool:
    """Whether a part of an expression gives the same result for the same input."""
    if isinstance(node, nodes.Const):
        # ansible-core still renders templates in constants, with a deprecation warning.
        return not isinstance(node.value, str) or not any(sign in node.value for sign in "{#")
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        # A method of the value, such as items, is something else.
        key = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
        return not (isinstance(key, str) and any(hasattr(kind, key) for kind in PLAIN_TYPES))
    if isinstance(node, (nodes.Filter, nodes.Test)):
        known = PURE_FILTERS if isinstance(node, nodes.Filter) else PURE_TESTS
        return node.name in known and not node.dyn_args and not node.dyn_kwargs
    return isinstance(node, PURE_NODES)


def _path(node: nodes.Node) -> Path:
    """The path of `name`, `name.key` and `name["key"]`; empty for anything else."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        key: t.Any = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        key = node.arg.value
    else:
        return ()
    before = _path(node.node)
    return (*before, key) if before and isinstance(key, str) else ()


def _value_at(path: Path, variables: t.Any) -> t.Any:
    for step in path:
        if variables.__class__ is not dict or step not in variables:
            raise Unknown
        variables = variables[step]
    return variables


def _identity(value: t.Any) -> Hashable:
    kind = value.__class__
    if kind is str or kind is int or kind is bool or value is None:
        return (kind, value)
    if kind is float:
        return (kind, repr(value))
    if kind is list:
        return (kind, tuple(map(_identity, value)))
    if kind is dict:
        return (kind, tuple((_identity(key), _identity(item)) for key, item in value.items()))
    raise Unknown
