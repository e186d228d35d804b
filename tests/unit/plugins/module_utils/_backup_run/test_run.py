# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on the simulated panel: accepted backups, results of virtual machines, and faults."""

from __future__ import annotations

import email.utils
import json
import os
import signal
import threading
import time
import types
import typing as t
import urllib.parse

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._api import throttle
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Answer
from ansible_collections.community.onapp.plugins.module_utils._backup_run import run as run_module
from ansible_collections.community.onapp.plugins.module_utils._backup_run import vm_run
from ansible_collections.community.onapp.plugins.module_utils._backup_run.plan import Params, policy_for
from ansible_collections.community.onapp.plugins.module_utils._backup_run.run import ensure_backups
from ansible_collections.community.onapp.plugins.module_utils._backup_run.vm_run import VmRun
from ansible_collections.community.onapp.plugins.module_utils._errors import ConnectionFailed, OnAppError
from ansible_collections.community.onapp.plugins.module_utils._options import Connection, base64_credentials
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.connection import connection_options
from ansible_collections.community.onapp.tests.properties import examples
from ansible_collections.community.onapp.tests.simulator import routes
from ansible_collections.community.onapp.tests.simulator.answers import Exchange
from ansible_collections.community.onapp.tests.simulator.control import Control
from ansible_collections.community.onapp.tests.simulator.faults import EFFECTS
from ansible_collections.community.onapp.tests.simulator.settings import Settings
from hypothesis import strategies as st

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.usefixtures("short_pauses")


class Result(t.NamedTuple):
    facts: dict[str, t.Any]
    warnings: list[str]


HOUR = 3600
NOW = "2026-03-30T06:00:00Z"
FRESH, STALE, LONG_AGO = "2026-03-30T05:00:00Z", "2026-03-29T06:00:00Z", "2020-01-01T00:00:00Z"


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses before retries."""
    monkeypatch.setattr(throttle, "FIRST_PAUSE", 0.02)


def skip_waits(monkeypatch: pytest.MonkeyPatch, advance: t.Callable[[float], object]) -> None:
    """Skip the waits between two polls: the clocks of the run and of the panel advance at once."""
    skipped: list[float] = []

    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            advance(timeout)
            skipped.append(timeout)
            return self.is_set()

    clock = types.SimpleNamespace(monotonic=lambda: time.monotonic() + sum(skipped))
    monkeypatch.setattr(vm_run, "time", clock)
    monkeypatch.setattr(run_module, "threading", types.SimpleNamespace(Event=Event, Thread=threading.Thread))


@pytest.fixture
def skipped_waits(panel: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_waits(monkeypatch, panel.advance)


class InProcess:
    """The transport of a client to a simulated panel in this process, without connections."""

    url = "http://127.0.0.1"

    def __init__(self, *machines: dict[str, t.Any], **settings: t.Any) -> None:
        given = Settings().changed({"now": NOW, "own_date": True, **settings})
        self.control = Control({"cloud": {"virtual_machines": list(machines)}}, given, None)
        self.panel = self.control.panel
        self.username, self.password = self.panel.credentials
        self.posts = 0
        self._login = f"Basic {base64_credentials(self.username, self.password)[0]}"
        self._lock = threading.Lock()

    def get(self, path: str, query: dict[str, t.Any], remaining: t.Any) -> Answer:
        return self._send("GET", path, urllib.parse.urlencode(query), b"")

    def post(self, path: str, document: dict[str, t.Any], remaining: t.Any) -> Answer:
        self.posts += 1
        return self._send("POST", path, "", json.dumps(document).encode())

    def close(self) -> None:
        """Do nothing."""

    def accepted(self) -> list[dict[str, t.Any]]:
        return t.cast("list[dict[str, t.Any]]", self.panel.builds.report()["backups_accepted"])

    def _send(self, method: str, path: str, query: str, body: bytes) -> Answer:
        with self._lock:
            call = routes.parse_call(method, path, query, "", "")
            call.body, call.vm_key = body, self.panel.locate(call)
            exchange = Exchange(t.cast("t.Any", None), call, self.panel, self._answer, lambda answer: answer)
            fault = self.control.faults.take(call, self.panel.cloud)
            if fault is not None and fault.name in LOST_ANSWERS:
                if fault.name == "truncated" or fault.args.get("processed"):
                    exchange.genuine()
                error = ConnectionFailed("The answer was lost.")
                error.may_have_been_accepted = method == "POST"
                raise error
            answer = exchange.genuine() if fault is None else EFFECTS[fault.name](exchange, **fault.args)
            date = email.utils.format_datetime(self.panel.builds.clock.date(self.panel.settings), usegmt=True)
        return Answer(answer.status, {**answer.headers, "Content-Type": answer.content_type, "Date": date}, answer.body)

    def _answer(self, call: routes.Call, build: dict[str, t.Any]) -> t.Any:
        return self.panel.answer(call, self._login, "", self.url, build)


# Faults of the connection, which are equal for a client.
LOST_ANSWERS = ("drop", "truncated", "slow_first_byte")


def vm(number: int, *ages: str | None, **fields: t.Any) -> dict[str, t.Any]:
    """A virtual machine with a disk for each age of its one normal backup; None means no backup."""
    disks = [{"id": 10 * number + place, "created_at": LONG_AGO} for place in range(len(ages))]
    backups = [
        {"id": 100 * number + place, "disk_id": disk["id"], "target_id": disk["id"], "created_at": age, "built_at": age}
        for place, (disk, age) in enumerate(zip(disks, ages, strict=True))
        if age is not None
    ]
    base = {"id": number, "label": f"vm-{number}", "created_at": LONG_AGO, "support_incremental_backups": False}
    return {**base, "disks": disks, "backups": backups, **fields}


def cloud_of(panel: Simulator, *machines: dict[str, t.Any], **settings: t.Any) -> None:
    given = {"now": NOW, "own_date": True, "build_seconds": 0.05, **settings}
    panel.reset(cloud={"virtual_machines": list(machines)}, **given)


def ensure(
    panel: Simulator | InProcess, *names: str, log: t.Any = None, timeout: float = 5, **options: t.Any
) -> Result:
    """Run with short times, unless `options` override them; `policy` is in the user's format."""
    max_age = options.pop("max_age", 4 * HOUR)
    given = {"url": panel.url, "username": panel.username, "password": panel.password, "retries": 1}
    connection = {name: options.pop(name) for name in ("deadline", "response_format") if name in options}
    client = Client(Connection.from_options(connection_options(**given, timeout=timeout, **connection)))
    if isinstance(panel, InProcess):
        client._transport.close()
        client._transport = t.cast("t.Any", panel)
    params = Params(
        names=names or ("1",),
        max_age=max_age,
        backup_type="auto",
        note=None,
        force_windows_backup=False,
        wait=True,
        wait_timeout=60,
        poll_interval=0.03,
        max_parallel=4,
        policy=policy_for(parse_policy(options.pop("policy", None)), max_age),
        evidence=(),
        check_mode=False,
        now=time.time,
    )
    try:
        return Result(*ensure_backups(client, params._replace(**options), log or (lambda text: None)))
    finally:
        client.close()


