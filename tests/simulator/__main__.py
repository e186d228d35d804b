# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: ``python -m ansible_collections.community.onapp.tests.simulator --help``."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .server import Options, serve
from .settings import Settings


def options(arguments: list[str] | None = None) -> Options:
    """Parse the arguments of the command line; wrong ones end the process with a message."""
    names = ", ".join(field.name for field in fields(Settings))
    parser = argparse.ArgumentParser(
        prog="simulator", description="An OnApp-like control panel on 127.0.0.1, for demos, tests and benchmarks."
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--vms", type=int, default=12)
    parser.add_argument("--backups", type=int, default=10, help="backups of each VM that has any")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cloud", type=Path, help="JSON file with explicit rows, instead of generated ones")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE", help=f"one of {names}")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--tls-name", default="127.0.0.1", help="the name in the certificate")
    parser.add_argument("--path-prefix", default="")
    parser.add_argument("--username")
    parser.add_argument("--password")
    parser.add_argument("--announce", type=Path, help="file that gets the ready line, too")
    parser.add_argument("--with-parent", action="store_true", help="end when the parent process ends")
    given = parser.parse_args(arguments)
    if (given.username is None) != (given.password is None):
        parser.error("--username and --password go together")
    data: dict[str, Any] = {"generate": {"vms": given.vms, "backups": given.backups, "seed": given.seed}}
    try:
        if given.cloud:
            data = {"cloud": json.loads(given.cloud.read_text(encoding="utf-8"))}
        settings = Settings().changed({"now": datetime.now(UTC)} | dict(map(_setting, given.setting)))
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


def _setting(text: str) -> tuple[str, Any]:
    """The name and value of a setting; the value is JSON or text."""
    name, _equals, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


if __name__ == "__main__":
    asyncio.run(serve(options()))
