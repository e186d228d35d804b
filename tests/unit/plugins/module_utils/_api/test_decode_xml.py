# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rails' typed XML gives the same objects as JSON; any other body raises XmlError."""

from __future__ import annotations

import json
import string
from xml.sax.saxutils import escape

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.decode import BROKEN, DEEPEST, XmlError, parse_xml
from ansible_collections.community.onapp.tests.vendor_page import VENDOR_PAGE, VENDOR_ROW
from hypothesis import example, given
from hypothesis import strategies as st

PAGE = VENDOR_PAGE.encode()


def parse(body):
    """The value of a document."""
    return parse_xml(body)[0]


def test_vendor_page():
    assert parse(PAGE) == [{"backup": VENDOR_ROW}]


@pytest.mark.parametrize(
    ("element", "value"),
    [
        pytest.param('<v type="integer">7</v>', 7, id="integer"),
        pytest.param('<v type="integer"> -7 </v>', -7, id="integer with spaces"),
        pytest.param('<v type="integer"></v>', None, id="empty integer"),
        pytest.param('<v type="integer">7.5</v>', "7.5", id="no integer"),
        pytest.param('<v type="integer">1_000</v>', "1_000", id="Python's underscore"),
        pytest.param('<v type="integer">٣</v>', "٣", id="Arabic digit"),
        pytest.param(f'<v type="integer">{"9" * 5000}</v>', "9" * 5000, id="more digits than Python reads"),
        pytest.param('<v type="float">7.5</v>', 7.5, id="float"),
        pytest.param('<v type="float">nan</v>', "nan", id="not a number"),
        pytest.param('<v type="float">1e999</v>', "1e999", id="beyond all floats"),
        pytest.param('<v type="decimal">51.0</v>', "51.0", id="decimal stays text, as in JSON"),
        pytest.param('<v type="boolean">true</v>', True, id="true"),
        pytest.param('<v type="boolean">0</v>', False, id="0"),
        pytest.param('<v type="boolean"/>', None, id="empty boolean"),
        pytest.param('<v type="boolean">maybe</v>', "maybe", id="no boolean"),
        pytest.param('<v type="datetime">2013-12-24T14:34:06Z</v>', "2013-12-24T14:34:06Z", id="datetime"),
        pytest.param('<v type="dateTime">2013-12-24T14:34:06Z</v>', "2013-12-24T14:34:06Z", id="dateTime"),
        pytest.param('<v type="dateTime"></v>', None, id="empty dateTime"),
        pytest.param('<v type="symbol">:days</v>', ":days", id="symbol"),
        pytest.param('<v type="yaml">--- a</v>', "--- a", id="YAML is not read"),
        pytest.param('<v nil="true"/>', None, id="nil"),
        pytest.param('<v type="integer" nil="true"></v>', None, id="typed nil"),
        pytest.param('<v nil="1"/>', None, id="nil 1"),
        pytest.param('<v nil="false">x</v>', "x", id="not nil"),
        pytest.param('<v type="array" nil="true"/>', None, id="nil array"),
        pytest.param("<v></v>", "", id="empty text"),
        pytest.param("<v>  a  </v>", "  a  ", id="text keeps its spaces"),
        pytest.param("<v>8</v>", "8", id="untyped number of 2.x"),
        pytest.param("<v>a &lt;b&gt; &amp; &#233;</v>", "a <b> & é", id="escaped characters"),
        pytest.param("<v><![CDATA[<b>]]></v>", "<b>", id="CDATA"),
        pytest.param("<v>a<!-- no -->b</v>", "ab", id="comment"),
        pytest.param('<v type="array"/>', [], id="array of none"),
        pytest.param('<v type="array">\n</v>', [], id="array of a newline"),
        pytest.param('<v type="array">Access denied</v>', "Access denied", id="array of words"),
        pytest.param('<v type="array">No<i><id>1</id></i></v>', "No", id="array of words and rows"),
        pytest.param('<v type="array"><i><id type="integer">1</id></i></v>', [{"i": {"id": 1}}], id="array of one"),
        pytest.param("<v><i>1</i><i>2</i></v>", ["1", "2"], id="repeated children without a type"),
        pytest.param('<v type="array"><error>a</error><error>b</error></v>', ["a", "b"], id="array of texts"),
        pytest.param('<v type="array"><i nil="true"/></v>', [None], id="array of nil"),
        pytest.param("<v><a>1</a><b>2</b></v>", {"a": "1", "b": "2"}, id="object"),
        pytest.param('<v type="Ubuntu"><a>1</a></v>', {"a": "1"}, id="object with a class name"),
        pytest.param("<v><is-swap>1</is-swap></v>", {"is_swap": "1"}, id="dasherized name"),
    ],
)
def test_values(element, value):
    parsed = parse(f"<o><id>1</id>{element}</o>".encode())["o"]["v"]
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_arrays_of_any_length(count):
    rows = "".join(f'<disk><id type="integer">{number}</id></disk>' for number in range(count))
    assert parse(f'<disks type="array">{rows}</disks>'.encode()) == [{"disk": {"id": n}} for n in range(count)]


