"""Header and body lines: one spelling, and nothing else is read."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colnode.errors import Untrusted
from colnode.federation.entries import (
    MAX_BODY_BYTES,
    Header,
    Op,
    digest_of,
    make_body,
    read_body,
    read_header,
)

TS = "2026-11-23T10:00:00Z"
DIGEST = digest_of(b"{}")
PUT = Header(7, Op.PUT, TS, "thing", "thing/a", 3, "https://x.example/1", "CC-BY-4.0", DIGEST)
DEL = Header(8, Op.DEL, TS, "thing", "thing/a", 4)
NODE = Header(2, Op.NODE, TS, digest=DIGEST)


@pytest.mark.parametrize("header", [PUT, DEL, NODE])
def test_header_is_read_as_it_was_written(header: Header) -> None:
    assert read_header(header.to_line()) == header


def test_header_has_the_members_of_the_protocol_in_their_order() -> None:
    assert list(json.loads(PUT.to_line())) == [
        "v",
        "seq",
        "op",
        "type",
        "id",
        "rev",
        "ts",
        "schema",
        "licence",
        "digest",
    ]
    assert list(json.loads(DEL.to_line())) == ["v", "seq", "op", "type", "id", "rev", "ts"]
    assert list(json.loads(NODE.to_line())) == ["v", "seq", "op", "ts", "digest"]


LINE = PUT.to_line()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"{}",
        LINE + b" ",
        b" " + LINE,
        LINE.replace(b'"v":1', b'"v":2'),
        LINE.replace(b'"v":1', b'"v": 1'),
        LINE.replace(b'"v":1', b'"v":1,"v":1'),
        LINE.replace(b'"seq":7', b'"seq":07'),
        LINE.replace(b'"seq":7', b'"seq":0'),
        LINE.replace(b'"seq":7', b'"seq":7.0'),
        LINE.replace(b'"seq":7', b'"seq":"7"'),
        LINE.replace(b'"seq":7', b'"seq":-7'),
        LINE.replace(b'"seq":7', b'"seq":99999999999999999'),
        LINE.replace(b'"op":"put"', b'"op":"steal"'),
        LINE.replace(b'"op":"put"', b'"op":"del"'),
        LINE.replace(b'"thing/a"', b'"other/a"'),
        LINE.replace(b'"thing/a"', b'"thing/../a"'),
        LINE.replace(b'"thing/a"', b'"thing/"'),
        LINE.replace(b'"thing/a"', b'"thing/a\\u0062"'),
        LINE.replace(b'"thing"', b'"Thing"'),
        LINE.replace(b"2026-11-23", b"2026-13-23"),
        LINE.replace(b"10:00:00Z", b"10:00:00+00:00"),
        LINE.replace(b"10:00:00Z", b"10:00:00.5Z"),
        LINE.replace(b"CC-BY-4.0", "CC-BY-4.0é".encode()),
        LINE.replace(b"CC-BY-4.0", b"CC\\BY"),
        LINE.replace(b"sha-256:", b"sha-512:"),
        LINE.replace(b'"licence"', b'"license"'),
        LINE[:-1] + b',"more":1}',
        LINE.replace(b"https://x.example/1", b"https://x.example/" + b"x" * 1024),
        b"\xff" + LINE,
    ],
)
def test_any_other_spelling_is_refused(line: bytes) -> None:
    with pytest.raises(Untrusted, match="malformed"):
        read_header(line)


@settings(deadline=None)
@given(st.integers(0, len(LINE) - 1), st.integers(0, 255))
def test_changed_byte_is_another_header_or_none(place: int, value: int) -> None:
    changed = LINE[:place] + bytes([value]) + LINE[place + 1 :]
    try:
        found = read_header(changed)
    except Untrusted:
        return
    assert found.to_line() == changed


def test_body_is_read_back_with_its_nonce_hidden() -> None:
    line = make_body("record", b'{"name":{"en":"x"}}')
    assert read_body(line, "record") == {"name": {"en": "x"}}
    assert make_body("record", b"{}") != make_body("record", b"{}")


@pytest.mark.parametrize(
    "line",
    [
        b"null",
        b"[]",
        b"{",
        b'{"nonce":"a"}',
        b'{"nonce":"a","record":[]}',
        b'{"nonce":1,"record":{}}',
        b'{"nonce":"a","record":{},"more":1}',
        b'{"nonce":"a","record":{"x":1,"x":2}}',
        b'{"nonce":"a","record":{},"record":{}}',
        b'{"nonce":"a","record":{"x":NaN}}',
        b'{"nonce":"a","record":{"x":1e999}}',
        b'{"nonce":"a","record":{"x":"\\ud800"}}',
        b'{"nonce":"a","record":{"x":"\xff"}}',
        b'{"nonce":"a","record":' + b'{"a":' * 2000 + b"1" + b"}" * 2000 + b"}",
        b'{"nonce":"a","record":{"x":"' + b"x" * MAX_BODY_BYTES + b'"}}',
    ],
)
def test_body_that_readers_could_read_in_two_ways_is_refused(line: bytes) -> None:
    with pytest.raises(Untrusted):
        read_body(line, "record")
