# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options are validated before the first request; errors name the option and show no credential."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.community.onapp.plugins.module_utils import _options
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._options import (
    MOST_CONCURRENCY,
    MOST_PAGE_SIZE,
    Connection,
    argument_spec,
    read_duration,
    secret_texts,
)
from hypothesis import example, given
from hypothesis import strategies as st

SECRET = "hunter2"
OPTIONS = {
    "url": "https://onapp.test",
    "username": "user@onapp.test",
    "password": SECRET,
    "validate_certs": True,
    "ca_path": None,
    "response_format": "json",
    "timeout": 60.0,
    "deadline": 0.0,
    "retries": 3,
    "concurrency": 8,
    "page_size": 100,
}
ENVIRONMENT = {
    "ONAPP_URL": "url",
    "ONAPP_USERNAME": "username",
    "ONAPP_PASSWORD": "password",
    "ONAPP_API_KEY": "password",
    "ONAPP_VALIDATE_CERTS": "validate_certs",
    "ONAPP_CA_PATH": "ca_path",
    "ONAPP_TIMEOUT": "timeout",
}


def connect(**options):
    return Connection.from_options({**OPTIONS, **options})


def refusal(**options):
    """The error text of refused options: one or two sentences that name the option and the fix."""
    with pytest.raises(ConfigError) as caught:
        connect(**options)
    text = str(caught.value)
    assert text.startswith(f"The option {next(iter(options))} ")
    assert text.endswith(".")
    assert "\n" not in text
    assert ": " in text, "it does not say what to do"
    assert SECRET not in text
    # No traceback shows hidden parts of the text.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return text


