# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""The policy of the options `policy` and `policy_file`, and the fingerprint by which a report names it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError
from ansible_collections.community.onapp.plugins.module_utils._policy.language import plain
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy, parse_policy

if t.TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 8 * 1024 * 1024
MERGE_TAG = "tag:yaml.org,2002:merge"


class PolicyDocument(t.NamedTuple):
    """A policy, and the SHA-256 of its file, or of the canonical JSON of what was given inline."""

    policy: Policy
    sha256: str


def read_policy(document: Mapping[str, t.Any] | None) -> Policy:
    """The policy of the option `policy`. Raises ConfigError that names the key to mend."""
    try:
        return parse_policy(document)
    except PolicyError as error:
        raise ConfigError(f"The option policy is wrong: {error}.") from error


def inline_policy(document: Mapping[str, t.Any] | None) -> PolicyDocument:
    """The policy of the option `policy`. Raises ConfigError that names the key to mend."""
    policy = read_policy(document)
    canonical = json.dumps(plain({} if document is None else document), sort_keys=True, separators=(",", ":"))
    return PolicyDocument(policy, hashlib.sha256(canonical.encode()).hexdigest())


def policy_of_file(path: str) -> PolicyDocument:
    """The policy of a YAML or JSON file. Raises ConfigError that names the option, and the place in the file."""
    option = f"The option policy_file ({path!a})"
    data = read_plain_file("policy_file", path, MOST_BYTES)
    document = _loaded(data, option)
    if document is None:
        raise ConfigError(f"{option} is empty: write a policy into it, or leave the option out for the defaults.")
    try:
        return PolicyDocument(parse_policy(document), hashlib.sha256(data).hexdigest())
    except PolicyError as error:
        raise ConfigError(f"{option} is wrong: {error}.") from error


def read_plain_file(option: str, path: str, most_bytes: int) -> bytes:
    """The content of the file that an option names. Raises ConfigError for anything but a plain file of that size.

    Devices, pipes and directories are refused without waiting for them.
    """
    what = f"The option {option} ({path!a})"
    remedy = "Name a plain file on the host that runs this task."
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(f"{what} is not a plain file. {remedy}")
            with open(descriptor, "rb", closefd=False) as file:
                # A file that grows while it is read is cut here as well.
                data = file.read(most_bytes + 1) if status.st_size <= most_bytes else None
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "the path is not valid"
        raise ConfigError(f"{what} cannot be read: {why}. {remedy}") from error
    if data is None or len(data) > most_bytes:
        raise ConfigError(f"{what} is larger than {most_bytes // 1024 // 1024} MiB. {remedy}")
    return data


def _loaded(data: bytes, option: str) -> t.Any:
    """The document of a file: JSON, else YAML. A key that is written twice would hide what the first one says."""
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=lambda pairs: _unique(pairs, option))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{option} is no UTF-8 text: write it in UTF-8.") from error
    except (ValueError, RecursionError):
        return _from_yaml(data, option)


def _unique(pairs: list[tuple[str, t.Any]], option: str) -> dict[str, t.Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError(f"{option} has the key {twice} twice in one dictionary: write it once.")
    return document


def _from_yaml(data: bytes, option: str) -> t.Any:
    try:
        import yaml
    except ImportError as error:
        raise ConfigError(
            f"{option} is no JSON, and the Python that runs this task has no PyYAML to read it as YAML: install PyYAML"
            " there, or write the policy as JSON."
        ) from error

    class Loader(yaml.SafeLoader):
        """Refuses what PyYAML takes in silence."""

        def compose_mapping_node(self, anchor: t.Any) -> t.Any:
            """A dictionary as it is written: what a merge key (`<<`) brings may be written anew, and comes later."""
            node = super().compose_mapping_node(anchor)
            seen: set[t.Any] = set()
            for key, value in node.value:
                if key.tag == MERGE_TAG and isinstance(value, yaml.SequenceNode):
                    raise ConfigError(
                        f"{option} merges a list of dictionaries (line {key.start_mark.line + 1}), of which one version"
                        " of PyYAML prefers the first and another the last: merge one."
                    )
                name = key.value if key.tag == MERGE_TAG else self.construct_object(key, deep=True)
                if isinstance(name, (str, int)) and name in seen:
                    line = key.start_mark.line + 1
                    raise ConfigError(
                        f"{option} has the key {name} twice in one dictionary (line {line}): write it once."
                    )
                if isinstance(name, (str, int)):
                    seen.add(name)
            return node

    try:
        return yaml.load(data, Loader)
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
        raise ConfigError(
            f"{option} is no YAML{where}: {getattr(error, 'problem', None) or 'it cannot be read'}."
        ) from error
