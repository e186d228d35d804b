# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any body gives objects or a DecodeError, and any error body one line of plain text."""

from __future__ import annotations

import html
import json
import unicodedata

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.decode import (
    DEEPEST,
    decode,
    error_text,
    row,
    rows,
    weight_of,
)
from ansible_collections.community.onapp.plugins.module_utils._api.paging import Page
from ansible_collections.community.onapp.plugins.module_utils._errors import DecodeError
from ansible_collections.community.onapp.plugins.module_utils._text import TEXT_LIMIT
from hypothesis import example, given
from hypothesis import strategies as st

DIRECTIONS = {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"}
FORMATS = pytest.mark.parametrize("response_format", ["json", "xml"])
APACHE_500 = b"""<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head><title>500 Internal Server Error</title></head>
<body><h1>Internal Server Error</h1><p>Please contact &lt;root@onapp.test&gt; &amp; wait.</p></body></html>
"""
HAPROXY_503 = b"""<html><body><h1>503 Service Unavailable</h1>
No server is available to handle this request.
</body></html>
"""
NGINX_502 = b"""<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"""
PASSENGER_500 = b"""<!DOCTYPE html><html><head><style>body { color: red }</style>
<script type="text/javascript">if (a < b) { alert("x") }</script></head>
<body><!-- build 7 > 6 --><h1>We're sorry, but something went wrong.</h1></body></html>"""


class TestDecode:
    @pytest.mark.parametrize(
        ("body", "response_format", "document"),
        [
            pytest.param(b"[]", "json", [], id="empty list"),
            pytest.param(b'\n [{"backup": {"id": 1}}] \n', "json", [{"backup": {"id": 1}}], id="row"),
            pytest.param(b"\xef\xbb\xbf[]", "json", [], id="byte order mark"),
            pytest.param('["Zürich \U0001f600"]'.encode(), "json", ["Zürich \U0001f600"], id="UTF-8"),
            pytest.param(rb'["\ud83d\ude00"]', "json", ["\U0001f600"], id="escaped surrogate pair"),
            pytest.param(rb'["a\ud83d", "\uDE00b"]', "json", ["a\ufffd", "\ufffdb"], id="halves of a pair"),
            pytest.param(rb'{"\ud800": ["\ud800"]}', "json", {"\ufffd": ["\ufffd"]}, id="half a pair as a name"),
            pytest.param(rb'["\\ud800"]', "json", ["\\ud800"], id="a backslash that looks like half a pair"),
            pytest.param(b"[51.5, 1e3]", "json", [51.5, 1000.0], id="fractions"),
            pytest.param(b"[1e999, -1e999]", "json", ["1e999", "-1e999"], id="numbers beyond all floats stay text"),
            pytest.param(b"[NaN, Infinity, -Infinity]", "json", ["NaN", "Infinity", "-Infinity"], id="no JSON numbers"),
            pytest.param(b"[%s]" % (b"9" * 18), "json", [10**18 - 1], id="longest number"),
            pytest.param(b"[-%s]" % (b"9" * 19), "json", ["-" + "9" * 19], id="longer number"),
            pytest.param(b"[1, %s]" % (b"9" * 4299), "json", [1, "9" * 4299], id="number that Python reads"),
            pytest.param(b"[1, %s]" % (b"9" * 9999), "json", [1, "9" * 9999], id="number that Python refuses"),
            pytest.param(b'["a\xff\xfeb"]', "json", ["a\ufffdb"], id="broken bytes"),
            pytest.param(b'["\xed\xa0\x80"]', "json", ["\ufffd"], id="half a surrogate pair in UTF-8"),
            pytest.param(b'["a\x0b\nb"]', "json", ["a\x0b\nb"], id="control characters"),
            pytest.param(b"<a><b>x\xffy</b></a>", "xml", {"a": {"b": "x\ufffdy"}}, id="broken byte in XML"),
            pytest.param(b'{"a": 1, "a": 2}', "json", {"a": "\ufffd"}, id="name with two values"),
            pytest.param(b'{"a":1,"b":2,"\\u0061":3}', "json", {"a": "\ufffd", "b": 2}, id="the same name, escaped"),
            pytest.param(b'{"a" : 1, "a" :1.0}', "json", {"a": 1}, id="name with one value twice"),
            pytest.param(
                b'{"a":"[{,","b":[[],{}],"a":3}', "json", {"a": "\ufffd", "b": [[], {}]}, id="two values of four"
            ),
            pytest.param(b'[{"a":{"b":1,"b":2}}]', "json", [{"a": {"b": "\ufffd"}}], id="two values further inside"),
            pytest.param(
                b'{"a":"\\":","b" :1,"b":null}', "json", {"a": '":', "b": "\ufffd"}, id="two values and a text"
            ),
            pytest.param(b'{"__ansible_type": 1}', "json", {"__ansible_type": 1}, id="key that is special elsewhere"),
            pytest.param(b"5", "json", 5, id="bare number"),
            pytest.param(b'"text"', "json", "text", id="bare text"),
            pytest.param(b"null", "json", None, id="null"),
            pytest.param(b'<a type="array"/>', "xml", [], id="empty XML array"),
            pytest.param(b"<backup><id>1</id></backup>", "xml", {"backup": {"id": "1"}}, id="XML object"),
        ],
    )
    def test_reads(self, body, response_format, document):
        assert decode(body, response_format) == document

    @FORMATS
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(APACHE_500, id="Apache"),
            pytest.param(HAPROXY_503, id="HAProxy"),
            pytest.param(NGINX_502, id="nginx"),
            pytest.param(PASSENGER_500, id="Passenger"),
            pytest.param(b"\xef\xbb\xbf\r\n  <HTML>", id="byte order mark, spaces, upper case"),
            pytest.param(b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">\n<html xmlns="y"/>', id="XHTML"),
            pytest.param(b"<!-- a --> <!-- <b> -->\n<!doctype html>", id="comments before it"),
            pytest.param(b"<body>Log in</body>", id="body alone"),
        ],
    )
    def test_web_page(self, body, response_format):
        with pytest.raises(DecodeError, match="The answer is a web page, not an API answer") as caught:
            decode(body, response_format)
        assert not caught.value.worth_retrying

    @pytest.mark.parametrize("place", range(4))
    def test_longer_number_at_any_place(self, place):
        assert decode(b" " * place + b"[%s]" % (b"9" * 19), "json") == ["9" * 19]

    @pytest.mark.parametrize(
        ("body", "response_format"),
        [
            pytest.param(b'[{"backup": {"id": 1', "json", id="cut off"),
            pytest.param("[]".encode("utf-16"), "json", id="UTF-16"),
            pytest.param(b'<backups type="array"/>', "json", id="XML instead"),
            pytest.param(b"<a>", "xml", id="cut off XML"),
            pytest.param(b"[]", "xml", id="JSON instead"),
            pytest.param(b"<!DOCTYPE a><a/>", "xml", id="document type"),
        ],
    )
    def test_decode_error_can_be_retried(self, body, response_format):
        with pytest.raises(DecodeError, match=f"not readable as {response_format.upper()} \\(.+\\)") as caught:
            decode(body, response_format)
        assert caught.value.worth_retrying

    @FORMATS
    @pytest.mark.parametrize("body", [b"", b" ", b"\r\n"])
    def test_empty_body(self, body, response_format):
        with pytest.raises(DecodeError, match="the body is empty") as caught:
            decode(body, response_format)
        assert not caught.value.worth_retrying

    @pytest.mark.parametrize(
        ("body", "response_format"),
        [(b"null", "json"), (b'{"backups": null}', "json"), (b'<backups type="array" nil="true"/>', "xml")],
    )
    def test_null(self, body, response_format):
        for parse in (rows, row):
            with pytest.raises(DecodeError, match="the body is empty") as caught:
                parse(decode(body, response_format), "backup")
            assert not caught.value.worth_retrying

    @pytest.mark.parametrize(
        ("body", "response_format"),
        [
            (b'{"errors": ["Locked ##vso[x]", "Busy"]}', "json"),
            (b'{"error": "Locked ##vso[x]; Busy"}', "json"),
            (b'<errors type="array"><error>Locked ##vso[x]</error><error>Busy</error></errors>', "xml"),
            (b"<hash><error>Locked ##vso[x]; Busy</error></hash>", "xml"),
        ],
    )
    def test_error_with_status_200(self, body, response_format):
        for parse in (rows, row):
            with pytest.raises(DecodeError, match=r'error in place of a .*: "Locked # #vso\[x\]; Busy"'):
                parse(decode(body, response_format), "backup")

    def test_weight(self):
        assert weight_of(b"[[],[],[]]") > 4 * 64
        assert weight_of(b"<a><b/><b/></a>") > 3 * 64

    @pytest.mark.parametrize(
        ("opening", "closing", "response_format"),
        [
            pytest.param(b"[", b"]", "json", id="lists"),
            pytest.param(b'{"a":', b"}", "json", id="objects"),
            pytest.param(b"<a>", b"</a>", "xml", id="elements"),
        ],
    )
    @pytest.mark.parametrize("depth", [DEEPEST - 1, DEEPEST + 1, 900, 100_000])
    def test_depth(self, opening, closing, response_format, depth):
        middle = b"1" if response_format == "json" else b""
        body = opening * depth + middle + closing * depth
        if depth < DEEPEST:
            decode(body, response_format)
        else:
            with pytest.raises(DecodeError, match="nested"):
                decode(body, response_format)

    @FORMATS
    @given(body=st.binary() | st.text().map(str.encode) | st.text().map(lambda text: json.dumps([text]).encode()))
    @example(body=b"5")
    @example(body=b"[]")
    def test_any_bytes(self, body, response_format):
        try:
            document = decode(body, response_format)
        except DecodeError as error:
            assert str(error)
        else:
            json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


