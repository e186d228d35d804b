# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the documentation of modules and plugins that ansible-test and antsibull-docs do not check."""

from __future__ import annotations

import ast
import functools
import pathlib
import re
import typing as t

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.block import Block
from ansible.playbook.task import Task
from ansible.plugins.doc_fragments import constructed, inventory_cache
from ansible_collections.community.onapp.tests.guides.reading import read_blocks
from ansible_collections.community.onapp.tests.unit.collection.tree import (
    GUIDES,
    PLUGINS,
    ROOT,
    documented_files,
    name_of,
)

Documents = dict[str, t.Any]
DOCUMENTED = documented_files()
MODULES = [path for path in DOCUMENTED if path.parent.name == "modules"]
COLLECTION = "community.onapp"
FULL_NAME = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+\.[a-z0-9_.]+")
MARKUP = re.compile(r"\b([A-Z]+)\(([^()]*)\)")
KEYWORDS = {*Task.fattributes, *Block.fattributes, "action", "local_action", "with_items"}
# Fragments of ansible-core, which have no full name.
CORE_FRAGMENTS = {
    "constructed": constructed.ModuleDocFragment.DOCUMENTATION,
    "inventory_cache": inventory_cache.ModuleDocFragment.DOCUMENTATION,
}


def constants_in(body: list[ast.stmt]) -> dict[str, str]:
    """The string constants by name in a body of code."""
    return {
        target.id: node.value.value
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


@functools.cache
def texts_of(path: pathlib.Path) -> dict[str, str]:
    """The documentation strings of a file by name."""
    found = constants_in(ast.parse(path.read_text(encoding="utf-8")).body)
    return {name: text for name, text in found.items() if name in ("DOCUMENTATION", "EXAMPLES", "RETURN")}


@functools.cache
def own_fragments() -> dict[str, str]:
    """The texts of this collection's fragments by their full names."""
    found = {}
    for path in sorted((PLUGINS / "doc_fragments").glob("*.py")):
        classes = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
        assert [node.name for node in classes] == ["ModuleDocFragment"]
        for name, text in constants_in(classes[0].body).items():
            found[f"{COLLECTION}.{path.stem}" + ("" if name == "DOCUMENTATION" else f".{name.lower()}")] = text
    return found


def own_documentation(path: pathlib.Path) -> Documents:
    """The documentation in the file, without fragments."""
    document: Documents = yaml.safe_load(texts_of(path)["DOCUMENTATION"])
    return document


def documentation(path: pathlib.Path) -> Documents:
    """The documentation with the options, attributes and requirements of its fragments."""
    document = {"options": {}, "attributes": {}, "requirements": [], **own_documentation(path)}
    for name in fragments_of(path):
        fragment = yaml.safe_load({**CORE_FRAGMENTS, **own_fragments()}[name])
        for kind in ("options", "attributes"):
            for key, added in fragment.get(kind, {}).items():
                document[kind][key] = {**added, **document[kind].get(key, {})}
        document["requirements"] = [*document["requirements"], *fragment.get("requirements", [])]
    return document


def fragments_of(path: pathlib.Path) -> list[str]:
    found: list[str] = own_documentation(path).get("extends_documentation_fragment", [])
    return found


def strings_in(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)


@pytest.mark.parametrize("path", DOCUMENTED, ids=name_of)
def test_parts_of_the_documentation(path: pathlib.Path) -> None:
    assert texts_of(path).keys() == {"DOCUMENTATION", "EXAMPLES", "RETURN"} - (
        {"RETURN"} if path.parent.name == "inventory" else set()
    )
    document = documentation(path)
    assert document.get("module", document.get("name")) == path.stem
    assert document["author"] and document["description"] and document["short_description"]


@pytest.mark.parametrize("path", DOCUMENTED, ids=name_of)
def test_fragments_have_full_names(path: pathlib.Path) -> None:
    assert set(fragments_of(path)) <= {*CORE_FRAGMENTS, *own_fragments()}


def test_fragments_of_modules_and_plugins() -> None:
    for path in MODULES:
        assert {f"{COLLECTION}.onapp", f"{COLLECTION}.attributes"} <= set(fragments_of(path))
    (inventory,) = [path for path in DOCUMENTED if path.parent.name == "inventory"]
    assert {f"{COLLECTION}.onapp", *CORE_FRAGMENTS} <= set(fragments_of(inventory))


def test_every_fragment_is_used() -> None:
    used = {name for path in DOCUMENTED for name in fragments_of(path)}
    assert used - CORE_FRAGMENTS.keys() == own_fragments().keys()


def test_modules_of_the_action_group() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["action_groups"] == {"onapp": sorted(path.stem for path in MODULES)}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_attributes_of_modules(path: pathlib.Path) -> None:
    attributes = documentation(path)["attributes"]
    assert attributes["check_mode"]["support"] == "full"
    assert {"diff_mode", "idempotent"} <= attributes.keys()
    assert attributes["action_group"]["membership"] == [f"{COLLECTION}.onapp"]
    assert "supports_check_mode=True" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_names_of_modules(path: pathlib.Path) -> None:
    """Modules that only read are called _info; none has the option `state`, and none sets facts."""
    document = documentation(path)
    only_reads = document["attributes"]["check_mode"].get("details") == "This module only reads."
    assert path.stem.endswith("_info") == only_reads
    assert "state" not in document["options"]
    assert "ansible_facts" not in yaml.safe_load(texts_of(path)["RETURN"])


@pytest.mark.parametrize("path", DOCUMENTED, ids=name_of)
def test_requirements_name_the_python_version(path: pathlib.Path) -> None:
    if f"{COLLECTION}.onapp" in fragments_of(path):
        config = yaml.safe_load((ROOT / "tests" / "config.yml").read_text(encoding="utf-8"))
        assert (
            f"python {config['modules']['python_requires'].replace('>=', '>= ')}" in documentation(path)["requirements"]
        )
        needed = (ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines()[-1]
        assert needed.replace(">=", " >= ") in documentation(path)["requirements"]


def options_in(options: Documents) -> set[str]:
    return set(options) | {alias for option in options.values() for alias in option.get("aliases", [])}


@pytest.mark.parametrize("path", DOCUMENTED, ids=name_of)
def test_markup_of_options_and_return_values(path: pathlib.Path) -> None:
    """O() and RV() for options and return values: the older C() and I() make no link, and are not checked."""
    document, returned = documentation(path), yaml.safe_load(texts_of(path).get("RETURN", "{}"))
    texts = strings_in([document, returned])
    marked = {found for text in texts for found in MARKUP.findall(text)}
    assert {"O", "V"} <= {kind for kind, _content in marked} <= {"C", "E", "M", "O", "P", "RV", "V"}
    names = {*options_in(document["options"]), *returned} - {"_value"}
    old = {content for kind, content in marked if kind == "C" and content.partition("=")[0] in names}
    assert not old, f"write O() or RV() for {', '.join(sorted(old))}"
    named = {content.partition("#")[0] for kind, content in marked if kind in ("M", "P")}
    assert all(map(FULL_NAME.fullmatch, named)), named


@pytest.mark.parametrize("path", DOCUMENTED, ids=name_of)
def test_see_also_has_full_names(path: pathlib.Path) -> None:
    named = [
        entry[kind]
        for entry in own_documentation(path).get("seealso", [])
        for kind in ("module", "plugin")
        if kind in entry
    ]
    assert all(FULL_NAME.fullmatch(name) for name in named)


def actions_in(value: t.Any) -> t.Iterator[str]:
    """The modules of all tasks in a document."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"):
                for task in item or []:
                    yield from actions_of(task)
            elif isinstance(item, (dict, list)):
                yield from actions_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from actions_in(item)


def actions_of(task: Documents) -> t.Iterator[str]:
    yield from (key for key in task if key not in KEYWORDS and not key.startswith("with_"))
    yield from actions_in(task)


@pytest.mark.parametrize("path", DOCUMENTED, ids=name_of)
def test_examples_have_full_names(path: pathlib.Path) -> None:
    documents = list(yaml.safe_load_all(texts_of(path)["EXAMPLES"]))
    if path.parent.name == "inventory":
        assert {document["plugin"] for document in documents if document} == {f"{COLLECTION}.{path.stem}"}
        return
    actions = [action for document in documents for task in document for action in actions_of(task)]
    assert actions and all(map(FULL_NAME.fullmatch, actions)), actions
    if path.parent.name in ("filter", "test"):
        uses = re.findall(rf"[\w.]*\b{path.stem}\b", texts_of(path)["EXAMPLES"])
        assert uses and set(uses) == {f"{COLLECTION}.{path.stem}"}
    else:
        assert f"{COLLECTION}.{path.stem}" in actions


def yaml_in(path: pathlib.Path) -> t.Iterator[t.Any]:
    """The blocks of YAML in a page of reStructuredText or Markdown."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    else:
        blocks = [block.text for block in read_blocks(text) if block.kind.startswith("yaml")]
    for block in blocks:
        yield from yaml.safe_load_all(block)


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted(GUIDES.glob("*.rst"))], ids=name_of)
def test_tasks_in_guides_have_full_names(path: pathlib.Path) -> None:
    documents = list(yaml_in(path))
    wrong = {action for document in documents for action in actions_in(document) if not FULL_NAME.fullmatch(action)}
    assert not wrong


