# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The policy language as JSON Schema, for editors: made from the tables that read policies."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._policy.language import Section
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import POLICY


def policy_schema() -> dict[str, t.Any]:
    """The JSON Schema (draft 2020-12) of a policy file.

    It takes what needs a second look, such as whether a time zone exists. It refuses numbers and flags as text, which
    the language takes because templates give them.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Backup policy of community.onapp",
        "description": "What good backups are: limits by rule, and who is exempt. Durations are a whole number and m, "
        "h, d or w. Null switches a check off where it is allowed.",
        **Section(POLICY, dict).schema(),
    }