def build_log(panel: Simulator, seconds: int) -> t.Callable[[str], None]:
    """A log that builds backups as soon as the run has joined or started them, on hosts of any speed."""

    def log(line: str) -> None:
        if "joined backup" in line or "started backup" in line:
            panel.advance(seconds)

    return log


def accepted(panel: Simulator, by: str = "request") -> list[tuple[int, int | None]]:
    """The virtual machine and the disk (None: all) of each backup that the panel accepted, oldest first."""
    entries = panel.counts()["backups_accepted"]
    return [(entry["virtual_machine_id"], entry["disk_id"]) for entry in entries if entry["by"] == by]


def posts(panel: Simulator) -> int:
    return sum(entry["method"] == "POST" for entry in panel.counts()["log"])


def one(result: Result) -> dict[str, t.Any]:
    (machine,) = result.facts["virtual_machines"]
    return t.cast("dict[str, t.Any]", machine)


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    ("machine", "options", "action", "made"),
    [
        pytest.param(vm(1, FRESH), {}, "fresh", [], id="fresh"),
        pytest.param(vm(1, STALE), {}, "started", [(1, 10)], id="stale"),
        pytest.param(vm(1, STALE, FRESH, None), {}, "started", [(1, 10), (1, 12)], id="two of three disks"),
        pytest.param(vm(1, FRESH), {"max_age": None}, "started", [(1, 10)], id="no max_age"),
        pytest.param(
            vm(1, STALE, None, support_incremental_backups=True), {}, "started", [(1, None)], id="incremental"
        ),
        pytest.param(
            vm(1, STALE, support_incremental_backups=True),
            {"backup_type": "incremental"},
            "started",
            [(1, None)],
            id="incremental forced",
        ),
        pytest.param(
            vm(1, STALE, support_incremental_backups=True),
            {"backup_type": "normal"},
            "started",
            [(1, 10)],
            id="normal forced",
        ),
        pytest.param(vm(1, STALE, booted=False, locked=True), {}, "started", [(1, 10)], id="powered off and locked"),
        pytest.param(vm(1, STALE, built=False), {}, "failed", [], id="not built"),
    ],
)
def test_action(
    machine: dict[str, t.Any],
    options: dict[str, t.Any],
    action: str,
    made: list[tuple[int, int | None]],
    form: str,
    panel: Simulator,
) -> None:
    """Check mode predicts the run, and a second run with max_age changes nothing."""
    cloud_of(panel, machine)
    predicted = ensure(panel, check_mode=True, response_format=form, **options)
    assert posts(panel) == 0
    result = ensure(panel, response_format=form, **options)
    for found in (predicted, result):
        assert (one(found)["action"], one(found)["changed"]) == (action, action == "started")
        assert found.facts["changed"] is (action == "started")
        assert ("failure" in found.facts) == (action == "failed")
    assert accepted(panel) == made
    assert len(one(result)["backups"]) == len(result.facts["backups"]) == len(made)
    assert all(backup["built"] for backup in result.facts["backups"])
    if action != "failed":
        assert one(result)["backup"]["state"] == "protected"
        again = ensure(panel, response_format=form, **{**options, "max_age": 4 * HOUR})
        assert (one(again)["action"], again.facts["changed"]) == ("fresh", False)
        assert len(accepted(panel)) == len(made)


