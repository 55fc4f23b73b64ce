"""Signed checkpoints: what is signed comes back, and every changed byte is noticed."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colnode.errors import Untrusted
from colnode.federation.checkpoint import Checkpoint, UnknownKey, key_hash, open_note, sign_note
from colnode.federation.log import EMPTY_ROOT, State, node_id_of
from colnode.openbadges.keys import KeyKind, SigningKey

KEY = SigningKey.from_private_bytes(KeyKind.ED25519, bytes(range(32)))
ORIGIN = node_id_of(b"genesis")
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
POINT = Checkpoint(
    origin=ORIGIN,
    size=4711,
    root=EMPTY_ROOT,
    epoch=0,
    state=State().root(),
    count=42,
    issued_at=NOW,
    expires_at=NOW + timedelta(hours=48),
    url="https://learn.example",
)
NOTE = sign_note(POINT, KEY)


def test_what_was_signed_is_read_back() -> None:
    assert open_note(NOTE, ORIGIN, KEY.public) == POINT


def test_note_has_the_form_of_the_specification() -> None:
    lines = NOTE.decode().split("\n")
    assert lines[:2] == [ORIGIN, "4711"]
    assert [line.split(" ")[0] for line in lines[3:9]] == [
        "epoch",
        "state",
        "count",
        "issued",
        "expires",
        "url",
    ]
    assert lines[9] == ""
    assert lines[10].startswith(f"\N{EM DASH} {ORIGIN} ")
    assert lines[11:] == [""]


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(NOTE) - 1), st.integers(0, 255))
def test_every_changed_byte_is_noticed(place: int, value: int) -> None:
    changed = NOTE[:place] + bytes([value]) + NOTE[place + 1 :]
    if changed == NOTE:
        return
    with pytest.raises(Untrusted):
        open_note(changed, ORIGIN, KEY.public)


@pytest.mark.parametrize("cut", [0, 1, 50, 200, len(NOTE) - 2, len(NOTE) - 1])
def test_torn_note_is_refused(cut: int) -> None:
    with pytest.raises(Untrusted):
        open_note(NOTE[:cut], ORIGIN, KEY.public)


def test_signature_of_somebody_else_is_not_enough() -> None:
    stranger = SigningKey.generate()
    with pytest.raises(UnknownKey):
        open_note(sign_note(POINT, stranger), ORIGIN, KEY.public)
    other = replace(POINT, origin=node_id_of(b"other"))
    with pytest.raises(Untrusted, match="another city"):
        open_note(sign_note(other, KEY), ORIGIN, KEY.public)


def test_further_signatures_of_unknown_keys_are_passed_over() -> None:
    witness = "\N{EM DASH} witness.example " + "AAAAAAECAwQF" + "\n"
    assert open_note(NOTE + witness.encode(), ORIGIN, KEY.public) == POINT
    with pytest.raises(Untrusted):
        open_note(NOTE + witness.encode() * 20, ORIGIN, KEY.public)


def test_wrong_second_signature_of_the_known_key_spoils_the_note() -> None:
    blob = key_hash(ORIGIN, KEY.public.public_bytes) + bytes(64)
    line = f"\N{EM DASH} {ORIGIN} {base64.b64encode(blob).decode()}\n"
    with pytest.raises(Untrusted, match="signature"):
        open_note(NOTE + line.encode(), ORIGIN, KEY.public)


def test_extension_lines_in_another_order_are_refused() -> None:
    text = POINT.to_text().replace("epoch 0\n", "")
    reordered = text.replace("count 42\n", "count 42\nepoch 0\n")
    blob = key_hash(ORIGIN, KEY.public.public_bytes) + KEY.sign(reordered.encode())
    note = f"{reordered}\n\N{EM DASH} {ORIGIN} {base64.b64encode(blob).decode()}\n"
    with pytest.raises(Untrusted, match="malformed"):
        open_note(note.encode(), ORIGIN, KEY.public)