class TestRows:
    @pytest.mark.parametrize(
        ("document", "read"),
        [
            pytest.param([], [], id="none"),
            pytest.param([{"backup": {"id": 1, "note": None}}], [{"id": 1, "note": None}], id="wrapped"),
            pytest.param([{"id": 7}, {"id": "07"}, {"id": 7.0}], [{"id": 7}] * 3, id="one id in three types"),
            pytest.param([{"id": 1}], [{"id": 1}], id="not wrapped"),
            pytest.param([{"image_backup": {"id": 1}}], [{"id": 1}], id="another wrapper"),
            pytest.param([{"backup": {"id": "1"}}, {"id": 2}], [{"id": 1}, {"id": 2}], id="mixed"),
            pytest.param([{"backup": {"id": 1}, "more": 2}], [{"id": 1}], id="something beside the wrapper"),
            pytest.param([{"id": 1, "backup": {"id": 2}}], [{"id": 1, "backup": {"id": 2}}], id="a row of that name"),
            pytest.param(
                [{"backup": {"id": 1, "api_key": "x", "vm": [{"service_password": "y", "label": "z"}]}}],
                [{"id": 1, "vm": [{"label": "z"}]}],
                id="without secrets",
            ),
        ],
    )
    def test_reads(self, document, read):
        assert rows(document, "backup") == Page(read, None)

    @pytest.mark.parametrize("kind", ["disk", "virtual_machine", "recovery_point", "schedule", "transaction"])
    def test_rows_of_other_kinds_are_none(self, kind):
        assert rows([{kind: {"id": 1}}, {"backup": {"id": 2}}], "backup") == Page([{"id": 2}], None, strange=1)

    @pytest.mark.parametrize(
        ("document", "kind"),
        [
            pytest.param({}, "an object", id="empty object"),
            pytest.param({"backups": []}, "an object", id="named list"),
            pytest.param("[]", "text", id="text"),
            pytest.param(False, "a flag", id="flag"),
            pytest.param(0, "a number", id="number"),
            pytest.param(0.5, "a number", id="fraction"),
        ],
    )
    def test_other_shapes_are_errors(self, document, kind):
        with pytest.raises(DecodeError, match=f"should be a list of backup rows and is {kind}\\. Check") as caught:
            rows(document, "backup")
        assert not caught.value.worth_retrying

    @pytest.mark.parametrize(
        ("element", "kind"),
        [
            pytest.param(None, "nothing", id="null"),
            pytest.param(7, "a number", id="number"),
            pytest.param("text", "text", id="text"),
            pytest.param([], "a list", id="list"),
            pytest.param({}, "nothing", id="empty object"),
            pytest.param({"backup": None}, "nothing", id="empty wrapper"),
            pytest.param({"backup": []}, "a list", id="list in the wrapper"),
            pytest.param({"backup": {}}, "an object", id="row without an id"),
            pytest.param({"backup": {"id": None}}, "an object", id="null as id"),
            pytest.param({"backup": {"id": "seven"}}, "an object", id="word as id"),
            pytest.param({"backup": {"id": True}}, "an object", id="flag as id"),
            pytest.param({"id": {"id": 1}}, "an object", id="object as id"),
            pytest.param({"a": {"id": 1}, "b": {"id": 2}}, "nothing", id="two other wrappers"),
            pytest.param({"errors": {"id": ["is unknown"]}}, "an object", id="error with status 200"),
        ],
    )
    def test_elements_that_are_no_rows(self, element, kind):
        found = rows([{"backup": {"id": 1}}, element, {"backup": {"id": 3}}], "backup")
        assert found == Page([{"id": 1}, {"id": 3}], None, strange=1)
        with pytest.raises(DecodeError):
            row(element, "backup")

    @pytest.mark.parametrize("redact", [None, lambda text: text.replace("secret", "********")])
    @pytest.mark.parametrize(
        ("body", "response_format"),
        [
            (b'[{"backup":{"id":1,"note":"a"}},{"backup":{"id":2,"note":"a\xffb"}}]', "json"),
            (b'[{"backup":{"id":1,"note":"secret"}},{"backup":{"id":2,"note":"a\xffb"}}]', "json"),
            (rb'[{"backup":{"id":1,"note":"a\n"}},{"backup":{"id":2,"note":"a","note":"b"}}]', "json"),
            (rb'[{"backup":{"id":1,"note":"a"}},{"backup":{"id":2,"note":"a\ud800b"}}]', "json"),
            (rb'[{"backup":{"id":1,"note":"\ud83d\ude00"}},{"backup":{"id":2,"note":["a\udfff"]}}]', "json"),
            (b'<b type="array"><b><id>1</id><note>a</note></b><b><id>2</id><note>a\xffb</note></b></b>', "xml"),
            (b'<b type="array"><b><id>1</id><note>a</note></b><b><id>2</id><note>a&#27;b</note></b></b>', "xml"),
        ],
    )
    def test_rows_with_damaged_text(self, body, response_format, redact):
        found = rows(decode(body, response_format, redact), "backup")
        assert ([row["id"] for row in found.rows], found.broken, found.strange) == ([1, 2], (2,), 0)
        assert "\ufffd" in str(found.rows[1]["note"])


