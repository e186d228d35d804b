# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy of the options `policy` and `policy_file`, and its SHA-256 for reports."""

from __future__ import annotations

import collections
import hashlib
import json
import os
import re
import stat
import typing as t
from collections.abc import Mapping

from .. import _errors, _text
from . import values
from .policy import Policy, parse_policy, read_policy

# PyYAML takes almost two seconds for this much, whatever is in it.
MOST_BYTES = 1024 * 1024
MERGE_TAG = "tag:yaml.org,2002:merge"
NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
TIMESTAMP_TAG = "tag:yaml.org,2002:timestamp"
# A thousand rules with every limit are fewer.
MOST_NODES = 30_000
MOST_LEVELS = 50
# PyYAML adds up numbers such as 1:30:00 in quadratic time.
MOST_NUMBER_LENGTH = 100
# Above that, finding the line of an error takes longer than it helps.
MOST_BYTES_WITH_LINES = 256 * 1024


def inline_policy(document: Mapping[str, t.Any] | None) -> tuple[Policy, str]:
    """The policy of the option `policy`, and the SHA-256 of its canonical JSON. Raises ConfigError as `read_policy`."""
    policy = read_policy(document)
    canonical = json.dumps(values.plain({} if document is None else document), sort_keys=True, separators=(",", ":"))
    return policy, hashlib.sha256(canonical.encode()).hexdigest()


def policy_of_file(path: str) -> tuple[Policy, str]:
    """The policy of a YAML or JSON file, and the file's SHA-256. Raises ConfigError that names the option and place."""
    option = f"The option policy_file ({path!a})"
    data = read_plain_file("policy_file", path, MOST_BYTES)
    document = _load(data, option)
    if document is None:
        raise _errors.ConfigError(f"{option} is empty: write a policy into it, or omit the option for the defaults.")
    try:
        return parse_policy(document), hashlib.sha256(data).hexdigest()
    except values.PolicyError as error:
        path = str(error).partition(" ")[0]
        raise _errors.ConfigError(f"{option} is wrong{_line_of(data, path)}: {error}.") from error


def read_plain_file(option: str, path: str, most_bytes: int) -> bytes:
    """The content of the file that an option names. Raises ConfigError for anything but a plain file of that size.

    Devices, pipes and directories are rejected without waiting for data.
    """
    what = f"The option {option} ({path!a})"
    remedy = "Name a plain file on the host that runs this task."
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _errors.ConfigError(f"{what} is not a plain file. {remedy}")
            with open(descriptor, "rb", closefd=False) as file:
                # A file that grows while it is read is cut here as well.
                data = file.read(most_bytes + 1) if status.st_size <= most_bytes else None
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "the path is not valid"
        raise _errors.ConfigError(f"{what} cannot be read: {why}. {remedy}") from error
    if data is None or len(data) > most_bytes:
        raise _errors.ConfigError(f"{what} is larger than {most_bytes // 1024 // 1024} MiB. {remedy}")
    return data


def _load(data: bytes, option: str) -> t.Any:
    """The document of a file: JSON, else YAML. Raises ConfigError, also for a key that is written twice."""
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=lambda pairs: _unique(pairs, option))
    except UnicodeDecodeError as error:
        raise _errors.ConfigError(f"{option} is not UTF-8 text: write it in UTF-8.") from error
    except (ValueError, RecursionError):
        return _from_yaml(data, option)[1]


