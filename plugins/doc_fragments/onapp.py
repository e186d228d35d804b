# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every module and plugin shares: the connection, and what to read from it."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description:
      - Base URL of the OnApp control panel, for example V(https://onapp.example.com).
      - A path prefix and a trailing slash are allowed.
      - Plain C(http) works with a warning, because it shows the password to the network.
      - Redirects are not followed. A control panel that redirects is an error that names the target.
      - If not set, the value of the environment variable E(ONAPP_URL) is used.
    type: str
    required: true
  username:
    description:
      - E-mail address of the user when O(password) is an API key, login of the user when it is a password.
      - If not set, the value of the environment variable E(ONAPP_USERNAME) is used.
    type: str
    required: true
  password:
    description:
      - API key or password of the user.
      - If not set, the value of the environment variable E(ONAPP_PASSWORD) is used, then that of E(ONAPP_API_KEY).
    type: str
    required: true
    aliases:
      - api_key
  validate_certs:
    description:
      - Whether to check the control panel's TLS certificate. Variables such as E(REQUESTS_CA_BUNDLE) do not matter.
      - V(false) works with a warning. Use it only on a test system; O(ca_path) is the safe way for a self-signed
        certificate.
      - A boolean. An empty text counts as not set, and any other text that is not a boolean is an error.
      - If not set, the value of the environment variable E(ONAPP_VALIDATE_CERTS) is used.
    type: raw
    default: true
  ca_path:
    description:
      - File with the certificates of the authorities to trust, in PEM format, or directory with such files that
        C(openssl rehash) has prepared. It replaces the default authorities, which are those that the Python library
        C(requests) trusts.
      - Has no effect with O(validate_certs=false).
      - If not set, the value of the environment variable E(ONAPP_CA_PATH) is used.
    type: path
  response_format:
    description: Format to request from the control panel. The results are the same.
    type: str
    choices: [json, xml]
    default: json
  timeout:
    description:
      - Seconds to wait for a connection and the headers of an answer. A whole answer may take ten times as long.
      - Busy control panels take more than 20 seconds for long lists.
      - If not set, the value of the environment variable E(ONAPP_TIMEOUT) is used.
    type: float
    default: 60
  deadline:
    description: Seconds for the whole run, including waits and retries. With V(0) there is no limit.
    type: float
    default: 0
  retries:
    description:
      - How often to retry a read request after the HTTP statuses 429, 502, 503 and 504, a timeout, or an answer that
        was cut.
      - The wait before each retry grows. A wait that the control panel asks for is honoured, up to two minutes.
      - Refused credentials, missing permissions and missing objects are never retried, and neither is a request that
        creates something.
    type: int
    default: 3
  concurrency:
    description: Maximum number of requests in flight. Use V(1) to send one after another.
    type: int
    default: 8
  page_size:
    description: Number of rows to request with each page of a list.
    type: int
    default: 100
  evidence:
    description:
      - Further data to read, besides disks and backups. By default nothing more is read.
      - Data that cannot be read never improves a state. Without readable recovery points, a virtual machine is
        V(unknown) unless its backups alone make it V(protected).
    type: list
    elements: str
    choices:
      recovery_points: >-
        Recovery points of backup plug-ins, such as Veeam or R1Soft, which count like backups of the whole virtual
        machine. One request for each virtual machine.
      schedules: >-
        Schedules of automatic backups. One list for the whole cloud if the account may read it, else one for each
        virtual machine and disk.
      transactions: >-
        The log of transactions, which shows that an attempt failed. Its newest pages, and only if there are attempts
        that are not built.
    default: []
requirements:
  - python >= 3.9
  - requests >= 2.25
"""
