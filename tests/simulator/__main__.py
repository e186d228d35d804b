# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: ``python -m ansible_collections.community.onapp.tests.simulator --help``."""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

from .server import Options, serve
from .settings import CHOICES, Settings


def options(arguments: list[str] | None = None) -> Options:
    """The command line's arguments; what is wrong with them ends the process with a message."""
    parser = argparse.ArgumentParser(
        prog="simulator", description="An OnApp-like control panel on 127.0.0.1, for demos, tests and benchmarks."
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--vms", type=int, default=12)
    parser.add_argument("--backups", type=int, default=10, help="backups of each VM that has any")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cloud", type=Path, help="JSON file with explicit rows, instead of generated ones")
    parser.add_argument("--generation", choices=CHOICES["generation"], default="6.x")
    parser.add_argument("--now", default=None, help="ISO time that all times are relative to (default: the real one)")
    parser.add_argument("--delay-ms", type=float, default=0)
    parser.add_argument("--paging", choices=CHOICES["paging"], default="headers")
    parser.add_argument("--page-cap", type=int, default=None, help="most rows in a page, whatever per_page says")
    parser.add_argument("--no-backup-lists-page", dest="backup_lists_page", action="store_false")
    parser.add_argument("--search", choices=CHOICES["search"], default="label")
    parser.add_argument("--profile", choices=CHOICES["profile"], default="admin")
    parser.add_argument("--gzip", action="store_true", help="compress for clients that accept it")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--tls-name", default="127.0.0.1", help="the name in the certificate")
    parser.add_argument("--path-prefix", default="")
    parser.add_argument("--username")
    parser.add_argument("--password")
    parser.add_argument("--announce", type=Path, help="file that gets the ready line too")
    parser.add_argument("--with-parent", action="store_true", help="end when the parent process ends")
    given = parser.parse_args(arguments)
    if (given.username is None) != (given.password is None):
        parser.error("--username and --password go together")
    names = ("generation", "delay_ms", "paging", "page_cap", "backup_lists_page", "search", "profile", "gzip")
    spec = {name: getattr(given, name) for name in names} | {"now": given.now or datetime.now(UTC)}
    data: dict[str, object] = {"generate": {"vms": given.vms, "backups": given.backups, "seed": given.seed}}
    try:
        if given.cloud:
            data = {"cloud": json.loads(given.cloud.read_text(encoding="utf-8"))}
        settings = Settings().changed(spec)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    return Options(
        settings=settings,
        data=data,
        port=given.port,
        path_prefix=given.path_prefix,
        login=None if given.username is None else (given.username, given.password),
        use_tls=given.tls,
        tls_name=given.tls_name,
        announce=given.announce,
        with_parent=given.with_parent,
    )


if __name__ == "__main__":
    asyncio.run(serve(options()))