def _unique(pairs: list[tuple[str, t.Any]], option: str) -> dict[str, t.Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        twice = collections.Counter(name for name, _value in pairs).most_common(1)[0][0]
        raise _errors.ConfigError(
            f"{option} has the key {_text.printable(twice)} twice in one dictionary: write it once."
        )
    return document


def _line_of(data: bytes, path: str) -> str:
    """Where in a YAML or JSON file the value at a path such as `policy.rules[0].rpo` is, as ` in line 12`."""
    if len(data) > MOST_BYTES_WITH_LINES:
        return ""
    try:
        found, _document = _from_yaml(data, "")
    except _errors.ConfigError:
        return ""
    for name, number in re.findall(r"\.([\w*-]+)|\[([0-9]+)\]", path.removeprefix("policy")):
        children = found.value if isinstance(found.value, list) else []
        if number:
            below = children[int(number)] if int(number) < len(children) else None
        else:
            below = next((pair[1] for pair in children if isinstance(pair, tuple) and pair[0].value == name), None)
        if below is None or isinstance(below, tuple):
            break
        found = below
    return f" in line {found.start_mark.line + 1}"


def _from_yaml(data: bytes, option: str) -> tuple[t.Any, t.Any]:
    """The root node and the document of YAML."""
    try:
        import yaml
    except ImportError as error:
        raise _errors.ConfigError(
            f"{option} is not JSON, and the Python that runs this task has no PyYAML to read it as YAML: install PyYAML"
            " there, or write the policy as JSON."
        ) from error

    class Loader(yaml.SafeLoader):
        """Rejects what PyYAML accepts silently, and documents that grow beyond reason."""

        # Of this document alone, because each has a class of its own.
        nodes = depth = 0
        sizes: t.ClassVar[dict[int, int]] = {}

        def compose_node(self, parent: t.Any, index: t.Any) -> t.Any:
            """Count nodes as often as aliases repeat them."""
            before = self.nodes
            is_alias = self.check_event(yaml.AliasEvent)
            self.depth += 1
            if self.depth > MOST_LEVELS:
                raise _errors.ConfigError(
                    f"{option} is nested more than {MOST_LEVELS} levels deep: that is not a policy."
                )
            node: t.Any = super().compose_node(parent, index)
            self.depth -= 1
            self.nodes += self.sizes.get(id(node), 1) if is_alias else 1
            self.sizes.setdefault(id(node), self.nodes - before)
            if self.nodes > MOST_NODES:
                raise _errors.ConfigError(
                    f"{option} has more than {MOST_NODES} values, with aliases: that is not a policy."
                )
            if node.tag in NUMBER_TAGS and len(node.value) > MOST_NUMBER_LENGTH:
                line = node.start_mark.line + 1
                raise _errors.ConfigError(
                    f"{option} has a number of more than {MOST_NUMBER_LENGTH} characters (line {line})."
                )
            return node

        def compose_mapping_node(self, anchor: t.Any) -> t.Any:
            """Reject duplicate keys. Keys from a merge key (`<<`) may be written again."""
            node = super().compose_mapping_node(anchor)
            seen: set[t.Any] = set()
            for key, value in node.value:
                line = key.start_mark.line + 1
                if key.tag == MERGE_TAG and isinstance(value, yaml.SequenceNode):
                    raise _errors.ConfigError(
                        f"{option} merges a list of dictionaries (line {line}), of which one version of PyYAML prefers"
                        " the first and another the last: merge one."
                    )
                name = key.value if key.tag == MERGE_TAG else self.construct_object(key, deep=True)
                if isinstance(name, (str, int)) and name in seen:
                    raise _errors.ConfigError(
                        f"{option} has the key {_text.printable(name)} twice in one dictionary (line {line}): write it"
                        " once."
                    )
                if isinstance(name, (str, int)):
                    seen.add(name)
                try:
                    if value.tag == TIMESTAMP_TAG:
                        self.construct_yaml_timestamp(value)
                except ValueError as error:
                    raise _errors.ConfigError(
                        f"{option} is wrong in line {value.start_mark.line + 1}: {_text.printable(name)} is"
                        f" {value.value}, which is not a date of the calendar; write a date, such as 2026-12-31."
                    ) from error
            return node

    try:
        loader = Loader(data)
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    except (
        yaml.YAMLError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        problem = _text.printable(getattr(error, "problem", None) or "it cannot be read")
        is_alias = getattr(error, "context", None) == "while scanning an alias" or "undefined alias" in problem
        hint = ' Quote patterns that begin with an asterisk, such as "*-db".' if is_alias else ""
        raise _errors.ConfigError(f"{option} is not YAML{where}: {problem}.{hint}") from error
