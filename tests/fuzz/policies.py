# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy documents: a policy or a ConfigError that says what to mend, never anything else."""

from __future__ import annotations

import copy
import json
import pathlib
import tempfile
import typing as t

import yaml
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.document import (
    PolicyDocument,
    inline_policy,
    policy_of_file,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine
from ansible_collections.community.onapp.tests.fuzz.bodies import as_json, damaged
from ansible_collections.community.onapp.tests.fuzz.running import Target
from ansible_collections.community.onapp.tests.fuzz.values import NOW, VM_ID, json_values, texts, words
from hypothesis import strategies as st

Document = dict[str, t.Any]
# All sections, each key once.
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
# What YAML reads as something else than it looks like, or not at all.
YAML_SPLINTERS = (
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
    """The way to every value in a document, except for itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, item in items for found in [(*path, name), *places(item, (*path, name))]]


@st.composite
def changed_documents(draw: st.DrawFn) -> Document:
    """A sound policy in which up to three values were replaced, taken away, or given another key."""
    document: Document = copy.deepcopy(draw(st.sampled_from([FULL, SMALL])))
    for change in draw(st.lists(st.sampled_from(["replace", "replace", "take", "rename"]), max_size=3)):
        every = places(document)
        if not every:
            break
        *way, name = draw(st.sampled_from(every))
        holder: t.Any = document
        for step in way:
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
        st.lists(st.sampled_from([*YAML_SPLINTERS, "name: x\n", "version: 1\n"]), max_size=4)
        .map("".join)
        .map(str.encode)
    ),
    st.binary(max_size=60),
)


def reads_options(document: Document) -> bool:
    """A policy that can be applied and written down, or an error that names the place."""
    try:
        found = inline_policy(document)
    except ConfigError as error:
        assert error.text.startswith("The option policy is wrong: ")
        return True
    must_be_usable(found)
    return False


def reads_files(data: bytes) -> bool:
    """The same for the bytes of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "policy.yml")
        path.write_bytes(data)
        try:
            found = policy_of_file(str(path))
        except ConfigError as error:
            assert "The option policy_file" in error.text
            return True
    must_be_usable(found)
    return False


def must_be_usable(found: PolicyDocument) -> None:
    policy = found.policy
    assert len(found.sha256) == 64
    assert json.loads(json.dumps(policy.effective, allow_nan=False)) == policy.effective
    assert parse_policy(policy.effective).effective == policy.effective, "what it says of itself is another policy"
    rule = policy.rule_for(VM)
    assert rule.rpo > 0
    assert rule.rpo_critical is None or rule.rpo_critical >= rule.rpo
    for exemption in policy.exemptions:
        assert policy.state_of(exemption, NOW)


TARGETS = [
    Target("policies", "a policy or a ConfigError", 100, documents, reads_options),
    Target("policy files", "a policy or a ConfigError", 60, files, reads_files),
]
