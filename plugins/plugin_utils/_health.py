# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The record `onapp_inventory`: whether the inventory is whole, and how old, for a play to test.

A source that failed must not hide behind one that did not: records of several sources are joined into one.
"""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import Failure
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.community.onapp.plugins.module_utils._errors import OnAppError

    Facts = dict[str, t.Any]

API, CACHE, MIXED = "api", "cache", "mixed"


class Health(t.NamedTuple):
    """What became of one source. Times are UTC seconds, `cache_age` is 0 for rows fresh from the panel."""

    cloud: str | None
    generated_at: int
    source: str = API
    cache_age: int = 0
    virtual_machines: int = 0
    backups: int = 0
    requests: int = 0
    failures: tuple[Facts, ...] = ()

    @classmethod
    def of_failure(cls, now: int, error: OnAppError, requests: int = 0) -> Health:
        """The record of a source that could not be read at all, after some requests."""
        return cls(None, now, requests=requests, failures=(Failure(error).as_facts(),))

    def as_facts(self) -> Facts:
        """The record of this source alone."""
        facts = self._asdict()
        facts.update(generated_at=utc_text(self.generated_at), failures=list(self.failures))
        return {"complete": not self.failures, **facts}


def joined(before: Facts | None, health: Health) -> Facts:
    """The variable `onapp_inventory`: the record of all sources, with those of each in `sources`."""
    sources: Sequence[Facts] = [*(before or {}).get("sources", ()), health.as_facts()]
    kinds = {source["source"] for source in sources}
    return {
        "complete": all(source["complete"] for source in sources),
        "generated_at": min(source["generated_at"] for source in sources),
        "source": kinds.pop() if len(kinds) == 1 else MIXED,
        "cache_age": max(source["cache_age"] for source in sources),
        **{name: sum(source[name] for source in sources) for name in ("virtual_machines", "backups", "requests")},
        # Copies: what is there twice, YAML shows as an anchor.
        "failures": [dict(failure) for source in sources for failure in source["failures"]],
        "sources": list(sources),
    }
