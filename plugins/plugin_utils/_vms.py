# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filtered and assessed virtual machines from the control panel or the cache, and the record of how it went.

The cache has rows as the control panel sent them, without secrets, never an assessment. They are kept in pages,
compressed one by one, so that neither writing nor reading has more than one page in memory besides the text.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import hashlib
import json
import typing as t
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ansible import constants as C
from ansible.vars.reserved import get_reserved_names

from ..module_utils import _errors, _fields, _options, _records
from ..module_utils._api.fetch import CloudFetch, FetchedVm, clock_warnings
from ..module_utils._assessment.coverage import times_after
from ..module_utils._facts import VIRTUAL_MACHINE_FIELDS, assess_vm, backups_of, evidence_of, virtual_machine_facts
from ..module_utils._policy import values
from ..module_utils._policy.policy import Policy
from ._constructed import ExpressionError, Expressions

if t.TYPE_CHECKING:
    from ..module_utils._api.client import Client

Facts = dict[str, t.Any]
Filter = tuple[str, bool | str]
Rows = list[Facts] | None

ASSESSMENT, BACKUPS, HEALTH = "backup", "backups", "onapp_inventory"
NAMES = (*VIRTUAL_MACHINE_FIELDS, ASSESSMENT, BACKUPS, _records.RECOVERY_POINTS, _records.SCHEDULES)
TEXT_FIELDS = (
    *("identifier", "label", "hostname", "template_label", "operating_system", "operating_system_distro"),
    "created_at",
)
CACHED_FLAG = "facts_cached"

# Raise it when the cached form changes: entries of older versions are then not found.
FORM = 4
PAGE = 100
MAX_PAGE_BYTES = 16 * 2**20
# The year 9999.
MAX_TIME = 253_402_300_799


class Cloud(t.NamedTuple):
    """Facts of virtual machines in the order of their ids, the record of how they were read, and warnings.

    The facts have the assessment as `backup`, those of backups as `backups` if the inventory shows any, and evidence.
    """

    vms: list[Facts]
    health: Health
    warnings: list[str]