def test_sent_requests(panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE), vm(2, STALE, support_incremental_backups=True))
    result = ensure(panel, "vm-1", "2", note="before the upgrade", force_windows_backup=True)
    assert [backup["note"] for backup in result.facts["backups"]] == ["before the upgrade"] * 2
    assert {entry["path"] for entry in panel.counts()["log"] if entry["method"] == "POST"} == {
        "/settings/disks/10/backups.json",
        "/virtual_machines/2/backups.json",
    }


def test_requests(panel: Simulator) -> None:
    """A fresh virtual machine is read once; a stale one needs one more request for each poll."""
    cloud_of(panel, *(vm(number, FRESH) for number in range(1, 21)))
    ensure(panel, *map(str, range(1, 21)))
    assert panel.counts()["requests"] == 1 + 2 * 20  # the list of virtual machines, disks, backups
    cloud_of(panel, vm(1, STALE))
    ensure(panel)
    log = [(entry["method"], entry["path"]) for entry in panel.counts()["log"]]
    assert log[:4] == [
        ("GET", "/virtual_machines/1.json"),
        ("GET", "/virtual_machines/1/disks.json"),
        ("GET", "/virtual_machines/1/backups.json"),
        ("POST", "/settings/disks/10/backups.json"),
    ]
    assert set(log[4:]) == {("GET", "/virtual_machines/1/backups.json")}


def test_running_backup_is_joined(panel: Simulator) -> None:
    build = build_log(panel, 600)
    cloud_of(panel, vm(1, STALE, STALE), build_seconds=600)
    theirs = panel.start_backup(1, 10)
    result = ensure(panel, log=build)
    assert (one(result)["action"], one(result)["changed"]) == ("started", True)
    assert accepted(panel) == [(1, 11)]
    assert result.facts["summary"]["backups_joined"] == result.facts["summary"]["backups_started"] == 1
    assert theirs["id"] in one(result)["backups"]
    cloud_of(panel, vm(1, STALE), build_seconds=600)
    panel.start_backup(1, initiated="days")
    assert one(ensure(panel, check_mode=True))["action"] == "joined"
    joined = ensure(panel, log=build)
    assert (one(joined)["action"], joined.facts["changed"], one(joined)["backup"]["state"]) == (
        "joined",
        False,
        "protected",
    )
    assert accepted(panel) == []


def test_without_waiting(panel: Simulator) -> None:
    """A started backup does not improve the state; a later run joins it."""
    cloud_of(panel, vm(1, STALE))
    panel.settings(build_seconds=600)
    result = ensure(panel, wait=False)
    assert (one(result)["action"], one(result)["backup"]["state"]) == ("started", "stale")
    assert "in_progress" in one(result)["backup"]["flags"]
    assert result.facts["summary"]["backups_going_on"] == 1
    assert [backup["built"] for backup in result.facts["backups"]] == [False]
    predicted = one(ensure(panel, check_mode=True))
    assert (predicted["action"], predicted["backups"]) == ("joined", one(result)["backups"])
    panel.advance(600)
    assert one(ensure(panel))["action"] == "fresh"
    assert len(accepted(panel)) == 1


def test_two_simultaneous_runs(panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE))
    panel.settings(build_seconds=0.5)
    found: list[Result] = []
    threads = [threading.Thread(target=lambda: found.append(ensure(panel))) for _number in range(2)]
    threads[0].start()
    while not accepted(panel):
        time.sleep(0.01)
    threads[1].start()
    for thread in threads:
        thread.join()
    assert sorted(one(result)["action"] for result in found) == ["joined", "started"]
    assert len(accepted(panel)) == 1