def refusal_of(**options):
    with pytest.raises(ConfigError) as caught:
        connect(**options)
    assert caught.value.text.startswith(f"The option {next(iter(options))} ")
    return caught.value.text


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "base"),
        [
            pytest.param("https://onapp.test", "https://onapp.test", id="plain"),
            pytest.param("http://onapp.test", "http://onapp.test", id="http"),
            pytest.param("https://onapp.test/", "https://onapp.test", id="trailing slash"),
            pytest.param("https://onapp.test//", "https://onapp.test", id="two trailing slashes"),
            pytest.param(" https://onapp.test\n", "https://onapp.test", id="space around"),
            pytest.param("https://onapp.test/cloud/panel/", "https://onapp.test/cloud/panel", id="path prefix"),
            pytest.param("https://onapp.test/a%20b", "https://onapp.test/a%20b", id="quoted path"),
            pytest.param("https://onapp.test:8443/", "https://onapp.test:8443", id="port"),
            pytest.param("https://onapp.test:65535", "https://onapp.test:65535", id="highest port"),
            pytest.param("HTTPS://OnApp.test", "https://OnApp.test", id="upper case"),
            pytest.param("https://192.0.2.1", "https://192.0.2.1", id="IPv4"),
            pytest.param("https://[2001:db8::1]/", "https://[2001:db8::1]", id="IPv6"),
            pytest.param("https://[2001:db8::1]:8443/p/", "https://[2001:db8::1]:8443/p", id="IPv6 with port and path"),
            pytest.param("https://zürich.test", "https://zürich.test", id="letters beyond ASCII"),
            pytest.param("https://onapp.test?", "https://onapp.test", id="empty query"),
        ],
    )
    def test_accepted(self, url, base):
        assert connect(url=url).url == base
        assert connect(url=base).url == base

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            pytest.param(None, "is empty: set it, or its environment variable ONAPP_URL", id="none"),
            pytest.param("", "is empty", id="empty"),
            pytest.param(" \n", "is empty", id="blank"),
            pytest.param("onapp.test", "must start with https://", id="no scheme"),
            pytest.param("onapp.test:443", "must start with https://", id="no scheme but a port"),
            pytest.param("//onapp.test", "must start with https://", id="no scheme but slashes"),
            pytest.param("ftp://onapp.test", "must start with https://", id="another scheme"),
            pytest.param("file:///etc/passwd", "must start with https://", id="file"),
            pytest.param("https:onapp.test", "must start with https://", id="no slashes"),
            pytest.param("https://", "name a host", id="no host"),
            pytest.param("https:///path", "name a host", id="no host but a path"),
            pytest.param("https://:443", "name a host", id="no host but a port"),
            pytest.param("https://onapp .test", "must start with https://", id="space"),
            pytest.param("https://onapp.test/a b", "must start with https://", id="space in the path"),
            pytest.param("https://onapp\t.test", "must start with https://", id="tab"),
            pytest.param("https://onapp\u00a0.test", "must start with https://", id="no-break space"),
            pytest.param("https://onapp.test\x00", "must start with https://", id="NUL"),
            pytest.param("https://onapp\u200b.test", "must start with https://", id="invisible character"),
            pytest.param("https://onapp.test:0", "names port 0", id="port 0"),
            pytest.param("https://onapp.test:99999", "its host or port cannot be read", id="port 99999"),
            pytest.param("https://onapp.test:-1", "its host or port cannot be read", id="negative port"),
            pytest.param("https://onapp.test:http", "its host or port cannot be read", id="port by name"),
            pytest.param("https://[2001:db8::1", "its host or port cannot be read", id="half an IPv6"),
            pytest.param("https://[zz]", "its host or port cannot be read", id="no IPv6"),
            pytest.param("https://onapp.test/?page=1", "without ? and #", id="query"),
            pytest.param("https://onapp.test/#top", "without ? and #", id="fragment"),
            pytest.param("https://onapp.test\\x", "host name that is not valid", id="backslash"),
            pytest.param("https://ona%70p.test", "host name that is not valid", id="quoted host"),
            pytest.param("https://on|app.test", "host name that is not valid", id="pipe in the host"),
            pytest.param(["https://onapp.test"], "is a list or a dictionary: write one text", id="list"),
            pytest.param({"a": "https://onapp.test"}, "is a list or a dictionary", id="dictionary"),
            pytest.param(5, "is empty", id="number"),
            pytest.param("https://onapp\udc80.test", "is not valid UTF-8", id="no UTF-8"),
        ],
    )
    def test_refused(self, url, expected):
        assert expected in refusal(url=url)

    @pytest.mark.parametrize(
        "url",
        [
            pytest.param(f"https://admin:{SECRET}@onapp.test", id="login and password"),
            pytest.param("https://admin@onapp.test", id="login"),
            pytest.param(f"https://:{SECRET}@onapp.test", id="password"),
            pytest.param("https://@onapp.test", id="empty"),
            pytest.param(f"https://admin:{SECRET}/x@onapp.test", id="slash in the password"),
            pytest.param(f"https://admin:8080/{SECRET}@onapp.test", id="password that begins like a port"),
            pytest.param(f"https://admin:{SECRET}#x@onapp.test", id="# in the password"),
            pytest.param(f"https://admin:{SECRET}?x@onapp.test", id="? in the password"),
            pytest.param(f"https://admin:{SECRET}[@onapp.test", id="bracket in the password"),
            pytest.param(f"https://admin:{SECRET}\u2100@onapp.test", id="a character that Python's own error shows"),
            pytest.param(f"https://admin:{SECRET} x@onapp.test", id="space in the password"),
            pytest.param(f"https://admin:{SECRET}@onapp.test:99999", id="with a wrong port"),
            pytest.param(f"admin:{SECRET}@onapp.test", id="no scheme"),
        ],
    )
    def test_credentials_in_the_url_are_not_shown(self, url):
        assert "must not hold credentials: put them into username and password" in refusal(url=url)

    def test_password_in_place_of_the_port_is_not_shown(self):
        refusal(url=f"https://admin:{SECRET}")

    @given(st.text() | st.text(":/?#[]@\\%. a1").map("https://{}".format))
    @example("https://[v1.x]")
    @example("https://a\\@b")
    def test_any_text(self, url):
        try:
            base = connect(url=url).url
        except ConfigError as error:
            assert str(error).startswith("The option url ")
        else:
            assert base.startswith(("https://", "http://"))
            assert not base.endswith("/")
            assert not set("@?# \t\n") & set(base)
            assert connect(url=base).url == base


