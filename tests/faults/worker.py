# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that runs cases: one line of JSON in for each, one out. Started as a file, by `workers`."""

from __future__ import annotations

import json
import os
import pathlib
import sys

from ansible.plugins.loader import init_plugin_loader


def main() -> None:
    """Run cases until there are no more."""
    # Before the first import of the collection, which is then found as Ansible finds it.
    init_plugin_loader()
    from ansible_collections.community.onapp.tests.faults.cases import Case
    from ansible_collections.community.onapp.tests.faults.stage import Stage

    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    stage = Stage(pathlib.Path.cwd())
    try:
        for line in sys.stdin:
            ended = stage.run(Case(**json.loads(line)))
            answers.write(json.dumps(ended._asdict()) + "\n")
            answers.flush()
    finally:
        stage.close()


if __name__ == "__main__":
    main()