@pytest.mark.parametrize(("kind", "ages", "made"), [("auto", (STALE, STALE), 2), ("auto", (STALE, FRESH), 1)])
def test_incremental_backups_are_switched_off(kind: str, ages: tuple[str, ...], made: int, panel: Simulator) -> None:
    """Disks that the row in the answer does not cover get normal backups."""
    cloud_of(panel, vm(1, *ages, support_incremental_backups=True))
    panel.settings(allow_incremental_backups=False)
    result = ensure(panel, backup_type=kind)
    assert (one(result)["action"], one(result)["backup"]["state"]) == ("started", "protected")
    assert len(accepted(panel)) == len({disk for _vm, disk in accepted(panel)}) == made


def test_requested_incremental_backups_are_switched_off(panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE))
    panel.settings(allow_incremental_backups=False)
    result = ensure(panel, backup_type="incremental")
    assert (one(result)["action"], one(result)["changed"]) == ("failed", True)
    assert one(result)["failure"]["code"] == "failed"
    assert "backup_type" in one(result)["failure"]["text"]
    assert len(accepted(panel)) == 1


POST_ROUTE = {"route": "create_disk_backup"}


@pytest.mark.parametrize(
    ("faults", "action", "code", "made"),
    [
        pytest.param([{"fault": "drop", "processed": True}], "started", None, 1, id="accepted, answer lost"),
        pytest.param([{"fault": "drop"}], "failed", "connection", 0, id="never accepted, no answer"),
        pytest.param([{"fault": "status", "status": 502}], "failed", "connection", 0, id="502, not accepted"),
        pytest.param([{"fault": "status", "status": 500}], "failed", "connection", 0, id="500, not accepted"),
        pytest.param([{"fault": "status", "status": 503}], "failed", "connection", 0, id="503, not accepted"),
        pytest.param([{"fault": "slow_first_byte", "seconds": 2, "processed": True}], "started", None, 1, id="slow"),
        pytest.param([{"fault": "html"}], "failed", "connection", 0, id="a web page"),
        pytest.param([{"fault": "truncated"}], "started", None, 1, id="cut answer"),
        pytest.param([{"fault": "malformed"}], "started", None, 1, id="broken JSON"),
        pytest.param([{"fault": "nothing"}], "started", None, 1, id="an empty answer"),
        pytest.param([{"fault": "row_value", "field": "id"}], "started", None, 1, id="a row without an id"),
        pytest.param(
            [{"fault": "status", "status": 422, "text": "Backup cannot be made at this time"}],
            "failed",
            "server",
            0,
            id="refused",
        ),
        pytest.param([{"fault": "status", "status": 403}], "failed", "forbidden", 0, id="forbidden"),
        pytest.param([{"fault": "status", "status": 429}], "failed", "rate_limited", 0, id="rate limited"),
        pytest.param([{"fault": "build", "result": "disappears"}], "failed", "failed", 1, id="disappears"),
        pytest.param([{"fault": "other_backup", "disk": 10}], "started", None, 1, id="another account is as fast"),
        pytest.param(
            [{"fault": "other_backup", "disk": 10, "when": "after"}], "started", None, 1, id="another account follows"
        ),
        *(
            pytest.param([{"fault": fault, "route": "backups", "skip": 1, "times": 1}], "started", None, 1, id=fault)
            for fault in ("drop", "truncated", "null_row", "duplicate_rows")
        ),
        pytest.param(
            [{"fault": "status", "status": 503, "route": "backups", "skip": 1, "times": 6}],
            "started",
            None,
            1,
            id="looks fail for a while",
        ),
        pytest.param(
            [{"fault": "status", "status": 403, "route": "backups", "skip": 1}],
            "failed",
            "forbidden",
            1,
            id="looks end",
        ),
        pytest.param([{"fault": "status", "status": 500, "route": "disks"}], "failed", "server", 0, id="disks"),
        pytest.param([{"fault": "status", "status": 500, "route": "backups"}], "failed", "server", 0, id="backups"),
        pytest.param([{"fault": "delete_vm", "route": "backups"}], "failed", "not_found", 0, id="deleted meanwhile"),
        pytest.param([{"fault": "status", "status": 401, "route": "disks"}], "failed", "auth", 0, id="refused log-in"),
    ],
)
@pytest.mark.usefixtures("skipped_waits")
def test_faults(faults: list[dict[str, t.Any]], action: str, code: str | None, made: int, panel: Simulator) -> None:
    """No start is sent twice, and a failed virtual machine does not stop others."""
    cloud_of(panel, vm(1, STALE), vm(2, FRESH))
    panel.faults([{**POST_ROUTE, "vm": 1, **fault} for fault in faults])
    result = ensure(panel, "1", "2", max_parallel=1, timeout=1, poll_interval=0.2)
    assert posts(panel) <= 1
    first, second = result.facts["virtual_machines"]
    assert first["action"] == action, first
    assert (first["failure"] or {}).get("code") == code, first
    assert len(accepted(panel)) == made
    assert first["changed"] is (first["backups"] != [])
    assert second["action"] == ("failed" if code == "auth" else "fresh")
    if action == "started":
        assert first["backup"]["state"] == "protected"
        assert "failure" not in result.facts
    else:
        assert "failure" in result.facts and first["failure"]["text"] in result.facts["msg"]
        assert first["backup"]["state"] != "protected"


