# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx for the documentation site, and what it checks beyond its own references."""

from __future__ import annotations

import pathlib
import re
import sys

from ansible_collections.community.onapp.tests.tools import docs_files
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.console import nocolor
from sphinx.util.docutils import docutils_namespace, patch_docutils
from sphinx.util.logging import getLogger

SETTINGS = {
    "project": "community.onapp",
    "copyright": "The community.onapp authors, GNU General Public License v3.0 or later",
    "html_title": "community.onapp",
    "extensions": ["sphinx_antsibull_ext"],
    "default_role": "any",
    "html_copy_source": False,
    "html_show_sphinx": False,
    "html_theme": "sphinx_ansible_theme",
    "html_use_index": False,
    "nitpicky": True,
    "pygments_style": "ansible",
    "show_warning_types": True,
}

# Ansible's own pages: no list of their labels is loaded, so these forms are all that is accepted.
ANSIBLE = "https://docs.ansible.com/ansible/latest/"
FOREIGN = (
    (re.compile(r"(common_return_values)"), r"reference_appendices/\1.html"),
    (re.compile(r"ansible_configuration_settings"), "reference_appendices/config.html"),
    (re.compile(r"(ANSIBLE_[A-Z_]+)"), r"reference_appendices/config.html#envvar-\1"),
    (
        re.compile(r"ansible_collections\.ansible\.builtin\.(\w+_[a-z]+)(?:__\w+-[\w/.-]+)?"),
        r"collections/ansible/builtin/\1.html",
    ),
)

# antsibull-docs hands on no pictures, so guides name them by their address. The site has its own copies.
PICTURES = "pictures"
PUBLISHED = f"https://raw.githubusercontent.com/ansible-collections/community.onapp/main/docs/{PICTURES}/"

warning = getLogger(__name__).warning


def build(source: pathlib.Path, site: pathlib.Path) -> bool:
    """Build the site, and return whether anything is wrong with it."""
    if not sys.stderr.isatty():
        nocolor()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            str(source),
            None,
            str(site),
            str(source / ".doctrees"),
            "html",
            confoverrides=SETTINGS,
            status=None,
            warning=sys.stderr,
            warningiserror=True,
        )
        app.connect("source-read", _own_pictures)
        app.connect("missing-reference", _page_of_ansible)
        app.connect("doctree-read", _check_page)
        app.build(force_all=True)
    return app.statuscode != 0


def _own_pictures(_app: Sphinx, _page: str, text: list[str]) -> None:
    text[0] = text[0].replace(PUBLISHED, f"/{PICTURES}/")


def _page_of_ansible(
    _app: Sphinx, _environment: BuildEnvironment, node: pending_xref, content: nodes.Element
) -> nodes.reference | None:
    for pattern, address in FOREIGN:
        if found := pattern.fullmatch(node["reftarget"]):
            return nodes.reference("", "", content, refuri=ANSIBLE + found.expand(address), internal=False)
    return None


def _check_page(_app: Sphinx, document: nodes.document) -> None:
    for block in document.findall(nodes.literal_block):
        if block.get("language", "default") == "default":
            warning("this block of code has no type", location=block, type="onapp", subtype="code")
    for link in document.findall(nodes.reference):
        if wrong := docs_files.wrong_address(link.get("refuri", "")):
            warning(wrong, location=link, type="onapp", subtype="link")
    for text in document.findall(nodes.literal):
        if not docs_files.is_there(text.astext()):
            warning("%s is not in the collection", text.astext(), location=text, type="onapp", subtype="file")
