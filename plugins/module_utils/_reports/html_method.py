# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""How the HTML report was made: its definitions and the policy in force."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import element
from ansible_collections.community.onapp.plugins.module_utils._reports.html_words import STATES, STATUSES, TERMS, words

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import Page
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_survey import Survey


def method(page: Page, report: Report, survey: Survey) -> None:
    """Definitions, then the raw policy, folded away."""
    page.put(element("h3", "Terms"))
    _definitions(page, TERMS)
    page.put(
        element("h3", "States of a virtual machine"),
        element(
            "p", "The state answers one question: could every disk be restored to a point no older than the limit?"
        ),
    )
    _definitions(page, {words(state): meaning for state, meaning in STATES.items()})
    page.put(element("h3", "Results of a check"))
    _definitions(page, {words(status): meaning for status, meaning in STATUSES.items()})
    page.put(
        element("h3", "Policy"),
        element(
            "details",
            element("summary", "The policy with every default and inherited value written out (JSON)"),
            element(
                "pre",
                json.dumps(report.head["policy"]["effective"], indent=2, ensure_ascii=False),
                tabindex=0,
                role="region",
                aria_label="Policy as JSON",
            ),
        ),
    )


def _definitions(page: Page, terms: dict[str, str]) -> None:
    page.put(
        element(
            "dl",
            *(element("div", element("dt", term), element("dd", meaning)) for term, meaning in terms.items()),
            class_="terms",
        )
    )