def test_refusal_is_quoted(panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE))
    panel.faults([{**POST_ROUTE, "fault": "status", "status": 422, "text": "check Location Group settings"}])
    assert "check Location Group settings" in one(ensure(panel))["failure"]["text"]


@pytest.mark.usefixtures("skipped_waits")
def test_lost_answer(panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE))
    panel.faults([{**POST_ROUTE, "fault": "drop"}])
    failure = one(ensure(panel, poll_interval=1))["failure"]
    assert "A backup of disk 10 may have been started." in failure["text"]
    assert (failure["method"], failure["path"], failure["attempts"]) == ("POST", "/settings/disks/10/backups.json", 1)


def test_marked_for_delete_while_building(panel: Simulator) -> None:
    """A backup that is marked for deletion will not be built."""
    cloud_of(panel, vm(1, STALE))
    panel.settings(build_seconds=600)
    marked = {
        "fault": "row_value",
        "route": "backups",
        "field": "marked_for_delete",
        "value": True,
        "row": 1,
        "skip": 1,
    }
    panel.faults([marked])
    failure = one(ensure(panel, wait_timeout=5))["failure"]
    assert (failure["code"], "marked for delete" in failure["text"]) == ("failed", True)


def test_wait_timeout(panel: Simulator) -> None:
    """Backups that are not built in time continue and are named."""
    cloud_of(panel, vm(1, STALE), vm(2, STALE))
    panel.settings(build_seconds=600)
    for options, code in (({"wait_timeout": 0.2}, "timeout"), ({"deadline": 1.0}, "deadline")):
        result = ensure(panel, "1", "2", **options)
        machines = result.facts["virtual_machines"]
        assert [machine["failure"]["code"] for machine in machines] == [code] * 2
        assert result.facts["summary"]["backups_going_on"] == len(result.facts["backups"]) == 2
        assert [backup["built"] for backup in result.facts["backups"]] == [False, False]
        for machine in machines:
            assert f"ackup {machine['backups'][0]}" in machine["failure"]["text"]
            assert machine["backup"]["state"] == "stale"
    assert len(accepted(panel)) == 2, "the second run joins what the first one started"


def test_build_longer_than_max_age(panel: Simulator) -> None:
    """The run succeeds with a warning, and the next run starts another backup."""
    cloud_of(panel, vm(1, STALE))
    panel.settings(build_seconds=2 * HOUR)
    result = ensure(panel, max_age=HOUR, log=build_log(panel, 2 * HOUR))
    assert (one(result)["action"], one(result)["backup"]["state"]) == ("started", "stale")
    assert "failure" not in result.facts
    (warning,) = result.warnings
    assert "max_age 1h" in warning


def test_other_point_is_deleted_during_the_run(panel: Simulator) -> None:
    """If the fresh point of another disk is deleted during the run, the virtual machine is not fresh."""
    cloud_of(panel, vm(1, STALE, FRESH))
    panel.faults([{"fault": "row_value", "route": "backups", "field": "built", "value": False, "row": 1, "skip": 1}])
    result = ensure(panel, wait_timeout=5)
    assert one(result)["backup"]["state"] != "protected"
    assert one(result)["failure"] is not None


RECOVERY_POINT = {"id": 7, "state": "available", "created_at": FRESH}


@pytest.mark.parametrize(
    ("points", "faults", "action", "made"),
    [
        pytest.param([RECOVERY_POINT], [], "fresh", 0, id="fresh"),
        pytest.param([{**RECOVERY_POINT, "created_at": STALE}], [], "started", 1, id="stale"),
        pytest.param([{**RECOVERY_POINT, "state": "merging"}], [], "started", 1, id="not usable"),
        pytest.param([], [], "started", 1, id="none"),
        pytest.param([RECOVERY_POINT], [{"fault": "status", "status": 404}], "started", 1, id="no such route"),
        pytest.param([RECOVERY_POINT], [{"fault": "status", "status": 403}], "failed", 0, id="forbidden"),
        pytest.param([RECOVERY_POINT], [{"fault": "null_row"}], "failed", 0, id="null row"),
    ],
)
def test_recovery_points(
    points: list[dict[str, t.Any]], faults: list[dict[str, t.Any]], action: str, made: int, panel: Simulator
) -> None:
    """If requested, they count like backups of the virtual machine; unread ones do not count."""
    cloud_of(panel, vm(1, STALE, STALE, support_incremental_backups=True, recovery_points=points))
    panel.faults([{**fault, "route": "recovery_points"} for fault in faults])
    for check_mode in (True, False):
        result = ensure(panel, evidence=("recovery_points",), check_mode=check_mode)
        assert one(result)["action"] == action, result
    assert len(accepted(panel)) == made
    assert one(result)["backup"]["state"] == ("unknown" if action == "failed" else "protected")
    cloud_of(panel, vm(1, STALE, recovery_points=points))
    assert one(ensure(panel, check_mode=True))["action"] == "started"
    assert "recovery_points" not in panel.counts()["by_route"]