@dataclasses.dataclass(frozen=True)
class CloudReader:
    """Reads the virtual machines of the panel with the URL `panel`, by options that were checked.

    Times are UTC seconds: `now` is the time of the assessment, `fetched_at` that of the clock. `prefix` begins the
    names of host variables, `max_cache_age` is seconds or None.
    """

    panel: str
    expressions: Expressions
    filters: list[Filter]
    prefix: str
    policy: Policy
    now: int
    fetched_at: int
    include_backups: str
    fail_on_error: bool
    max_cache_age: int | None
    evidence: tuple[str, ...] = ()

    def fetch(self, client: Client, *, snapshot: bool) -> tuple[Cloud, Snapshot | None]:
        """The cloud from the control panel and, on request, its snapshot for the cache, None if it is incomplete.

        Raises OnAppError when the virtual machines cannot be read, or anything cannot and `fail_on_error` is set.
        """
        fetch = CloudFetch(
            client,
            keep=self._is_included if self.filters else None,
            whole_list=True,
            fail_on_error=self.fail_on_error,
            naive_as=self.policy.clock.naive_as,
            evidence=self.evidence,
        )
        recorder = Recorder(whole_backups=self.include_backups != "none")
        vms: list[Facts] = []
        backups = 0
        for fetched in fetch.virtual_machines():
            vms.append(self._assessed(fetched, (), self.fetched_at))
            backups += len(fetched.backups or ())
            if snapshot:
                recorder.add(fetched.row, fetched.disk_rows, fetched.backup_rows, fetched.evidence)
        health = Health(
            cloud=self.panel,
            generated_at=self.now,
            virtual_machines=len(vms),
            backups=backups,
            requests=client.throttle.requests,
            failures=tuple(failure.as_facts() for failure in fetch.failures),
        )
        kept = None
        if snapshot and not fetch.failures and not any(fetch.unread.values()):
            for row in fetch.skipped_rows:
                recorder.add(row)
            kept = recorder.snapshot(self.fetched_at)
        warnings = fetch.warnings(len(vms), HEALTH) + clock_warnings(
            client, self.fetched_at, self.policy.clock.max_skew
        )
        return Cloud(sorted(vms, key=lambda vm: vm["id"]), health, warnings), kept

    def from_snapshot(self, snapshot: Snapshot) -> Cloud | None:
        """The cloud of a snapshot, assessed now; None if it lacks a virtual machine or evidence that is asked for.

        Raises DamagedCache.
        """
        if snapshot.fetched_at > self.fetched_at + self.policy.clock.max_skew:
            raise DamagedCache("it is from the future, by the clock of this host, so its age is not known")
        # By the later of both clocks: no time of evaluation makes old facts new.
        age = max(0, max(self.now, self.fetched_at) - snapshot.fetched_at)
        problems = []
        if self.max_cache_age is not None and age > self.max_cache_age:
            limit = values.duration_text(self.max_cache_age)
            problems.append(
                f"the facts come from the cache and are {values.duration_text(age)} old, past the limit of {limit}"
                " (max_cache_age)"
            )
        vms, backups = [], 0
        for fetched in snapshot.virtual_machines(self.policy.clock.naive_as):
            if self._is_included(fetched.vm):
                if fetched.disks is None or fetched.backups is None or tuple(fetched.evidence) != self.evidence:
                    return None
                vms.append(self._assessed(fetched, problems, snapshot.fetched_at))
                backups += len(fetched.backups)
        health = Health(self.panel, self.now, "cache", age, len(vms), backups)
        return Cloud(sorted(vms, key=lambda vm: vm["id"]), health, problems)

    def _is_included(self, vm: _records.VirtualMachine) -> bool:
        if not self.filters:
            return True
        variables = prefixed(virtual_machine_facts(vm), self.prefix)
        unreadable = [f"{self.prefix}{name}" for name in vm.unreadable]
        return is_included(self.filters, variables, vm.id, self.expressions, unreadable)

    def _assessed(self, fetched: FetchedVm, problems: Sequence[str], read_at: int) -> Facts:
        clock = self.policy.clock
        later = times_after(self.now, read_at, clock)
        assessment = assess_vm(fetched, self.policy, self.now, problems, read_at)
        if problems:
            assessment = assessment._replace(flags=(*assessment.flags, CACHED_FLAG))
        facts = {**virtual_machine_facts(fetched.vm), ASSESSMENT: assessment.as_facts(self.now)}
        if self.include_backups != "none":
            backups = backups_of(fetched, clock, self.now, later)
            facts[BACKUPS] = latest(backups) if self.include_backups == "latest" else backups
        return {**facts, **evidence_of(fetched, clock, self.now, later)}


def parse_filters(entries: t.Any) -> list[Filter]:
    """Verb and condition of each entry of the option `filters`. Raises ConfigError that names the wrong one."""
    filters = []
    for where, verb, condition in _options.filter_entries(entries, "include: onapp_booted"):
        if not isinstance(condition, (bool, str)) or condition == "":
            raise _errors.ConfigError(f"The option {where} must be an expression, or true or false.")
        filters.append((verb, condition))
    return filters


