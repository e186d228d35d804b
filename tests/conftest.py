# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For all tests: simulated control panels, markers, and profiles of property tests."""

from __future__ import annotations

import gc
import os
import pathlib
import signal
import sys
import typing as t

import pytest
from ansible_collections.community.onapp.tests.properties import register_profiles

if sys.version_info >= (3, 11):  # noqa: UP036
    from ansible_collections.community.onapp.tests.simulator.process import Simulator

COLLECTIONS = (
    pathlib.Path(__file__).resolve().parent.parent.parent.parent.parent
)  # of a checkout near the root, the root
MARKERS = (  # not in pyproject.toml, which ansible-test does not read
    "once: hardly depends on ansible-core; runs only on the version in .venv",
    "newest: depends little on ansible-core; CORES=all runs it only on the newest version",
    "slow: takes long, or is a further case of what quick tests show; only CORES=all runs it",
)

# Tests must not use a real control panel, proxy or trust store by accident.
FOREIGN_VARIABLES = (
    "ONAPP_URL",
    "ONAPP_USERNAME",
    "ONAPP_PASSWORD",
    "ONAPP_API_KEY",
    "ONAPP_VALIDATE_CERTS",
    "ONAPP_CA_PATH",
    "ONAPP_TIMEOUT",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)

register_profiles()


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, clean the environment, and exit on a Python that is too old for the tests."""
    if sys.version_info < (3, 11):  # noqa: UP036
        # ansible-test units tries these, too; ansible-test sanity compiles and imports the modules on them.
        pytest.exit("These tests need Python 3.11 or newer.", returncode=5)
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    for name in FOREIGN_VARIABLES:
        os.environ.pop(name, None)
    if (COLLECTIONS / "ansible_collections").is_dir():  # under ansible-test, for processes that tests start
        os.environ["PYTHONPATH"] = str(COLLECTIONS)
    # A shell starts background processes with SIGINT ignored, which processes of tests would inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip slow tests under ansible-test: it runs each test in a process that starts a simulator of its own."""
    if config.pluginmanager.hasplugin("ansible_forked"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("slow")])
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_collection_finish() -> None:
    """Exclude the collected tests from garbage collection, which saves a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def _panel() -> t.Iterator[Simulator]:
    with Simulator() as panel:
        yield panel


@pytest.fixture
def panel(_panel: Simulator) -> Simulator:
    """A simulated control panel with its data, counts and faults as at the start."""
    _panel.reset()
    return _panel


@pytest.fixture(scope="session")
def _tls_panel() -> t.Iterator[Simulator]:
    with Simulator(tls=True) as panel:
        yield panel


@pytest.fixture
def tls_panel(_tls_panel: Simulator) -> Simulator:
    """A simulated control panel with TLS, and a certificate of a private authority (`ca_file`)."""
    _tls_panel.reset()
    return _tls_panel