def test_virtual_machines_without_recovery_points(panel: Simulator) -> None:
    """A 404 for one virtual machine does not prove that others have none."""
    cloud_of(panel, *(vm(number, STALE, recovery_points=[RECOVERY_POINT]) for number in (1, 2, 3)))
    panel.faults([{"fault": "status", "status": 404, "route": "recovery_points", "vm": number} for number in (1, 2)])
    result = ensure(panel, "1", "2", "3", evidence=("recovery_points",))
    assert [machine["action"] for machine in result.facts["virtual_machines"]] == ["failed", "failed", "fresh"]
    assert panel.counts()["by_route"]["recovery_points"] == 3
    assert accepted(panel) == []


def test_recovery_points_are_read_in_their_turn(panel: Simulator) -> None:
    """Also those that were read before, to see whether the panel has any."""
    cloud_of(panel, *(vm(number, STALE, recovery_points=[RECOVERY_POINT]) for number in (1, 2, 3)))
    panel.faults([{"fault": "status", "status": 404, "route": "recovery_points", "vm": 1}])
    ensure(panel, "1", "2", "3", evidence=("recovery_points",), max_parallel=1)
    log = [entry["path"] for entry in panel.counts()["log"]]
    disks = [place for place, path in enumerate(log) if "/virtual_machines/3/disks" in path]
    points = [place for place, path in enumerate(log) if "/virtual_machines/3/backups/recovery_points" in path]
    turn_of_2 = [place for place, path in enumerate(log) if "/virtual_machines/2/disks" in path]
    assert max(points) > max(turn_of_2)
    assert len(disks) == 1


def test_failed_transaction_ends_the_wait(panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE), build_seconds=0.3)
    failed = {**POST_ROUTE, "fault": "build", "result": "failed", "seconds": 0.3}
    panel.faults([failed])
    result = one(ensure(panel, evidence=("transactions",), wait_timeout=60))
    assert (result["action"], result["changed"], result["failure"]["code"]) == ("failed", True, "failed")
    assert "status of its transaction is failed" in result["failure"]["text"]
    assert (result["backup"]["state"], "attempt_failed" in result["backup"]["flags"]) == ("failing", True)
    # The next run does not wait for it, or without this evidence does not know it.
    panel.clear_faults()
    assert one(ensure(panel, check_mode=True))["action"] == "joined"
    again = one(ensure(panel, evidence=("transactions",)))
    assert (again["action"], again["backup"]["state"]) == ("started", "protected")
    assert len(accepted(panel)) == 2


@pytest.mark.usefixtures("skipped_waits")
def test_unreadable_log(panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE), build_seconds=1)
    panel.faults([{"fault": "status", "status": 403, "route": "transactions"}])
    result = ensure(panel, evidence=("transactions", "schedules"), poll_interval=0.5)
    assert (one(result)["action"], one(result)["backup"]["state"]) == ("started", "protected")
    (warning,) = result.warnings
    assert warning.startswith("The transactions of virtual machine 1 (vm-1) could not be read: ")


def listed_as(field: str, value: t.Any, **how: t.Any) -> dict[str, t.Any]:
    """A fault that changes a field in a list of backups, but not in the first answer."""
    return {"fault": "row_value", "route": "backups", "field": field, "value": value, "skip": 1, **how}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(listed_as("built", False, row=1), id="never built"),
        pytest.param(listed_as("built", "perhaps", row=1), id="unreadable flag"),
        pytest.param(listed_as("marked_for_delete", True, row=1), id="marked for delete"),
        pytest.param(listed_as("created_at", "soon", row=1), id="unreadable time"),
        pytest.param(listed_as("disk_id", 77, row=1), id="of another disk"),
        pytest.param({"fault": "null_row", "route": "backups", "skip": 1}, id="null row"),
    ],
)
@pytest.mark.parametrize("max_age", [4 * HOUR, None])
@pytest.mark.usefixtures("skipped_waits")
def test_unusable_new_backup_is_a_failure(fault: dict[str, t.Any], max_age: int | None, panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE))
    panel.faults([fault])
    result = one(ensure(panel, wait_timeout=1, poll_interval=0.2, max_age=max_age, policy={"defaults": {"rpo": "4h"}}))
    assert (result["action"], result["changed"]) == ("failed", True), result
    assert result["backup"]["state"] in ("stale", "unknown")


