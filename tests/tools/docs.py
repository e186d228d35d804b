# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation site, in build/docs/: what antsibull-docs makes of plugins and guides, built by Sphinx.

Nothing is loaded from the network. Every warning is an error, as are links that lead nowhere, in Markdown, too.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

from ansible_collections.community.onapp.tests.tools import docs_markdown, docs_sphinx

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "build" / "docs-source"
SITE = ROOT / "build" / "docs"
PICTURES = ROOT / "docs" / "pictures"


def generate() -> int:
    """Write the pages of all plugins, beside the guides, as Sphinx reads them."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    SOURCE.mkdir(parents=True)
    SOURCE.chmod(0o700)  # antsibull-docs writes to no folder of others
    command = [str(pathlib.Path(sys.executable).with_name("antsibull-docs")), "collection", "--use-current"]
    command += ["--squash-hierarchy", "--fail-on-error", "--no-add-antsibull-docs-version", "--dest-dir", str(SOURCE)]
    done = subprocess.run([*command, "community.onapp"], cwd=ROOT, check=False)
    if PICTURES.is_dir():
        shutil.copytree(PICTURES, SOURCE / docs_sphinx.PICTURES)
    return done.returncode


def main() -> int:
    if status := generate():
        return status
    shutil.rmtree(SITE, ignore_errors=True)  # Sphinx says nothing of what it need not do again
    failed = docs_sphinx.build(SOURCE, SITE)
    complaints = docs_markdown.complaints(ROOT)
    print(*complaints, sep="\n", end="\n" if complaints else "")
    if not (failed or complaints):
        print(f"Open it in a browser: {(SITE / 'index.html').as_uri()}")
    return int(failed or bool(complaints))


if __name__ == "__main__":
    sys.exit(main())
