# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of plugins/ needs a changelog fragment: for what is staged, with the branch's commits before it.

As a program: `python tests/tools/fragment.py`, which the hook of .pre-commit-config.yaml calls. What no user notices
has a fragment with the section `trivial`.
"""

from __future__ import annotations

import re
import subprocess
import sys

MAIN_BRANCHES = ("origin/main", "main", "HEAD")
FRAGMENT = re.compile(r"changelogs/fragments/[^/]+\.ya?ml")
RELEASE = "changelogs/changelog.yaml"  # where the fragments go


def lacks_fragment(changed: list[str]) -> bool:
    """Whether these files, changed or new, must have had a fragment among them."""
    has_fragment = any(name == RELEASE or FRAGMENT.fullmatch(name) for name in changed)
    return not has_fragment and any(name.startswith("plugins/") for name in changed)


def git(*arguments: str) -> str | None:
    """What Git says; None if it cannot."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def main() -> int:
    """Look at what would be in the branch after this commit."""
    bases = (git("merge-base", "HEAD", branch) for branch in MAIN_BRANCHES)
    base = next((found for found in bases if found), None)
    names = git("diff", "--cached", "--name-only", "--diff-filter=d", *([base] if base else []))
    if names is None or not lacks_fragment(names.splitlines()):
        return 0
    print(
        "plugins/ was changed, and no file in changelogs/fragments/ says so. Add one, for example"
        " changelogs/fragments/short-name.yml:\n\n---\nbugfixes:\n  - onapp_backup_info - what is better now.\n\n"
        "The sections are in changelogs/config.yaml; what no user notices is of the section trivial."
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