def test_answer_to_a_start_is_no_evidence(panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE), build_seconds=600)
    panel.faults([{**POST_ROUTE, "fault": "row_value", "field": "built", "value": True}])
    result = one(ensure(panel, wait=False))
    assert (result["action"], result["backup"]["state"]) == ("started", "stale")
    cloud_of(panel, vm(1, STALE))
    panel.faults([{**POST_ROUTE, "fault": "row_value", "field": "built", "value": True}])
    result = one(ensure(panel))
    assert (result["action"], result["backup"]["state"]) == ("started", "protected")


def test_built_backup_that_is_deleted(panel: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud_of(panel, vm(1, STALE, STALE))
    panel.faults([{"route": "create_disk_backup", "fault": "build", "result": "built", "seconds": 0.5, "skip": 1}])
    deleted: list[int] = []
    read = VmRun._list

    def list_rows(run: VmRun, wrapper: str) -> list[dict[str, t.Any]]:
        return [row for row in read(run, wrapper) if row["id"] not in deleted]

    def log(line: str) -> None:
        if line.endswith(" is built") and not deleted:
            deleted.append(int(line.split()[-3]))

    monkeypatch.setattr(VmRun, "_list", list_rows)
    result = one(ensure(panel, log=log))
    assert (result["action"], result["failure"]["code"], result["backup"]["state"]) == ("failed", "failed", "stale")
    assert len(result["backups"]) == 2


def test_route_of_a_disk_starts_a_backup_of_the_virtual_machine(panel: Simulator) -> None:
    """The row in the answer covers the other disks, too."""
    cloud_of(panel, vm(1, STALE, STALE), generation="2.x")
    panel.faults([{**POST_ROUTE, "fault": "row_value", "field": "disk_id", "value": None}])
    assert one(ensure(panel, wait=False))["action"] == "started"
    assert accepted(panel) == [(1, 10)]


def test_lost_answer_and_a_backup_of_a_schedule(panel: Simulator) -> None:
    """A backup of a disk that a schedule starts at the same time does not belong to the run."""
    cloud_of(panel, vm(1, STALE, STALE, support_incremental_backups=True))
    panel.faults(
        [
            {"route": "backups", "fault": "other_backup", "disk": 10, "skip": 1, "times": 1},
            {"route": "create_backup", "fault": "drop", "processed": True},
        ]
    )
    assert one(ensure(panel))["action"] == "started"
    assert accepted(panel) == [(1, None)]


@pytest.mark.parametrize(
    ("names", "fault", "code", "text"),
    [
        (["vm-1"], {"fault": "null_row"}, "decode", 'which virtual machine is "vm-1"'),
        (["vm-9"], {"fault": "null_row"}, "decode", 'which virtual machine is "vm-9"'),
        (["vm-9"], {}, "not_found", '"vm-9"'),
    ],
)
def test_name_in_a_partly_readable_list(
    names: list[str], fault: dict[str, t.Any], code: str, text: str, panel: Simulator
) -> None:
    cloud_of(panel, vm(1, STALE), vm(2, STALE))
    panel.faults([{**fault, "route": "virtual_machines"}] if fault else [])
    with pytest.raises(OnAppError, match=text) as raised:
        ensure(panel, *names)
    assert raised.value.code == code
    assert accepted(panel) == []


def test_damaged_row_of_a_virtual_machine(panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE), vm(2, STALE))
    panel.faults([{"fault": "broken_byte", "route": "virtual_machine", "vm": 1}])
    first, second = ensure(panel, "1", "2").facts["virtual_machines"]
    assert (first["action"], first["failure"]["code"], first["backup"]["state"]) == ("failed", "decode", "unknown")
    assert second["action"] == "started"
    assert accepted(panel) == [(2, 20)]


def test_log_of_check_mode(panel: Simulator) -> None:
    cloud_of(panel, vm(1, STALE))
    lines: list[str] = []
    ensure(panel, check_mode=True, log=lines.append)
    assert lines == ["virtual machine 1: would be started (check mode)"]