class TestMasking:
    PASSWORD = "correct horse"

    def masked(self, text):
        return text.replace(self.PASSWORD, "********")

    @pytest.mark.parametrize(
        ("body", "response_format"),
        [
            (b'[{"id": 1, "note": "correct horse"}]', "json"),
            (rb'[{"id": 1, "note": "\u0063orrect horse"}]', "json"),
            (b'[{"id": 1, "a": [{"correct horse": ["x correct horse y"]}]}]', "json"),
            (b"<a type='array'><a><id>1</id><note>correct horse</note></a></a>", "xml"),
            (b"<a type='array'><a><id>1</id><note>&#99;orrect horse</note></a></a>", "xml"),
            (b"<a type='array'><a><id>1</id><note>correct<![CDATA[ horse]]></note></a></a>", "xml"),
        ],
    )
    def test_password_is_in_no_row(self, body, response_format):
        (found,) = rows(decode(body, response_format, self.masked), "backup").rows
        assert "********" in str(found)
        assert "correct horse" not in str(found)

    def test_answers_without_secrets_are_not_searched_value_by_value(self):
        seen = []
        decode(b'[{"id": 1, "note": "a"}]', "json", lambda text: seen.append(text) or text)
        assert seen == ['[{"id": 1, "note": "a"}]']


