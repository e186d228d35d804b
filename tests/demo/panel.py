# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo's control panel, to try the collection on: `make simulator PORT=8080`."""

from __future__ import annotations

import argparse
import shlex
import signal
import socket
import sys

from ansible_collections.community.onapp.tests.simulator.process import Simulator


def main() -> None:
    """Print how to connect, and run until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="make simulator", description="A simulated OnApp control panel.")
    parser.add_argument("--port", type=int, default=8080, help="0 takes any free port")
    port = parser.parse_args().port
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            sys.exit(f"Port {port} cannot be used ({error}). Name another: make simulator PORT=8081")
    try:
        with Simulator(port=port) as panel:
            print("A simulated OnApp control panel with backups in every state. Paste this into another terminal:\n")
            for name, value in panel.variables.items():
                print(f"export {name}={shlex.quote(value)}")
            print("\nCtrl-C ends it.", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