def is_included(
    filters: list[Filter],
    variables: Mapping[str, t.Any],
    virtual_machine_id: int,
    expressions: Expressions,
    unreadable: Collection[str] = (),
) -> bool:
    """Whether the first filter whose condition is true includes; a VM without one is included.

    No VM is excluded because of an `unreadable` variable. Raises ConfigError when an expression fails: neither
    including nor excluding the VM would be safe.
    """
    for place, (verb, condition) in enumerate(filters):
        if unreadable and expressions.may_read(condition, unreadable):
            if verb == "include":
                return True
            continue
        try:
            if expressions.condition(condition, variables):
                return verb == "include"
        except ExpressionError as error:
            raise _errors.ConfigError(
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

    def joined_to(self, before: t.Any) -> Facts:
        """The variable `onapp_inventory` of all sources, from that of the earlier ones."""
        own = {**self._asdict(), "generated_at": _fields.utc_text(self.generated_at), "failures": list(self.failures)}
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
        variable, why = prefix + name, ""
        if not variable.isidentifier() or not variable.isascii():
            why = "does not begin a variable name: use letters, digits and underscores"
        elif variable in reserved or variable.startswith("ansible_"):
            why = f"makes the variable {variable}, a name for which Ansible has another use: choose another prefix"
        if why:
            raise _errors.ConfigError(f'The option hostvars_prefix is "{prefix}", which {why}, such as onapp_.')
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


class DamagedCache(Exception):
    """A cache entry is not what `Snapshot.as_text` made; the message says what is wrong."""


class Snapshot(t.NamedTuple):
    """The virtual machines of a cloud in pages, in the order of their ids; read at `fetched_at`, in UTC seconds."""

    fetched_at: int
    pages: tuple[str, ...]

    def virtual_machines(self, naive_as: datetime.tzinfo | None = None) -> Iterator[FetchedVm]:
        """Each virtual machine with its disks, backups and evidence; None for those that were not read.

        Times without an offset are in the zone `naive_as`. Raises DamagedCache.
        """
        numbers = set()
        for page in self.pages:
            try:
                found = []
                entries = json.loads(_unpacked(page))
                if not isinstance(entries, list) or not entries:
                    raise DamagedCache("a page is not a list of virtual machines")
                for vm, disks, backups, evidence in entries:
                    if not all(rows is None or isinstance(rows, list) for rows in (disks, backups, *evidence.values())):
                        raise DamagedCache("disks, backups or evidence are not a list of rows")
                    fetched = FetchedVm.of_rows(vm, disks, backups, naive_as=naive_as)
                    found.append(fetched.with_evidence(evidence, {}, naive_as))
            except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
                raise DamagedCache(f"a value in it is wrong: {error}") from None
            for fetched in found:
                if fetched.vm.id in numbers:
                    raise DamagedCache(f"virtual machine {fetched.vm.id} is in it twice")
                numbers.add(fetched.vm.id)
                yield fetched

    def as_text(self) -> str:
        """One text, because ansible-core copies and inspects anything else that is put into its cache."""
        return "\n".join([json.dumps([FORM, self.fetched_at, len(self.pages)]), *self.pages])

    @classmethod
    def from_text(cls, text: t.Any) -> Snapshot:
        """The snapshot of a text; its pages are not unpacked yet. Raises DamagedCache."""
        if not isinstance(text, str):
            raise DamagedCache("it is not a text")
        head, *pages = text.split("\n")
        try:
            form, fetched_at, length = json.loads(head)
        except (ValueError, TypeError, RecursionError):
            raise DamagedCache("it has no header") from None
        if form != FORM or fetched_at.__class__ is not int or not 0 <= fetched_at <= MAX_TIME or length != len(pages):
            raise DamagedCache("its header is wrong")
        return cls(fetched_at, tuple(pages))


class Recorder:
    """Makes a snapshot of virtual machines as they come; with `whole_backups` their backups keep all fields."""

    def __init__(self, *, whole_backups: bool) -> None:
        self._whole_backups = whole_backups
        self._pages: list[str] = []
        self._entries: list[t.Any] = []

    def add(self, row: Facts, disks: Rows = None, backups: Rows = None, evidence: Facts | None = None) -> None:
        """A virtual machine; without disks, backups and evidence if only the list of virtual machines was read."""
        if backups is not None and not self._whole_backups:
            backups = [_records.with_fields(backup, _records.ASSESSED_FIELDS) for backup in backups]
        self._entries.append([row, disks, backups, evidence or {}])
        if len(self._entries) == PAGE:
            self._end_page()

    def snapshot(self, fetched_at: int) -> Snapshot | None:
        """The snapshot of everything added, read at a time in UTC seconds; None if a page is too large."""
        self._end_page()
        return None if "" in self._pages else Snapshot(fetched_at, tuple(self._pages))

    def _end_page(self) -> None:
        if self._entries:
            text = json.dumps(self._entries, separators=(",", ":")).encode()
            # Level 1 is the fastest.
            packed = base64.b64encode(zlib.compress(text, 1)).decode() if len(text) <= MAX_PAGE_BYTES else ""
            self._pages.append(packed)
            self._entries = []


def cache_key(plugin_key: str, *parts: t.Any) -> str:
    """A key that changes with everything that decides the rows; it shows neither URL nor user."""
    digest = hashlib.sha256(json.dumps([FORM, *parts]).encode()).hexdigest()
    return f"{plugin_key}_{digest[:16]}"


def _unpacked(page: str) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(base64.b64decode(page, validate=True), MAX_PAGE_BYTES)
    except (ValueError, zlib.error):
        raise DamagedCache("a page cannot be unpacked") from None
    if not unpacker.eof:
        raise DamagedCache("a page is cut or too large")
    return text