PLAYBOOK_FILES = sorted([*(ROOT / "playbooks").glob("*.yml"), *(ROOT / "playbooks" / "tasks").glob("*.yml")])


@pytest.mark.parametrize("path", PLAYBOOK_FILES, ids=name_of)
def test_tasks_in_playbooks_have_full_names(path: pathlib.Path) -> None:
    content = DataLoader().load_from_file(str(path))
    tasks = [action for task in content if "hosts" not in task for action in actions_of(task)]
    actions = [*tasks, *actions_in(content)]
    assert actions and all(map(FULL_NAME.fullmatch, actions)), actions


PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
VARIABLE = r"(?<!\.)\b((?:onapp|fresh_backups|maintenance)_[a-z_]+)"
OPTIONAL = re.compile(rf"{VARIABLE} (?:\| default\((?:'([^']+)'|([0-9]+))?|is (?:not )?defined)")
SET_BY_INVENTORY = {"onapp_inventory", "onapp_label"}


def variables_of(playbook: pathlib.Path) -> dict[str, str]:
    """The optional variables of a playbook and its task files, with their default where the playbook has one."""
    text = playbook.read_text(encoding="utf-8")
    included = sorted(set(re.findall(r"tasks/\w+\.yml", text)))
    text = "\n".join([text, *((playbook.parent / name).read_text(encoding="utf-8") for name in included)])
    found: dict[str, str] = {}
    for name, default, number in OPTIONAL.findall(re.sub(r"^#.*$", "", text, flags=re.MULTILINE)):
        if name not in SET_BY_INVENTORY:
            found[name] = default or number or found.get(name, "")
    return found


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=name_of)
def test_variables_of_playbooks(playbook: pathlib.Path) -> None:
    variables = variables_of(playbook)
    page = (GUIDES / "playbooks_guide.rst").read_text(encoding="utf-8")
    table = page.partition(f".. variables: {playbook.stem}\n")[2].partition(".. variables: ")[0]
    rows = dict(re.findall(r"^   \* - ``(\w+)``\n     - (.*)\n     - .+$", table, re.MULTILINE))
    assert rows.keys() == variables.keys()
    assert {name: rows[name].strip("`") for name in rows if variables[name]} == {
        name: default for name, default in variables.items() if default
    }
    head = playbook.read_text(encoding="utf-8").partition("\n- name: ")[0]
    assert [name for name in variables if name not in head] == []
