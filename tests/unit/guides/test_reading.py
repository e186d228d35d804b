# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsing of the code blocks of a guide; markup that could hide a block is an error."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.guides.reading import Block, GuideError, read_blocks

GUIDE = """\
.. _label:

A title
=======

A file:

.. code-block:: yaml+jinja
   :caption: group_vars/all.yml

   name: "{{ x }}"

     indented: more

   last: line

* In a list, a screen:

  .. code-block:: console

     $ ls
     group_vars

.. not run: it needs a reactor
.. code-block:: shell

    launch

.. list-table::

   * - text

.. code-block:: bash

    true
"""


def test_blocks() -> None:
    assert read_blocks(GUIDE) == [
        Block(8, "yaml+jinja", "group_vars/all.yml", None, 'name: "{{ x }}"\n\n  indented: more\n\nlast: line'),
        Block(19, "console", None, None, "$ ls\ngroup_vars"),
        Block(25, "shell", None, "it needs a reactor", "launch"),
        Block(33, "bash", None, None, "true"),
    ]


def test_blocks_that_are_run() -> None:
    assert [block.is_run for block in read_blocks(GUIDE)] == [False, True, False, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".. code-block::\n\n   x\n", "line 1: the type of a code block is one of"),
        (".. code-block:: cobol\n\n   x\n", "not 'cobol'"),
        (".. code:: yaml\n\n   x: 1\n", "line 1: write '.. code-block:: TYPE' instead of 'code'"),
        (".. literalinclude:: x.yml\n", "instead of 'literalinclude'"),
        (".. parsed-literal::\n\n   x\n", "instead of 'parsed-literal'"),
        (".. highlight:: yaml\n", "instead of 'highlight'"),
        ("As follows::\n\n   x\n", "line 1: a block after '::' has no type"),
        ("* ::\n\n   x\n", "line 1: a block after '::' has no type"),
        (".. code-block:: yaml\n", "the code block is empty"),
        (".. code-block:: yaml\n   :caption: x.yml\n\n", "the code block is empty"),
        (".. code-block:: yaml\n\nNot further in\n", "the code block is empty"),
        (".. code-block:: yaml\n   x: 1\n", "an empty line belongs above"),
        (".. code-block:: yaml\n   :caption: x.yml\n\n    x: 1\n", "the content belongs right below the options"),
        (".. code-block:: yaml\n    :caption: x.yml\n\n   x: 1\n", "the content belongs right below the options"),
        (".. code-block:: yaml\n   :linenos:\n\n   x: 1\n", "no such option here: linenos"),
        (".. code-block:: yaml\n   :caption: ../x.yml\n\n   x: 1\n", "is no name of a file"),
        (".. code-block:: yaml\n   :caption: /etc/x.yml\n\n   x: 1\n", "is no name of a file"),
        (".. code-block:: yaml\n   :caption: Some text\n\n   x: 1\n", "is no name of a file"),
        (".. code-block:: yaml\n   :caption:\n\n   x: 1\n", "is no name of a file"),
        (".. code-block:: console\n   :caption: x.txt\n\n   $ ls\n", "a file is neither a screen nor run"),
        (".. code-block:: text\n\n   $ ls\n", "a screen is of type console"),
        (".. not run: so\n\n.. code-block:: yaml\n\n   x: 1\n", "is never run, so it needs no mark"),
        (
            ".. not run: so\n\n.. code-block:: bash\n   :caption: x.sh\n\n   true\n",
            "a file is neither a screen nor run",
        ),
        (".. not run: so\n\nA paragraph.\n", "line 3: 'not run' has no code block below it"),
        (".. not run: so\n\n.. note::\n\n   x\n", "line 3: 'not run' has no code block below it"),
        (".. not run: so\n", "the last 'not run' has no code block below it"),
        (".. not run:\n\n.. code-block:: bash\n\n   true\n", "line 1: 'not run' needs a reason"),
    ],
)
def test_violated_rules(text: str, message: str) -> None:
    with pytest.raises(GuideError) as error:
        read_blocks(text)
    assert message in str(error.value)
