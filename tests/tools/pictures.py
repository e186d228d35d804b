# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures of the HTML report in docs/pictures/: the demo's report at a fixed time, rendered by Chromium.

As a program: `make pictures`. It needs Chromium or Chrome, which no requirements file can bring.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import PIL.Image
import PIL.ImageChops
from ansible_collections.community.onapp.tests.simulator.process import Simulator

ROOT = pathlib.Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
POLICY = ROOT / "tests" / "demo" / "policy.yml"
NOW = "2026-03-30T06:00:00Z"
SHOWN = {"report-headline": ("header", "todo"), "report-vms": ("all",), "report-calendar": ("calendar",)}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = "--disable-background-networking --disable-component-update --disable-quic --disable-sync --no-first-run"
WIDTH, MOST_HEIGHT, MARGIN, COLOURS = 1280, 3000, 12, 128
MOST_BYTES = 150_000

PART = re.compile(
    r"<(?:(header|nav|footer)\b|section id=\"([\w-]+)\").*?</(?:header|nav|footer|section)>\n?", re.DOTALL
)


def make_report(folder: pathlib.Path) -> str:
    """The text of the report that `make demo` writes, at the fixed time."""
    variables = {
        "onapp_policy_file": str(POLICY),
        "onapp_report_dir": str(folder),
        "onapp_report_formats": ["html"],
        "onapp_fail_on": "never",
        "onapp_evaluate_at": NOW,
    }
    command = ["ansible-playbook", "-i", "localhost,", "community.onapp.backup_compliance", "-e", json.dumps(variables)]
    command[0] = str(pathlib.Path(sys.executable).with_name(command[0]))
    with Simulator(now=NOW) as panel:
        subprocess.run(command, env=os.environ | panel.variables, stdout=subprocess.DEVNULL, check=True)
    return (folder / "report.html").read_text(encoding="utf-8")


def only(report: str, parts: tuple[str, ...]) -> str:
    """The report with only these parts."""
    found = {part[1] or part[2] for part in PART.finditer(report)}
    if not found.issuperset(parts):
        raise SystemExit(f"The report has no {', '.join(set(parts) - found)}; it has {', '.join(sorted(found))}.")
    return PART.sub(lambda part: part[0] if (part[1] or part[2]) in parts else "", report)


def photograph(browser: str, page: pathlib.Path, picture: pathlib.Path) -> None:
    """Take a picture of a page in few colours, without the empty area below it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        how = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *QUIET.split()]
        how += [f"--user-data-dir={profile}", f"--window-size={WIDTH},{MOST_HEIGHT}", f"--screenshot={picture}"]
        subprocess.run([browser, *how, page.as_uri()], stderr=subprocess.DEVNULL, check=True)
    with PIL.Image.open(picture) as taken:
        whole = taken.convert("RGB")
    ground = PIL.Image.new("RGB", whole.size, whole.getpixel((0, whole.height - 1)))
    box = PIL.ImageChops.difference(whole, ground).getbbox()
    if box is None or box[3] + MARGIN > whole.height:
        raise SystemExit(f"{picture.name} would be empty, or higher than {MOST_HEIGHT} pixels.")
    cut = whole.crop((0, max(0, box[1] - MARGIN), whole.width, box[3] + MARGIN))
    cut.quantize(COLOURS, dither=PIL.Image.Dither.NONE).save(picture, optimize=True)
    size = picture.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{picture.name} has {size} bytes; {MOST_BYTES} are the most.")
    print(f"{picture.relative_to(ROOT)}: {cut.width} x {cut.height} pixels, {size} bytes")


def main() -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"This needs one of {', '.join(BROWSERS)}; your system's package chromium has it.")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        report = make_report(folder)
        for title, parts in SHOWN.items():
            page = folder / f"{title}.html"
            page.write_text(only(report, parts), encoding="utf-8")
            photograph(browser, page, PICTURES / f"{title}.png")


if __name__ == "__main__":
    main()
