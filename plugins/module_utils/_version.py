# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The version of the collection, for the user agent, and the version of Python that it needs.

Modules import this first: ansible-core 2.19 also starts them on Python 3.8, which cannot import the rest. A test keeps
VERSION equal to galaxy.yml.
"""

from __future__ import annotations

import sys

VERSION = "1.0.0"

if sys.version_info < (3, 9):  # noqa: UP036
    raise RuntimeError(
        "The modules of community.onapp need Python 3.9 or newer: set ansible_python_interpreter for this host, or"
        " run the task on the controller with delegate_to: localhost."
    )