def test_interrupted(panel: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an interrupt no backup is started, and the log names those in progress."""
    cloud_of(panel, *(vm(number, STALE) for number in range(1, 7)))
    panel.settings(build_seconds=600)
    lines: list[str] = []
    take_turns = run_module._take_turns

    def interrupted(runs: t.Any, *rest: t.Any) -> None:
        def interrupt_main() -> None:
            while len(accepted(panel)) < 2:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt_main, daemon=True).start()
        take_turns(runs, *rest)

    monkeypatch.setattr(run_module, "_take_turns", interrupted)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        ensure(panel, *"123456", max_parallel=2, log=lines.append)
    assert time.monotonic() - began < 60
    assert len(accepted(panel)) == 2
    last = [line for line in lines if "interrupted" in line]
    assert len(last) == 2 and all(
        line.endswith(("may still be running in OnApp.", "may have been started.")) for line in last
    ), lines


AGES = st.sampled_from([FRESH, STALE, None])
MACHINES = st.lists(st.tuples(st.lists(AGES, min_size=1, max_size=2), st.booleans()), min_size=1, max_size=3)
POST_FAULTS = [
    {"fault": "drop", "processed": True},
    {"fault": "drop"},
    {"fault": "status", "status": 500},
    {"fault": "status", "status": 503},
    {"fault": "status", "status": 422},
    {"fault": "truncated"},
    {"fault": "malformed"},
    {"fault": "slow_first_byte", "seconds": 0.2, "processed": True},
    {"fault": "build", "result": "disappears"},
    {"fault": "build", "result": "built", "seconds": 0.05},
    {"fault": "build", "result": "stuck"},
    {"fault": "other_backup", "when": "before"},
    {"fault": "other_backup", "when": "after"},
]
GET_FAULTS = [
    {"fault": "status", "status": 503},
    {"fault": "drop"},
    {"fault": "truncated"},
    {"fault": "null_row"},
    {"fault": "duplicate_rows"},
]
FAULTS = st.one_of(
    st.builds(
        lambda fault, route, skip, times: {**fault, "route": route, "skip": skip, "times": times},
        st.sampled_from(POST_FAULTS),
        st.sampled_from(["create_backup", "create_disk_backup"]),
        st.integers(0, 2),
        st.integers(1, 3),
    ),
    st.builds(
        lambda fault, route, skip, times: {**fault, "route": route, "skip": skip, "times": times},
        st.sampled_from(GET_FAULTS),
        st.sampled_from(["backups", "disks"]),
        st.integers(0, 4),
        st.integers(1, 4),
    ),
)


@hypothesis.settings(max_examples=examples(60), deadline=None)
@hypothesis.given(
    machines=MACHINES,
    faults=st.lists(FAULTS, max_size=3),
    incremental_allowed=st.booleans(),
    build_seconds=st.sampled_from([0, 5, 40]),
    at_once=st.integers(1, 4),
    parallel=st.integers(1, 3),
)
def test_any_fault(
    machines: list[tuple[list[str | None], bool]],
    faults: list[dict[str, t.Any]],
    incremental_allowed: bool,
    build_seconds: float,
    at_once: int,
    parallel: int,
) -> None:
    """With any fault on any request: the panel accepts only needed backups, and success is true."""
    made = [
        vm(number, *ages, support_incremental_backups=incremental)
        for number, (ages, incremental) in enumerate(machines, 1)
    ]
    panel = InProcess(
        *made,
        allow_incremental_backups=incremental_allowed,
        build_seconds=build_seconds,
        simultaneous_backups=at_once,
    )
    panel.control.faults.add(faults)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(throttle, "FIRST_PAUSE", 0)
        skip_waits(monkeypatch, panel.panel.builds.clock.advance)
        names = [str(machine["id"]) for machine in made]
        result = ensure(panel, *names, wait_timeout=120, max_parallel=parallel, timeout=30, poll_interval=15)
        panel.control.faults.clear()
        accepted = panel.accepted()
        assert panel.posts <= sum(len(ages) for ages, _incremental in machines)
        for machine, (ages, incremental), outcome in zip(made, machines, result.facts["virtual_machines"], strict=True):
            mine = [
                entry["disk_id"]
                for entry in accepted
                if (entry["by"], entry["virtual_machine_id"]) == ("request", machine["id"])
            ]
            needed = {disk["id"] for disk, age in zip(machine["disks"], ages, strict=True) if age != FRESH}
            assert needed or not mine
            if incremental and incremental_allowed:
                assert mine in ([], [None])
            else:
                assert len(mine) == len(set(mine))
                # Without incremental backups the panel chooses the disk of the first backup.
                assert set(mine[1:] if incremental else mine) <= needed
            if outcome["failure"] is None:
                assert outcome["backup"]["state"] == "protected"
                assert outcome["changed"] or not mine or outcome["action"] == "joined"
        good = [str(outcome["id"]) for outcome in result.facts["virtual_machines"] if outcome["failure"] is None]
        if good:
            again = ensure(panel, *good)
            assert not again.facts["changed"] and "failure" not in again.facts
            assert panel.accepted() == accepted
