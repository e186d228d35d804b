# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run modules in this process, because Ansible's commands take seconds per run."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import signal
import typing as t
from unittest import mock

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings

Result = dict[str, t.Any]


def run_module(name: str, options: dict[str, t.Any]) -> tuple[Result, str]:
    """The result of a module of this collection, and its complete output."""
    module = importlib.import_module(f"ansible_collections.community.onapp.plugins.modules.{name}")
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_remote_tmp": "/tmp", **options}}).encode()
    out, err = io.StringIO(), io.StringIO()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(basic, "_ANSIBLE_ARGS", arguments))
        stack.enter_context(mock.patch.object(basic, "_ANSIBLE_PROFILE", "legacy"))
        # In a process that other tests made a controller, warnings are displayed instead of returned.
        stack.enter_context(mock.patch.object(warnings._internal, "is_controller", False))
        stack.enter_context(mock.patch.object(warnings, "_global_warnings", type(warnings._global_warnings)()))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        with pytest.raises(SystemExit):
            module.main()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    result: Result = json.loads(out.getvalue())
    return result, out.getvalue() + err.getvalue()
