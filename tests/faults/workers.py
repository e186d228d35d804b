# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several processes that share the cases. One that hangs or dies takes no case with it unnoticed."""

from __future__ import annotations

import json
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.measure import clean_environment
from ansible_collections.community.onapp.tests.faults.cases import Case

WORKER = pathlib.Path(__file__).with_name("worker.py")
LONGEST = 120.0  # seconds after which a case hangs; the first one also starts a simulator


class Result(t.NamedTuple):
    """What became of a case."""

    case: Case
    word: str
    codes: list[str]
    complaints: list[str]
    seconds: float


class Worker:
    """One process; it starts with its first case."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._errors = folder / "errors.txt"
        self._process: subprocess.Popen[str] | None = None

    def run(self, case: Case) -> Result:
        """Run a case; one that ends the process has that as its complaint."""
        process = self._process or self._start()
        hangs = threading.Event()

        def give_up() -> None:
            hangs.set()
            process.kill()

        alarm = threading.Timer(LONGEST, give_up)
        alarm.start()
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(case._asdict()) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            alarm.cancel()
        if answer:
            return Result(case, **json.loads(answer))
        self.stop()
        why = f"it hangs: no end in {LONGEST:.0f} s" if hangs.is_set() else f"the process ended: {self._last_words()}"
        return Result(case, "nothing", [], [why], LONGEST)

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            process, self._process = self._process, None
            with process:
                process.kill()

    def _start(self) -> subprocess.Popen[str]:
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=tempfile.mkdtemp(dir=self._folder),
                env=clean_environment(self._folder),
            )
        return self._process

    def _last_words(self) -> str:
        lines = self._errors.read_text(errors="replace").splitlines()
        return " ".join(lines[-1:]) or "without a word"


def run(
    cases: t.Sequence[Case], processes: int, tell: t.Callable[[Result], None] = lambda result: None
) -> list[Result]:
    """The results of all cases, in their order; `tell` gets each as it comes, one at a time."""
    waiting: queue.SimpleQueue[tuple[int, Case]] = queue.SimpleQueue()
    for item in enumerate(cases):
        waiting.put(item)
    results: dict[int, Result] = {}
    lock = threading.Lock()

    def work(folder: pathlib.Path) -> None:
        worker = Worker(folder)
        try:
            while True:
                place, case = waiting.get_nowait()
                result = worker.run(case)
                with lock:
                    results[place] = result
                    tell(result)
        except queue.Empty:
            pass
        finally:
            worker.stop()

    with tempfile.TemporaryDirectory(prefix="onapp-faults-") as name:
        folders = [pathlib.Path(tempfile.mkdtemp(dir=name)) for unused in range(min(processes, len(cases)))]
        threads = [threading.Thread(target=work, args=(folder,)) for folder in folders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return [results[place] for place in range(len(cases))]
