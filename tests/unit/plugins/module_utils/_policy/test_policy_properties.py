# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any document and any file is a usable policy or a ConfigError, never another exception."""

from __future__ import annotations

import copy
import json
import typing as t
from collections.abc import Callable

import hypothesis
import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.document import (
    inline_policy,
    policy_of_file,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy, parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine
from ansible_collections.community.onapp.tests.properties import examples, find
from ansible_collections.community.onapp.tests.unit.strategies import (
    NOW,
    VM_ID,
    as_json,
    damaged,
    json_values,
    texts,
    words,
)
from hypothesis import strategies as st

Document = dict[str, t.Any]
Found = tuple[Policy, str]
# All sections with every key.
FULL: Document = {
    **parse_policy(None).effective,
    "name": "production",
    "timezone": "Europe/Berlin",
    "server_sites": {"1": "ams", "2": "fra"},
    "rules": [
        {
            "name": "gold",
            "match": {"label": ["db-*", "erp-*"]},
            "rpo": "12h",
            "retention": {"monthly": {"count": 6, "min": 6}},
        },
        {"name": "test", "match": {"id": [42], "hostname": "test-*"}, "rpo": "8d", "retention": None},
    ],
    "exemptions": [
        {
            "id": "EX-014",
            "match": {"id": [311]},
            "checks": ["rpo", "min_copies"],
            "category": "mitigated",
            "reason": "Replicated by the database layer",
            "approved_by": "J. Doe",
            "ticket": "OPS-2231",
            "expires": "2026-05-31",
        }
    ],
}
SMALL: Document = {"defaults": {"rpo": "26h", "max_gap": None}, "rules": [{"name": "all", "match": {"user_id": 7}}]}
VM = VirtualMachine.from_row({"id": VM_ID, "label": "db-1", "hostname": "test-1", "user_id": 7, "built": True})
# YAML with unexpected or unreadable values.
YAML_FRAGMENTS = (
    "rules: *gold\n",
    "a: &b [*b]\n",
    "<<: {rpo: 1h}\n",
    "? [1, 2]\n: 3\n",
    "!!python/object:os.system x\n",
    "expires: 2026-13-45\n",
    "rpo: 12:30:00\n",
    "rpo: 1e999999\n",
    "version: 0b_\n",
    "version: 0x\n",
    "rpo: .inf\n",
    "- \t\n",
    "%YAML 9.9\n---\n",
    "--- a\n--- b\n",
    "name: |\n  x\n y\n",
    "name: !!int x\n",
    "name: !!timestamp x\n",
    "name: !!binary ?\n",
)


def places(value: t.Any, path: tuple[t.Any, ...] = ()) -> list[tuple[t.Any, ...]]:
    """The path to every value in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, item in items for found in [(*path, name), *places(item, (*path, name))]]


@st.composite
def changed_documents(draw: st.DrawFn) -> Document:
    """A valid policy with up to three values replaced, removed, or moved to another key."""
    document: Document = copy.deepcopy(draw(st.sampled_from([FULL, SMALL])))
    for change in draw(st.lists(st.sampled_from(["replace", "replace", "remove", "rename"]), max_size=3)):
        paths = places(document)
        if not paths:
            break
        *parents, name = draw(st.sampled_from(paths))
        holder: t.Any = document
        for step in parents:
            holder = holder[step]
        if change == "replace":
            holder[name] = draw(
                st.one_of(json_values, st.sampled_from(["1h", "0h", "2w", 0, 1, "24:00", "*", ["*"], {}]))
            )
        elif isinstance(holder, dict):
            value = holder.pop(name)
            if change == "rename":
                holder[draw(st.one_of(words, texts, st.sampled_from(list(FULL))))] = value
        else:
            del holder[name]
    return document


documents = st.one_of(
    changed_documents(),
    changed_documents(),
    st.dictionaries(st.one_of(st.sampled_from(list(FULL)), texts), json_values),
)


def as_yaml(document: t.Any) -> bytes:
    return yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "replace")


files = st.one_of(
    damaged(changed_documents().map(as_json)),
    damaged(changed_documents().map(as_yaml)),
    damaged(
        st.lists(st.sampled_from([*YAML_FRAGMENTS, "name: x\n", "version: 1\n"]), max_size=4)
        .map("".join)
        .map(str.encode)
    ),
    st.binary(max_size=60),
)


@pytest.fixture(scope="module")
def read_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], Found]:
    """Parses a policy file with these bytes."""
    path = tmp_path_factory.mktemp("policies") / "policy.yml"

    def read(data: bytes) -> Found:
        path.write_bytes(data)
        return policy_of_file(str(path))

    return read


def assert_usable(found: Found) -> None:
    policy, sha256 = found
    assert len(sha256) == 64
    assert json.loads(json.dumps(policy.effective, allow_nan=False)) == policy.effective
    assert parse_policy(policy.effective).effective == policy.effective, "the effective policy is another policy"
    rule = policy.rule_for(VM)
    assert rule.rpo > 0
    assert rule.rpo_critical is None or rule.rpo_critical >= rule.rpo
    for exemption in policy.exemptions:
        assert policy.state_of(exemption, NOW)


def is_refused(parse: Callable[[t.Any], Found], value: t.Any, message: str) -> bool:
    try:
        found = parse(value)
    except ConfigError as error:
        assert message in error.text
        return True
    assert_usable(found)
    return False


@hypothesis.settings(max_examples=examples(120))
@hypothesis.given(documents)
def test_any_inline_policy(document: Document) -> None:
    is_refused(inline_policy, document, "The option policy is wrong: ")


@hypothesis.settings(max_examples=examples(80))
@hypothesis.given(data=files)
def test_any_policy_file(read_file: Callable[[bytes], Found], data: bytes) -> None:
    is_refused(read_file, data, "The option policy_file")


@pytest.mark.parametrize("refused", [True, False])
def test_policies_are_both_accepted_and_refused(read_file: Callable[[bytes], Found], refused: bool) -> None:
    find(documents, lambda document: is_refused(inline_policy, document, "The option policy") is refused)
    find(files, lambda data: is_refused(read_file, data, "The option policy_file") is refused)
