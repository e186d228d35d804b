# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Filtered and assessed virtual machines, from the control panel or from the cache, and the record of how it went."""

from __future__ import annotations

import typing as t

from ansible import constants as C
from ansible.vars.reserved import get_reserved_names
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import CloudFetch, Failure, FetchSpec
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._evidence import RECOVERY_POINTS, SCHEDULES
from ansible_collections.community.onapp.plugins.module_utils._facts import (
    VIRTUAL_MACHINE_FIELDS,
    virtual_machine_facts,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._info import assess_vm, backups_of, evidence_of
from ansible_collections.community.onapp.plugins.module_utils._policy.values import duration_text
from ansible_collections.community.onapp.plugins.plugin_utils._cache import DamagedCache, Recorder, Snapshot
from ansible_collections.community.onapp.plugins.plugin_utils._expressions import ExpressionError

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
    from ansible_collections.community.onapp.plugins.module_utils._errors import OnAppError
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine
    from ansible_collections.community.onapp.plugins.plugin_utils._expressions import Expressions

    Facts = dict[str, t.Any]

ASSESSMENT, BACKUPS, HEALTH = "backup", "backups", "onapp_inventory"
NAMES = (*VIRTUAL_MACHINE_FIELDS, ASSESSMENT, BACKUPS, RECOVERY_POINTS, SCHEDULES)
TEXT_FIELDS = (
    *("identifier", "label", "hostname", "template_label", "operating_system", "operating_system_distro"),
    "created_at",
)
CACHED_FLAG = "facts_cached"


class Params(t.NamedTuple):
    """The options, checked. Times are UTC seconds: `now` is the time of the assessment, `fetched_at` that of the
    clock. `prefix` begins the names of host variables, `max_cache_age` is seconds or None."""

    filters: list[Filter]
    prefix: str
    policy: Policy
    now: int
    fetched_at: int
    include_backups: str
    fail_on_error: bool
    max_cache_age: int | None
    evidence: tuple[str, ...] = ()


class AssessedVm(t.NamedTuple):
    """A virtual machine: facts, assessment, and the facts of its backups, None if the inventory shows none."""

    facts: Facts
    assessment: Facts
    backups: list[Facts] | None
    evidence: Facts = {}


class Cloud(t.NamedTuple):
    """Assessed virtual machines in the order of their ids, the record of how they were read, and warnings."""

    vms: list[AssessedVm]
    health: Health
    warnings: list[str]


class CloudReader:
    """Reads the virtual machines of the panel with the URL `panel`."""

    def __init__(self, params: Params, expressions: Expressions, panel: str) -> None:
        self._params = params
        self._expressions = expressions
        self._panel = panel

    def fetch(self, client: Client, *, snapshot: bool) -> tuple[Cloud, Snapshot | None]:
        """The cloud from the control panel and, on request, its snapshot for the cache, None if it is incomplete.

        Raises OnAppError when the virtual machines cannot be read, or anything cannot and `fail_on_error` is set.
        """
        params = self._params
        spec = FetchSpec(
            keep=self._is_included if params.filters else None,
            whole_list=True,
            naive_as=params.policy.clock.naive_as,
            evidence=params.evidence,
        )
        fetch = CloudFetch(client, spec)
        recorder = Recorder(whole_backups=params.include_backups != "none") if snapshot else None
        vms: list[AssessedVm] = []
        backups = 0
        for fetched in fetch.virtual_machines():
            if params.fail_on_error and fetch.failures:
                raise fetch.failures[0].error
            vms.append(self._assess(fetched, (), params.fetched_at))
            backups += len(fetched.backups or ())
            if recorder:
                vm, disks, own_backups, evidence = fetched.rows
                recorder.add(vm, disks or [], own_backups or [], evidence)
        vms.sort(key=lambda vm: vm.facts["id"])
        health = Health(
            cloud=self._panel,
            generated_at=params.now,
            virtual_machines=len(vms),
            backups=backups,
            requests=client.throttle.requests,
            failures=tuple(failure.as_facts() for failure in fetch.failures),
        )
        kept = None
        if recorder and not fetch.failures and not any(fetch.unread.values()):
            finished = {vm.facts["id"] for vm in vms}
            finished.update(vm.id for vm in fetch.dropped)
            for row in fetch.listed_rows:
                if row["id"] not in finished:
                    recorder.add(row, None, None, {})
            kept = recorder.snapshot(params.fetched_at)
        return Cloud(vms, health, fetch.warnings(len(vms), HEALTH)), kept

    def from_snapshot(self, snapshot: Snapshot) -> Cloud | None:
        """The cloud of a snapshot, assessed now; None if it lacks a virtual machine or evidence that is asked for.

        Raises DamagedCache.
        """
        # By the later of both clocks: no time of evaluation makes old facts new.
        age = max(0, max(self._params.now, self._params.fetched_at) - snapshot.fetched_at)
        problems = tuple(self._problems(age))
        vms, backups = [], 0
        for fetched in snapshot.virtual_machines(self._params.policy.clock.naive_as):
            if self._is_included(fetched.vm):
                if fetched.disks is None or fetched.backups is None or fetched.evidence != self._params.evidence:
                    return None
                try:
                    vms.append(self._assess(fetched, problems, snapshot.fetched_at))
                except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
                    raise DamagedCache(f"a value in it is wrong: {error}") from error
                backups += len(fetched.backups)
        vms.sort(key=lambda vm: vm.facts["id"])
        health = Health(self._panel, self._params.now, "cache", age, len(vms), backups)
        return Cloud(vms, health, list(problems))

    def _problems(self, age: int) -> Iterable[str]:
        limit = self._params.max_cache_age
        if limit is not None and age > limit:
            yield (
                f"the facts come from the cache and are {duration_text(age)} old, past the limit of"
                f" {duration_text(limit)} (max_cache_age)"
            )

    def _is_included(self, vm: VirtualMachine) -> bool:
        params = self._params
        if not params.filters:
            return True
        facts = virtual_machine_facts(vm)
        return is_included(params.filters, prefixed(facts, params.prefix), facts["id"], self._expressions)

    def _assess(self, fetched: FetchedVm, problems: tuple[str, ...], read_at: int) -> AssessedVm:
        params, clock = self._params, self._params.policy.clock
        assessment = assess_vm(fetched, params.policy, params.now, problems, read_at)
        if problems:
            assessment = assessment._replace(flags=(*assessment.flags, CACHED_FLAG))
        backups = None
        if params.include_backups != "none":
            backups = backups_of(fetched, clock, params.now)
            backups = latest(backups) if params.include_backups == "latest" else backups
        facts, evidence = virtual_machine_facts(fetched.vm), evidence_of(fetched, clock, params.now)
        return AssessedVm(facts, assessment.as_facts(params.now), backups, evidence)


class Filter(t.NamedTuple):
    """One entry of the option `filters`: `verb` is `include` or `exclude`."""

    place: int
    verb: str
    condition: bool | str


def parse_filters(entries: t.Any) -> list[Filter]:
    """The entries of the option `filters`. Raises ConfigError that names the wrong one."""
    filters = []
    if not isinstance(entries or [], list):
        raise ConfigError("The option filters must be a list of dictionaries.")
    for place, entry in enumerate(entries or ()):
        if not isinstance(entry, dict) or len(entry) != 1 or next(iter(entry)) not in ("include", "exclude"):
            raise ConfigError(
                f"The option filters[{place}] must be a dictionary with the one key include or exclude, such as"
                " include: onapp_booted."
            )
        ((verb, condition),) = entry.items()
        if not isinstance(condition, (bool, str)) or condition == "":
            raise ConfigError(f"The option filters[{place}].{verb} must be an expression, or true or false.")
        filters.append(Filter(place, verb, condition))
    return filters


def is_included(
    filters: list[Filter], variables: Mapping[str, t.Any], virtual_machine_id: int, expressions: Expressions
) -> bool:
    """Whether the first filter whose condition is true includes; a VM without one is included.

    Raises ConfigError when an expression fails: neither including nor excluding the VM would be safe.
    """
    for place, verb, condition in filters:
        try:
            if expressions.condition(condition, variables):
                return verb == "include"
        except ExpressionError as error:
            raise ConfigError(
                f"The option filters[{place}].{verb} cannot be decided for virtual machine {virtual_machine_id}:"
                f" {error}. Fix the expression, for example with | default(false)."
            ) from error
    return True


class Health(t.NamedTuple):
    """How reading one source went. Times are UTC seconds; `cache_age` is 0 for rows that come from the panel."""

    cloud: str | None
    generated_at: int
    source: str = "api"
    cache_age: int = 0
    virtual_machines: int = 0
    backups: int = 0
    requests: int = 0
    failures: tuple[Facts, ...] = ()

    @classmethod
    def of_failure(cls, now: int, error: OnAppError, requests: int = 0) -> Health:
        """The record of a source that could not be read at all."""
        return cls(None, now, requests=requests, failures=(Failure(error).as_facts(),))

    def joined_to(self, before: t.Any) -> Facts:
        """The variable `onapp_inventory` of all sources, from that of the earlier ones."""
        own = {**self._asdict(), "generated_at": utc_text(self.generated_at), "failures": list(self.failures)}
        sources: Sequence[Facts] = [
            *(before.get("sources", ()) if isinstance(before, dict) else ()),
            {"complete": not self.failures, **own},
        ]
        kinds = {source["source"] for source in sources}
        return {
            "complete": all(source["complete"] for source in sources),
            "generated_at": min(source["generated_at"] for source in sources),
            "source": kinds.pop() if len(kinds) == 1 else "mixed",
            "cache_age": max(source["cache_age"] for source in sources),
            **{name: sum(source[name] for source in sources) for name in ("virtual_machines", "backups", "requests")},
            # Copies, because YAML output shows an object that occurs twice as an anchor.
            "failures": [dict(failure) for source in sources for failure in source["failures"]],
            "sources": list(sources),
        }


def check_prefix(prefix: str) -> str:
    """The option `hostvars_prefix`. Raises ConfigError if it makes a name that Ansible has another use for."""
    reserved = get_reserved_names() | set(C.INTERNAL_STATIC_VARS) | {HEALTH}
    for name in NAMES:
        variable = prefix + name
        if not variable.isidentifier() or not variable.isascii():
            raise ConfigError(
                f'The option hostvars_prefix is "{prefix}", which does not begin a variable name: use letters, digits'
                " and underscores, such as onapp_."
            )
        if variable in reserved or variable.startswith("ansible_"):
            raise ConfigError(
                f'The option hostvars_prefix is "{prefix}", which makes the variable {variable}, a name for which'
                " Ansible has another use: choose another prefix, such as onapp_."
            )
    return prefix


def prefixed(facts: Facts, prefix: str) -> Facts:
    """Facts as host variables."""
    return {prefix + name: value for name, value in facts.items()}


def latest(backups: Iterable[Facts]) -> list[Facts]:
    """The newest usable backup of each disk, or of the whole virtual machine."""
    found: dict[tuple[t.Any, t.Any], Facts] = {}
    for backup in backups:
        if backup["usable"]:
            target = (backup["target_type"], backup["target_id"])
            found[target] = min(found.get(target, backup), backup, key=lambda each: (each["age_seconds"], -each["id"]))
    return list(found.values())