class TestOthers:
    @pytest.mark.parametrize("name", ["username", "password"])
    @pytest.mark.parametrize("value", [None, "", "  "])
    def test_empty(self, name, value):
        assert f"is empty: set it, or its environment variable ONAPP_{name.upper()}." in refusal(**{name: value})

    @pytest.mark.parametrize("name", ["username", "password"])
    def test_no_utf_8(self, name):
        assert "is not valid UTF-8: write it in UTF-8." in refusal(**{name: "x\udcff"})

    def test_colon_in_the_username(self):
        assert "must not hold a colon" in refusal(username="admin:x")

    @pytest.mark.parametrize("value", ["pass:word", " spaces ", "Zürich", "'\"\\$", "{{ x }}"])
    def test_passwords_are_unchanged(self, value):
        assert connect(password=value).password == value

    @pytest.mark.parametrize("value", [[SECRET], {"a": SECRET}, {SECRET: 1}, (SECRET,), [[{"a": [SECRET]}]]])
    @pytest.mark.parametrize("name", ["username", "password"])
    def test_containers_are_not_shown(self, name, value):
        assert "is a list or a dictionary: write one text." in refusal(**{name: value})

    @pytest.mark.parametrize("value", [True, "true", "yes", "on", "1", "Y", " True ", "t", 1, None, "", "  "])
    def test_certificates_are_validated(self, value):
        assert connect(validate_certs=value).validate_certs is True

    @pytest.mark.parametrize("value", [False, "false", "no", "off", "0", "N", " False ", "f", 0])
    def test_false_values_of_validate_certs(self, value):
        assert connect(validate_certs=value).validate_certs is False

    @pytest.mark.parametrize(
        "value",
        ["ture", "maybe", "2", "falsee", "none", "null", "-", "\u0660", 2, -1, 0.5, 0.0, [], [False], {}, "no no"],
    )
    def test_invalid_values_of_validate_certs(self, value):
        assert "is neither true nor false: write one of true and false." in refusal_of(validate_certs=value)

    def test_ca_path(self, tmp_path):
        missing = tmp_path / "missing.pem"
        assert f"names {missing}, which does not exist on the host that runs this task" in refusal(ca_path=str(missing))
        (tmp_path / "0a1b2c3d.0").touch()
        assert connect(ca_path=str(tmp_path)).ca_path == str(tmp_path)
        assert connect(ca_path="").ca_path is None
        assert connect(ca_path=None).ca_path is None

    @pytest.mark.parametrize(
        ("name", "least", "most"),
        [
            ("timeout", 0.001, 86400),
            ("deadline", 0, 604800),
            ("retries", 0, 100),
            ("concurrency", 1, MOST_CONCURRENCY),
            ("page_size", 1, MOST_PAGE_SIZE),
        ],
    )
    def test_numbers(self, name, least, most):
        for value in (least, most):
            assert getattr(connect(**{name: value}), name) == value
        for value in (
            least - 1,
            most + 1,
            -(10**30),
            10**30,
            float("nan"),
            float("inf"),
            float("-inf"),
            None,
            True,
            "5",
            [5],
        ):
            assert f"is {value}: it must be from {least} to {most}." in refusal(**{name: value})

    def test_warnings(self):
        assert connect().warnings() == []
        assert ["plain http" in text for text in connect(url="http://onapp.test").warnings()] == [True]
        assert ["validate_certs is false" in text for text in connect(validate_certs=False).warnings()] == [True]

    def test_all_options(self):
        assert connect()._asdict() == OPTIONS
        other = {**OPTIONS, "validate_certs": False, "response_format": "xml", "timeout": 5.5, "retries": 0}
        assert Connection.from_options(other)._asdict() == other

    def test_text_of_a_connection_hides_the_password(self):
        connection = connect()
        for text in (repr(connection), str(connection), f"{connection}", f"{connection!r}", repr([connection])):
            assert SECRET not in text
            assert "user@onapp.test" not in text
            assert "https://onapp.test" in text


