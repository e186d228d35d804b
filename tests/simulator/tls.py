# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate authority made up on the spot, and a certificate from it."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme


def context(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for that name, and the file with the CA that a client must trust."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = ("127.0.0.1", "localhost") if name == "127.0.0.1" else (name,)
    authority.issue_cert(*names).configure_cert(server)
    return server, ca_file
