# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The architecture page lists the packages of plugins/, and imports only point to lower lines of its table."""

from __future__ import annotations

import ast
import functools
import graphlib
import io
import pathlib
import re
import tokenize

import pytest
from ansible_collections.community.onapp.tests.unit.collection.tree import (
    ENTRY_POINTS,
    GUIDES,
    PLUGINS,
    name_of,
    python_files,
)

PAGE = (GUIDES / "architecture_guide.rst").read_text(encoding="utf-8")
ABSOLUTE = "ansible_collections.community.onapp"
CODE = python_files()
SHARED = ("module_utils", "plugin_utils")
READS_THE_CLOCK = (*ENTRY_POINTS, "plugin_utils/_assess")
IMPORTED_WHOLE = {f"module_utils/{name}" for name in ("_errors", "_fields", "_options", "_records", "_text")}
MOST_LINES = 300


def module_of(path: pathlib.Path) -> str:
    """The name of a file on the page, such as module_utils/_api/client."""
    return path.relative_to(PLUGINS).with_suffix("").as_posix()


def package_of(module: str) -> str:
    parts = module.split("/")
    return "/".join(parts[:2] if parts[0] in SHARED else parts[:1])


MODULES = {module_of(path): path for path in CODE}
PACKAGES = {module.rpartition("/")[0] for module in MODULES}


@functools.cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def base_of(node: ast.ImportFrom, module: str) -> str:
    """The module or package that a relative import of a module imports from."""
    return "/".join([*module.split("/")[: -node.level], *(node.module.split(".") if node.module else ())])


def targets_of(node: ast.ImportFrom, module: str) -> set[str]:
    """The modules of this collection that one statement of a module imports."""
    if not node.level:
        return set()
    paths = [f"{base_of(node, module)}/{alias.name}" for alias in node.names]
    return {path if path in MODULES else path.rpartition("/")[0] for path in paths}


def imports_of(module: str) -> set[str]:
    """The modules of this collection that a module imports anywhere, also for types only."""
    found = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith(ABSOLUTE), f"{module}: import relatively, as in the other files"
            found |= targets_of(node, module)
        elif isinstance(node, ast.Import):
            assert not any(alias.name.startswith(ABSOLUTE) for alias in node.names), f"{module}: import relatively"
    assert found <= MODULES.keys(), f"{module} imports {found - MODULES.keys()}"
    return found


def part(name: str) -> str:
    """The rows of one of the page's tables."""
    (found,) = re.findall(rf"^\.\. {name}\n(.*?)^\.\. end of {name}$", PAGE, re.MULTILINE | re.DOTALL)
    assert isinstance(found, str)
    return found


def rows(name: str) -> list[list[str]]:
    """The cells of one of the page's tables, without its header."""
    table = [re.split(r"\n     - ", row) for row in re.split(r"\n   \* - ", part(name))[2:]]
    assert table
    return table


def names_in(cell: str) -> list[str]:
    return re.findall(r"``([^`]+)``", cell)


LAYERS = [names_in(cells[0]) for cells in rows("packages")]
LAYER_OF = {package: height for height, packages in enumerate(reversed(LAYERS)) for package in packages}


def test_listed_packages():
    assert sorted(sum(LAYERS, [])) == sorted({package_of(module) for module in MODULES})


def test_imports_are_found():
    """The functions above find imports of an entry point and imports for types only."""
    assert "module_utils/_facts" in imports_of("modules/onapp_backup_info")
    assert "module_utils/_compliance/report" in imports_of("module_utils/_reports/writer")
    assert "module_utils/_reports/data" in imports_of("module_utils/_reports/files")


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module):
    own = package_of(module)
    wrong = {
        other
        for other in imports_of(module)
        if package_of(other) != own and LAYER_OF[package_of(other)] >= LAYER_OF[own]
    }
    assert not wrong, f"{module} must not import {', '.join(sorted(wrong))}: imports only point down"


@pytest.mark.parametrize("module", MODULES)
def test_shared_modules_are_imported_whole(module):
    by_name = {
        ast.unparse(node)
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.ImportFrom) and node.level and base_of(node, module) in IMPORTED_WHOLE
    }
    assert not by_name, f"{module}: import the module, because ansible-core searches for each name"


def test_no_circular_import():
    def imports_at_run_time(module: str) -> set[str]:
        """Without imports for types only, which are not circular for Python."""
        only_types = {
            inner
            for node in ast.walk(tree_of(module))
            if isinstance(node, ast.If) and ast.unparse(node.test) == "t.TYPE_CHECKING"
            for statement in node.body
            for inner in ast.walk(statement)
        }
        return {
            target
            for node in ast.walk(tree_of(module))
            if isinstance(node, ast.ImportFrom) and node not in only_types
            for target in targets_of(node, module)
        }

    order = list(graphlib.TopologicalSorter({module: imports_at_run_time(module) for module in MODULES}).static_order())
    assert set(order) == set(MODULES)


def names_used(module: str) -> set[str]:
    """Dotted names in a module's code, such as `time.time`."""
    return {
        ast.unparse(node)
        for node in ast.walk(tree_of(module))
        if isinstance(node, (ast.Attribute, ast.Name)) and "(" not in ast.unparse(node)
    }


def outside_imports(module: str) -> set[str]:
    """The modules outside this collection that a module imports."""
    found = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_only_entry_points_read_the_clock():
    clock = {"time.time", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"}
    found = {module for module in MODULES if clock & names_used(module)}
    assert {package_of(module) for module in found} <= set(READS_THE_CLOCK)
    assert len(found) >= 3


def test_only_entry_points_import_ansible_module():
    found = {module for module in MODULES if "ansible.module_utils.basic.AnsibleModule" in outside_imports(module)}
    assert {package_of(module) for module in found} == {"modules"}


@pytest.mark.parametrize("module", [module for module in MODULES if module.startswith("module")])
def test_code_for_managed_hosts_imports_nothing_of_the_controller(module):
    assert not {name for name in outside_imports(module) if re.match(r"ansible\.(?!module_utils\.)", name)}
    assert not {other for other in imports_of(module) if other.startswith("plugin_utils/")}


@pytest.mark.parametrize("module", MODULES)
def test_no_use_of_environment_or_terminal(module):
    forbidden = {"os.environ", "os.getenv", "print", "input", "sys.stdout", "sys.stderr", "sys.stdin"}
    assert not forbidden & names_used(module)


def test_requests_is_imported_in_one_place_when_needed():
    users = [module for module in MODULES if any(name.split(".")[0] == "requests" for name in outside_imports(module))]
    assert users == ["module_utils/_api/transport"]
    at_once = [ast.unparse(node) for node in tree_of(users[0]).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert at_once and not any("requests" in statement for statement in at_once)


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_length_of_files(path):
    """Lines of code without empty lines, comments and strings that stand alone, such as documentation."""
    source = path.read_text(encoding="utf-8")
    texts = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Assign, ast.Expr)) and isinstance(node.value, ast.Constant)
        if isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {line for token in tokens if token.type not in silent for line in range(token.start[0], token.end[0] + 1)}
    assert len(lines - texts) <= MOST_LINES