def test_empty_list():
    assert parse(b'<?xml version="1.0" encoding="UTF-8"?>\n<nil-classes type="array"/>\n') == []


def test_arrays_within_rows():
    body = b"""<virtual_machines type="array"><virtual_machine><id type="integer">1</id>
        <ip_addresses type="array">
          <ip_address><address>192.0.2.1</address><free type="boolean">false</free></ip_address>
          <ip_address><address>2001:db8::1</address><free type="boolean">true</free></ip_address>
        </ip_addresses><tags type="array"/></virtual_machine></virtual_machines>"""
    addresses = [
        {"ip_address": {"address": "192.0.2.1", "free": False}},
        {"ip_address": {"address": "2001:db8::1", "free": True}},
    ]
    assert parse(body) == [{"virtual_machine": {"id": 1, "ip_addresses": addresses, "tags": []}}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(encoding):
    declared = encoding.removesuffix("-sig")
    body = f'<?xml version="1.0" encoding="{declared}"?><label>Zürich</label>'.encode(encoding)
    assert parse(body) == {"label": "Zürich"}


BILLION_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><backups type="array">&c;</backups>"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BILLION_LAUGHS, id="entities that grow"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', id="entity of a file"),
        pytest.param(b'<!DOCTYPE a SYSTEM "http://onapp.test/a.dtd"><a/>', id="external document type"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://onapp.test/p"> %p;]><a/>', id="parameter entity"),
        pytest.param(b"<!DOCTYPE html><html/>", id="HTML's document type"),
    ],
)
def test_document_types_and_entities_are_refused(body):
    with pytest.raises(XmlError, match="it declares a document type or entities, which no control panel does"):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"   ", id="blank"),
        pytest.param(b"[]", id="JSON"),
        pytest.param(b"<backups>", id="not closed"),
        pytest.param(PAGE[:-20], id="cut off"),
        pytest.param(PAGE + PAGE, id="twice"),
        pytest.param(b"<a>&nope;</a>", id="unknown entity"),
        pytest.param(b'<?xml version="1.0" encoding="klingon"?><a/>', id="unknown encoding"),
        pytest.param(b'<?xml version="1.0" encoding="hex"?><a>\xff</a>', id="a codec that is no encoding"),
        pytest.param(b'<?xml version="1.0" encoding="idna"?><a>\xff</a>', id="an encoding that refuses bytes"),
        pytest.param(b'<?xml version="1.0" encoding="utf-16"?><a/>', id="another encoding than declared"),
    ],
)
def test_malformed_documents_are_refused(body):
    with pytest.raises(XmlError):
        parse(body)


@pytest.mark.parametrize(("depth", "is_refused"), [(DEEPEST, False), (DEEPEST + 1, True), (100_000, True)])
def test_depth(depth, is_refused):
    body = b"<a>" * depth + b"</a>" * depth
    if is_refused:
        with pytest.raises(XmlError, match="nested deeper than"):
            parse(body)
    else:
        parse(body)


@given(st.binary() | st.text().map(str.encode))
@example(b"\xff\xfe<\x00a\x00/\x00>\x00")
def test_any_bytes(body):
    try:
        parse(body)
    except XmlError as error:
        assert str(error)


MARKUP_PIECES = st.sampled_from(
    [
        "<a>",
        "</a>",
        "<b type='array'>",
        "</b>",
        "<c nil='true'/>",
        "<d type='integer'>7</d>",
        "x",
        "&lt;",
        "&x;",
        "<!--",
        "]]>",
    ]
    + ["<!DOCTYPE a>", "<?xml version='1.0' encoding='ascii'?>", "<e type='boolean'>", "</e>", "\n", "é"]
)