class TestSecrets:
    def test_every_encoding(self):
        found = secret_texts({"username": "me", "password": "a b/\u00e4?>"})
        assert {"a b/\u00e4?>", "a%20b%2F%C3%A4%3F%3E", "a%20b%2f%c3%a4%3f%3e", "a+b%2F%C3%A4%3F%3E"} <= found
        assert {"bWU6YSBiL8OkPz4=", "bWU6YSBiL8OkPz4", "a b/\u00e4?&gt;"} <= found
        assert {"it&#39;s", "it&#x27;s"} <= secret_texts({"password": "it's"})

    @pytest.mark.parametrize("password", [" ", "\t\n", "\u3000"])
    def test_blank_password(self, password):
        """Masking it would make every message unreadable."""
        assert password not in secret_texts({"password": password})

    @pytest.mark.parametrize("value", [[SECRET], {"a": SECRET}, {SECRET: 1}, [[{"a": [SECRET]}]], SECRET])
    def test_of_any_type(self, value):
        assert SECRET in secret_texts({"password": value})

    def test_credentials_in_the_url(self):
        assert f"me:{SECRET}" in secret_texts({"url": [f"https://me:{SECRET}@x"]})

    @pytest.mark.parametrize("value", [None, "", [], {}])
    def test_nothing(self, value):
        assert secret_texts({"password": value, "url": value}) <= {"Tm9uZTo=", "Tm9uZTo"}

    def test_registered_before_errors(self, monkeypatch):
        registered = []
        monkeypatch.setattr(_options, "register_secret", registered.append)
        with pytest.raises(ConfigError):
            connect(url="", password="long enough")
        assert "long enough" in registered
        assert all(len(text) >= 8 for text in registered)

    @given(st.text(), st.text(), st.text())
    def test_of_any_text(self, url, username, password):
        found = secret_texts({"url": url, "username": username, "password": password})
        assert not password.strip() or password in found


class TestArgumentSpec:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch):
        for name in ENVIRONMENT:
            monkeypatch.delenv(name, raising=False)

    @staticmethod
    def validated(parameters):
        result = ArgumentSpecValidator(argument_spec()).validate(parameters)
        assert not result.error_messages
        return result

    def test_names_and_defaults(self):
        given_options = {"url": "https://onapp.test", "username": "user@onapp.test", "password": SECRET}
        assert self.validated(given_options).validated_parameters == {**OPTIONS, "evidence": []}
        assert Connection.from_options(self.validated(given_options).validated_parameters) == connect()

    def test_password_is_no_log_under_both_names(self):
        assert argument_spec()["password"]["no_log"] is True
        for name in ("password", "api_key"):
            result = self.validated({"url": "u", "username": "n", name: SECRET})
            assert result._no_log_values == {SECRET}
            assert result.validated_parameters["password"] == SECRET

    def test_no_log_of_other_options(self):
        unmarked = [name for name, option in argument_spec().items() if "no_log" not in option]
        assert not [name for name in unmarked if "pass" in name or "key" in name or "token" in name]

    def test_environment(self, monkeypatch, tmp_path):
        monkeypatch.setenv("ONAPP_URL", "https://env.test/")
        monkeypatch.setenv("ONAPP_USERNAME", "env")
        monkeypatch.setenv("ONAPP_API_KEY", "key")
        monkeypatch.setenv("ONAPP_VALIDATE_CERTS", "no")
        monkeypatch.setenv("ONAPP_CA_PATH", str(tmp_path))
        monkeypatch.setenv("ONAPP_TIMEOUT", "7.5")
        assert Connection.from_options(self.validated({}).validated_parameters) == connect(
            url="https://env.test",
            username="env",
            password="key",
            validate_certs=False,
            ca_path=str(tmp_path),
            timeout=7.5,
        )
        monkeypatch.setenv("ONAPP_PASSWORD", "word")
        assert self.validated({}).validated_parameters["password"] == "word"
        assert self.validated({"url": "https://task.test"}).validated_parameters["url"] == "https://task.test"

    def test_documented_variables(self):
        read = {
            variable: name
            for name, option in argument_spec().items()
            if "fallback" in option
            for variable in option["fallback"][1]
        }
        assert read == ENVIRONMENT


def test_durations():
    assert read_duration("max_cache_age", None) is None
    assert read_duration("max_cache_age", "90m") == 5400
    with pytest.raises(ConfigError, match=r"^The option max_cache_age .*soon.*[^.]\.$"):
        read_duration("max_cache_age", "soon")
