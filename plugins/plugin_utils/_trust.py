# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The panel's texts as data in every ansible-core: never templates, whatever tenants wrote into them."""

from __future__ import annotations

import typing as t

try:
    from ansible.template import trust_as_template as _trust  # ansible-core 2.19 takes all other text as data
except ImportError:
    _trust = None

UNTRUSTED_BY_DEFAULT = _trust is not None


def as_data(value: t.Any) -> t.Any:
    """The value with every text marked as no template, where ansible-core would take it for one."""
    return value if UNTRUSTED_BY_DEFAULT else _marked(value)


def _marked(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_marked(item) for item in value]
    # Only where it matters: without a brace nothing is a template, and automation controller trips over marked text.
    if isinstance(value, str) and "{" in value:
        from ansible.utils.unsafe_proxy import AnsibleUnsafeText

        return AnsibleUnsafeText(value)
    return value