class TestErrorText:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            pytest.param(b'{"error":"Resource not found"}', "Resource not found", id="error, 2011"),
            pytest.param(b'{"errors":["Resource not found"]}', "Resource not found", id="errors, 2012"),
            pytest.param(b'{"errors":["One.","Two."]}', "One.; Two.", id="list of two"),
            pytest.param(
                b'{"errors":{"label":["can\'t be blank","is short"]}}',
                "label: can't be blank; label: is short",
                id="map of fields",
            ),
            pytest.param(
                b'{"errors":{"base":["Locked"],"disk":["is full"]}}', "Locked; disk: is full", id="map with base"
            ),
            pytest.param(b'{"errors":{"base":"Locked"}}', "Locked", id="map of texts"),
            pytest.param(b'{"errors":"text"}', "text", id="errors as text"),
            pytest.param(b'{"error":{"base":["Locked"]}}', "Locked", id="error as a map"),
            pytest.param(b'{"error":"a","errors":["b"]}', "a; b", id="both"),
            pytest.param(b'{"error":"a","errors":["a"]}', "a", id="both, the same"),
            pytest.param(b'{"error":"a","errors":[]}', "a", id="errors that are empty"),
            pytest.param(b'{"error":null,"errors":null}', "", id="both null"),
            pytest.param(b'{"status":404,"message":"gone"}', "", id="other names"),
            pytest.param(b'[{"virtual_machine":{"initial_root_password":"x"}}]', "", id="rows"),
            pytest.param(b'[{"virtual_machine":{"initial_root_password":"x', "", id="rows, cut half-way"),
            pytest.param(b'{"errors":["a"],"initial_root_pass', "", id="errors, cut half-way"),
            pytest.param(b"<vm><password>x</password><label>y</label></vm>", "", id="an XML row"),
            pytest.param(b"<vm><password>x</pass", "", id="an XML row, cut half-way"),
            pytest.param(b'["a","b"]', "", id="bare list"),
            pytest.param(b'"a"', "", id="bare text"),
            pytest.param(b"404", "", id="bare number"),
            pytest.param(b"null", "", id="null"),
            pytest.param(b"{}", "", id="empty object"),
            pytest.param(b"", "", id="nothing"),
            pytest.param(b" ", "", id="a space"),
            pytest.param(b"<error>Resource not found</error>", "Resource not found", id="XML error"),
            pytest.param(b"<errors><error>a</error></errors>", "a", id="XML errors, one"),
            pytest.param(b"<errors><error>a</error><error>b</error></errors>", "a; b", id="XML errors, two"),
            pytest.param(b'<errors type="array"><error>a</error></errors>', "a", id="XML errors, typed"),
            pytest.param(
                b'<?xml version="1.0"?><hash><errors type="array"><error>a &lt; b</error></errors></hash>',
                "a < b",
                id="XML errors in a hash",
            ),
            pytest.param(b"<errors><base>a</base><label>b</label></errors>", "a; label: b", id="XML map with base"),
            pytest.param(APACHE_500, "", id="Apache's page"),
            pytest.param(HAPROXY_503, "", id="HAProxy's page, which is well-formed XML"),
            pytest.param(NGINX_502, "", id="nginx's page"),
            pytest.param(PASSENGER_500, "", id="Passenger's page"),
            pytest.param(b"Bad\r\n\tGateway\x00\x1b[31m", "", id="plain text"),
            pytest.param(b'{"error":"Bad\\r\\n\\tGateway\\u001b[31m ##vso[x]"}', "Bad Gateway # #vso[x]", id="cleaned"),
            pytest.param(b'{"error":"%s"}' % (b"a" * 500), "a" * 199 + "…", id="cut"),
            pytest.param(rb'{"error":"\ud800a"}', "\ufffda", id="half a surrogate pair"),
            pytest.param(b'{"errors":{"password":["hunter2"],"base":["x"]}}', "x", id="a secret's field is left out"),
        ],
    )
    def test_shapes(self, body, text):
        assert error_text(body) == text

    def test_deep_nesting(self):
        for depth in (DEEPEST - 2, 500, 985, 100_000):
            assert len(error_text(b'{"errors":' + b"[" * depth + b'"x"' + b"]" * depth + b"}")) <= TEXT_LIMIT

    @pytest.mark.parametrize("piece", [b"<script ", b"<style>", b"<!--", b"<", b"&#", b"<!-- -", b"</script <script"])
    def test_time_of_hostile_pages(self, piece):
        error_text(b"<html>" + piece * 50_000)
        with pytest.raises(DecodeError):
            decode(piece * 50_000, "json")

    @given(st.binary() | st.text().map(str.encode) | st.text().map(lambda text: json.dumps({"error": text}).encode()))
    @example("\u202eevil\u2066\u200b\u2028\u2029\x85".encode())
    @example(rb'{"error":"\ud800"}')
    def test_any_bytes(self, body):
        text = error_text(body)
        assert len(text) <= TEXT_LIMIT
        assert not {unicodedata.category(character) for character in text} & {"Cc", "Cs", "Zl", "Zp"}
        assert not {unicodedata.bidirectional(character) for character in text} & DIRECTIONS
        text.encode()


PASSWORD = 'Zq9!<K7&x"Wv'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(json.dumps({"error": f"wrong: {PASSWORD}"}), id="error"),
        pytest.param(json.dumps({"errors": {"base": [f"wrong: {PASSWORD}"]}}), id="errors"),
        pytest.param(json.dumps({"errors": {PASSWORD: ["is wrong"]}}), id="as a name"),
        pytest.param(f"<error>wrong: {html.escape(PASSWORD)}</error>", id="XML"),
    ],
)
def test_password_is_not_quoted(body):
    text = error_text(body.encode(), lambda text: text.replace(PASSWORD, "********"))
    assert "********" in text
    assert not [start for start in range(len(PASSWORD) - 3) if PASSWORD[start : start + 4] in text]
