# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options, the same in every module and plugin."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description:
      - Base URL of the OnApp control panel, for example V(https://onapp.example.com).
      - A path prefix and a trailing slash are fine.
      - Plain C(http) works and warns, because it shows the password to the network.
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
      - Whether to check the control panel's TLS certificate. This decides, whatever CA bundle the environment names.
      - Turn it off only for a panel with a self-signed certificate in a network that you trust; O(ca_path) is safer.
      - If not set, the value of the environment variable E(ONAPP_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File or directory with the certificates of the authorities to trust instead of the system's.
      - Has no effect with O(validate_certs=false).
      - If not set, the value of the environment variable E(ONAPP_CA_PATH) is used.
    type: path
  response_format:
    description:
      - Format to ask the control panel for. The results are the same.
    type: str
    choices:
      json: The panel's JSON.
      xml: The panel's XML.
    default: json
  timeout:
    description:
      - Seconds to wait for a connection, and for each piece of an answer.
      - Busy control panels take more than 20 seconds for long lists.
      - If not set, the value of the environment variable E(ONAPP_TIMEOUT) is used.
    type: float
    default: 60
  deadline:
    description:
      - Seconds for reading everything, waits and further tries included. With V(0) there is no such limit.
    type: float
    default: 0
  retries:
    description:
      - How often to try a request again after the HTTP statuses 429, 502, 503 and 504, a timeout, or an answer that
        broke off.
      - The wait before each try grows. A wait that the control panel asks for is honoured within limits.
      - Refused credentials, missing permissions and missing objects are never tried again.
    type: int
    default: 3
  concurrency:
    description:
      - How many requests may be under way at a time. Use V(1) to read one after another.
    type: int
    default: 8
  page_size:
    description:
      - How many rows to ask for with each request of a list.
    type: int
    default: 100
requirements:
  - python >= 3.9
  - requests >= 2.25
"""

    # For plugins, whose options name their environment variables as data. Goes together with the fragment above.
    ENVIRONMENT = r"""
options:
  url:
    env:
      - name: ONAPP_URL
  username:
    env:
      - name: ONAPP_USERNAME
  password:
    env:
      - name: ONAPP_PASSWORD
      - name: ONAPP_API_KEY
  validate_certs:
    env:
      - name: ONAPP_VALIDATE_CERTS
  ca_path:
    env:
      - name: ONAPP_CA_PATH
  timeout:
    env:
      - name: ONAPP_TIMEOUT
"""
