# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""What an expression looks at, where that alone decides what it gives: no calls, no lookups, nothing random."""

from __future__ import annotations

import typing as t

import jinja2
from ansible_collections.community.onapp.plugins.plugin_utils._trust import UNTRUSTED_BY_DEFAULT
from jinja2 import nodes

if t.TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    Path = tuple[str, ...]

PARSER = jinja2.Environment(autoescape=False)  # It parses only: no template is ever rendered with it.
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
)
# Each gives the same for the same input, with whatever arguments.
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
# Ansible and Jinja have something of their own under these names.
TAKEN_NAMES = frozenset(
    (
        *("cycler", "dict", "hostvars", "joiner", "lipsum", "lookup", "loop", "namespace", "now", "omit", "q", "query"),
        *("range", "self", "undef", "vars"),
    )
)
PLAIN_KINDS = (dict, list, str, int, float)


class Unknown(Exception):
    """An expression does more than look at variables, or a value is of a kind that may change on its own."""


def paths_of(expression: t.Any) -> frozenset[Path] | None:
    """The variables, and the keys within them, that decide what an expression gives; None where more may decide.

    `onapp_backup.state == "stale"` looks at `("onapp_backup", "state")`.
    """
    try:
        body = PARSER.parse("{{ " + expression + "\n}}").body if isinstance(expression, str) else []
        if len(body) != 1 or not isinstance(body[0], nodes.Output) or len(body[0].nodes) != 1:
            return None
        return frozenset(_paths(body[0].nodes[0]))
    except (jinja2.TemplateError, RecursionError, Unknown):
        return None


def values_at(paths: frozenset[Path], variables: Mapping[str, t.Any]) -> Hashable:
    """The values at some paths, as something that is equal only where all of them are the same, and of the same types.

    Raises Unknown where there is no such value, or one that is more than plain data.
    """
    return tuple(_identity(_value_at(path, variables)) for path in sorted(paths))


def _paths(node: nodes.Node) -> Iterator[Path]:
    path = _path(node)
    if not _is_pure(node) or path[:1] and path[0] in TAKEN_NAMES:
        raise Unknown
    if path:
        yield path
        return
    for child in node.iter_child_nodes():
        yield from _paths(child)


def _is_pure(node: nodes.Node) -> bool:
    """Whether a part of an expression gives the same whenever what it looks at is the same."""
    if isinstance(node, nodes.Name):
        return True
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        # Methods of the value itself, such as items, would be another matter.
        key = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
        return not (isinstance(key, str) and any(hasattr(kind, key) for kind in PLAIN_KINDS))
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
    if kind is str and not UNTRUSTED_BY_DEFAULT and "{" in value:
        # A template, to ansible-core 2.18: other variables decide what it gives.
        raise Unknown
    if kind is str or kind is int or kind is bool or value is None:
        return (kind, value)
    if kind is float:
        return (kind, repr(value))
    if kind is list:
        return (kind, tuple(map(_identity, value)))
    if kind is dict:
        return (kind, tuple((_identity(key), _identity(item)) for key, item in value.items()))
    raise Unknown