@given(st.lists(MARKUP_PIECES, max_size=12).map("".join))
def test_any_markup(text):
    try:
        value = parse(text.encode())
    except XmlError:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value


NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=6).flatmap(
    lambda head: st.sampled_from([head, f"{head}_id", f"{head}_2"])
)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n\r")
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(1 - 10**18, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
OBJECTS = st.recursive(
    st.dictionaries(NAMES, SCALARS, min_size=1, max_size=5),
    lambda inner: st.dictionaries(
        NAMES,
        SCALARS | inner | NAMES.flatmap(lambda name: st.lists(st.fixed_dictionaries({name: inner}), max_size=3)),
        min_size=1,
        max_size=5,
    ),
    max_leaves=8,
)


def rendered(name, value, dasherize):
    """A value as Rails writes it."""
    tag = name.replace("_", "-") if dasherize else name
    if value is None:
        return f'<{tag} nil="true"/>'
    if isinstance(value, list):
        items = "".join(rendered(*next(iter(item.items())), dasherize) for item in value)
        return f'<{tag} type="array">{items}</{tag}>'
    if isinstance(value, dict):
        return f"<{tag}>{''.join(rendered(key, item, dasherize) for key, item in value.items())}</{tag}>"
    kind = {bool: ' type="boolean"', int: ' type="integer"', float: ' type="float"', str: ""}[type(value)]
    text = str(value).lower() if isinstance(value, bool) else escape(str(value), {"\r": "&#13;"})
    return f"<{tag}{kind}>{text}</{tag}>"


@pytest.mark.parametrize(
    "label",
    [b"w\xffb", b"w\x00b", b"w\x0bb", b"w&#xD800;b", b"w&#0;b", b"w&#27;b", b"w&#x110000;b", b"w\xef\xbf\xbfb"],
)
def test_characters_that_xml_cannot_represent(label):
    body = b'<a type="array"><b><id>1</id><label>' + label + b"</label></b><b><id>2</id><label>x&#65;</label></b></a>"
    assert parse(body) == [{"b": {"id": "1", "label": f"w{BROKEN}b"}}, {"b": {"id": "2", "label": "xA"}}]


@pytest.mark.parametrize(
    ("fields", "value", "is_damaged"),
    [
        ("<id>1</id><id>2</id><a>x</a>", {"id": BROKEN, "a": "x"}, True),
        ("<a>x</a><id>1</id><id>1</id>", {"id": "1", "a": "x"}, False),
        ("<a>x</a><b><id>1</id><id>2</id><c/></b>", {"a": "x", "b": {"id": BROKEN, "c": ""}}, True),
    ],
)
def test_repeated_field(fields, value, is_damaged):
    assert parse_xml(f"<r>{fields}</r>".encode()) == ({"r": value}, is_damaged)


def test_long_number_stays_text():
    assert parse(b'<a><id type="integer">' + b"9" * 400 + b"</id></a>") == {"a": {"id": "9" * 400}}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"<hash><errors type='array'><error>x</error></errors></hash>", {"errors": ["x"]}),
        (b"<errors type='array'><error>x</error></errors>", {"errors": ["x"]}),
        (b"<backups type='array' nil='true'/>", {"backups": None}),
    ],
)
def test_special_roots(body, value):
    assert parse(body) == value


@given(OBJECTS, NAMES, st.booleans())
def test_rendered_object(value, name, dasherize):
    assert parse(rendered(name, value, dasherize).encode()) == {name: value}


@given(st.lists(OBJECTS, max_size=4), NAMES, st.booleans(), st.sampled_from(["utf-8", "utf-16"]))
def test_rendered_list(values, name, dasherize, encoding):
    rows = [{name: value} for value in values]
    body = f'<?xml version="1.0" encoding="{encoding}"?>\n' + rendered(f"{name}s", rows, dasherize)
    assert parse(body.encode(encoding)) == rows


@pytest.mark.parametrize(
    "extra",
    [
        '<extra type="array"><password>S3cret</password><note>n</note></extra>',
        '<extra type="array"><api-key>S3cret</api-key><note>n</note></extra>',
    ],
)
def test_secret_in_a_list_keeps_its_name(extra):
    assert parse(f"<backup><id>1</id>{extra}</backup>".encode()) == {"backup": {"id": "1", "extra": ["n"]}}


def test_repeated_secrets():
    body = b"<backup><id>1</id><extra><password>a</password><password>b</password></extra></backup>"
    assert parse(body) == {"backup": {"id": "1", "extra": []}}
