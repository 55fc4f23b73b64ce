"""What is read must be what is signed: documents that two readers would read differently."""

import copy
import json
from typing import Any

import pytest

from colnode.openbadges import strict_json
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import City, ids

CREDENTIALS = "https://www.w3.org/2018/credentials#"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 9007199254740992}',
        '{"a": 1e400}',
        '{"a": 1e20}',
        '{"a": "\\ud800"}',
        '{"\\udc00": 1}',
        '["\\ud800"]',
        "[" * 41 + "]" * 41,
        '{"a":' * 41 + "1" + "}" * 41,
    ],
)
def test_json_that_readers_disagree_about_is_refused(text: str) -> None:
    with pytest.raises(strict_json.StrictJsonError) as caught:
        strict_json.loads(text.encode())
    assert not caught.value.is_syntax


@pytest.mark.parametrize("data", [b"", b"{", b"{'a': 1}", b"\xff", b"\xef\xbb\xbf{}", b"{} {}"])
def test_what_is_no_json_is_a_syntax_error(data: bytes) -> None:
    with pytest.raises(strict_json.StrictJsonError) as caught:
        strict_json.loads(data)
    assert caught.value.is_syntax


def test_large_json_is_refused() -> None:
    with pytest.raises(strict_json.StrictJsonError, match="larger"):
        strict_json.loads(b'"' + b"a" * 100 + b'"', max_bytes=50)


def test_ordinary_json_is_read() -> None:
    text = '{"a": [1.5, 2.0, true, null, "\\ud83d\\ude00", {"[": "]]]"}]}'
    assert strict_json.loads(text.encode()) == {
        "a": [1.5, 2, True, None, "\N{GRINNING FACE}", {"[": "]]]"}]
    }
    assert strict_json.loads(b'["[[[[[[[[", "' + b"[" * 100 + b'"]') == ["[" * 8, "[" * 100]


@pytest.mark.parametrize(
    "document",
    [b"hello", b"{}", b"[]", b"1", b"", b"a.b.c", b"\x89PNG", b'{"type": "Person"}', b"<html/>"],
)
def test_anything_else_is_not_a_badge(city: City, document: bytes) -> None:
    verdict = city.verify(document)
    assert verdict.outcome in (Outcome.NOT_A_BADGE, Outcome.INVALID)
    assert verdict.outcome is Outcome.NOT_A_BADGE or document == b"\x89PNG"
    assert verdict.credential is None
    assert city.pages.asked == []


def test_duplicate_name_in_a_signed_badge_is_invalid(city: City) -> None:
    badge = city.badge().replace(
        b'"validFrom":', b'"validFrom":"2020-01-01T00:00:00Z","validFrom":'
    )
    assert ids(city.verify(badge)) == {"json_unsafe"}


def signed(city: City) -> dict[str, Any]:
    return dict(json.loads(city.badge()))


def put(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    result = copy.deepcopy(document)
    *parents, last = path.split("|")
    target: Any = result
    for parent in parents:
        target = target[parent]
    target[last] = value
    return result


# Each of these leaves the signed dataset as it was, or hides something from a reader.
HIDING = {
    "null member": ("validUntil", None),
    "empty list": ("evidence", []),
    "empty list inside": ("credentialSubject|achievement|related", []),
    "nested list": ("credentialSubject|achievement|tag", [["river"], "nature"]),
    "keyword": ("@included", [{"id": "urn:x"}]),
    "keyword inside": ("credentialSubject|@reverse", {}),
    "context inside": ("credentialSubject|@context", "https://www.w3.org/ns/credentials/v2"),
    "blank node": ("credentialSubject|id", "_:b0"),
    "typed value": ("name", {"@value": "x", "@type": "https://x.example/t"}),
    "credential id again": ("evidence", [{"id": "", "type": ["Evidence"], "name": "x"}]),
}


@pytest.mark.parametrize("name", HIDING)
def test_member_that_could_hide_something_is_refused(city: City, name: str) -> None:
    path, value = HIDING[name]
    document = put(signed(city), path, value)
    if name == "credential id again":
        document["evidence"][0]["id"] = document["id"]
    verdict = city.verify(document)
    assert verdict.outcome is Outcome.INVALID
    assert "member_unsafe" in ids(verdict)
    assert city.pages.asked == []


def test_expiry_under_its_full_address_is_refused(city: City) -> None:
    document = json.loads(city.badge(valid_until=None))
    document[f"{CREDENTIALS}validUntil"] = "2020-01-01T00:00:00Z"
    assert "member_unsafe" in ids(city.verify(document))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("colour", "red"),
        ("credentialSubject|achievement|colour", "red"),
        ("type", ["VerifiableCredential", "OpenBadgeCredential", "Undefined"]),
        ("credentialSubject|achievement|type", ["Achievement", "Undefined"]),
        ("credentialSubject|achievement|id", "relative/path"),
        ("credentialSubject|achievement|id", "//host.example/path"),
        ("credentialSubject|achievement|image", {"id": "picture.png", "type": "Image"}),
    ],
)
def test_word_without_a_meaning_is_refused(city: City, path: str, value: object) -> None:
    verdict = city.verify(put(signed(city), path, value))
    assert verdict.outcome is Outcome.INVALID
    assert "term_undefined" in ids(verdict)


def test_undefined_term_in_the_proof_is_refused(city: City) -> None:
    document = signed(city)
    document["proof"][0]["colour"] = "red"
    assert "term_undefined" in ids(city.verify(document))


def test_context_that_is_not_pinned_makes_it_indeterminate(city: City) -> None:
    document = signed(city)
    document["@context"].append("https://unknown.example/context")
    verdict = city.verify(document)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "context_unknown" in ids(verdict)


def test_context_written_into_the_document_makes_it_indeterminate(city: City) -> None:
    document = signed(city)
    document["@context"].append({"colour": "https://x.example/colour"})
    assert city.verify(document).outcome is Outcome.INDETERMINATE


@pytest.mark.parametrize("order", [[1], [1, 0], [0]])
def test_required_context_missing_or_out_of_order_is_invalid(city: City, order: list[int]) -> None:
    document = signed(city)
    document["@context"] = [document["@context"][i] for i in order]
    verdict = city.verify(document)
    assert verdict.outcome is Outcome.INVALID
    assert "context_missing" in ids(verdict)


def test_older_revision_of_a_context_is_accepted(city: City) -> None:
    from colnode.openbadges import contexts, data_integrity
    from tests.openbadges.world import EARLIER

    older = contexts.revisions()[1]
    document = data_integrity.add_proof(
        city.credential(),
        key=city.ed25519,
        verification_method=city.method(city.ed25519),
        created=EARLIER,
        contexts=older,
    )
    assert city.verify(document).outcome is Outcome.VALID


def test_poison_graph_is_refused_before_it_takes_time(city: City) -> None:
    document = signed(city)
    document["evidence"] = [{"type": ["Evidence"], "name": "same"} for _ in range(40)]
    verdict = city.verify(document)
    assert verdict.outcome is Outcome.INVALID
    assert "too_complex" in ids(verdict)


def test_control_characters_of_others_are_read_as_the_standard_says(city: City) -> None:
    from colnode.openbadges import contexts, data_integrity
    from tests.openbadges.world import EARLIER

    credential = city.credential()
    credential["credentialSubject"]["achievement"]["description"] = "bell \x07 here"
    document = data_integrity.add_proof(
        credential,
        key=city.ed25519,
        verification_method=city.method(city.ed25519),
        created=EARLIER,
        contexts=contexts.pinned(),
    )
    assert city.verify(document).outcome is Outcome.VALID


@pytest.mark.parametrize("name", ["issuer", "credentialSubject", "validFrom", "id"])
def test_missing_part_is_named(city: City, name: str) -> None:
    document = signed(city)
    del document[name]
    verdict = city.verify(document)
    assert verdict.outcome is Outcome.INVALID
    assert "schema_invalid" in ids(verdict)


def test_subject_without_any_identity_is_refused(city: City) -> None:
    document = signed(city)
    del document["credentialSubject"]["id"]
    assert "subject_missing" in ids(city.verify(document))


def test_number_with_more_digits_than_are_signed_is_refused(city: City) -> None:
    document = put(signed(city), "credentialSubject|creditsEarned", 0.1 + 0.2)
    assert "member_unsafe" in ids(city.verify(document))


@pytest.mark.parametrize(
    "evidence",
    [
        [{"id": f"urn:e:{n}", "type": ["Evidence"], "name": "x"} for n in range(1100)],
        [{"id": "urn:e", "type": ["Evidence", "Achievement"] * 800, "name": "x"}],
    ],
    ids=["objects", "types"],
)
@pytest.mark.parametrize("form", ["json", "jwt"])
def test_document_that_would_take_minutes_is_refused_at_once(
    city: City, evidence: list[Any], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from colnode.openbadges import jose, jsonld

    document = {**signed(city), "evidence": evidence}
    data = json.dumps(document).encode()
    if form == "jwt":
        header = {"kid": city.method(city.p256)}
        data = jose.sign_compact(data, header, city.p256).encode()
    monkeypatch.setattr(jsonld, "quads_of", None)
    verdict = city.verify(data)
    assert verdict.outcome is Outcome.INVALID
    assert "too_complex" in ids(verdict)


def test_record_of_hundreds_of_badges_is_not_checked_for_ever(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    from colnode.openbadges import run
    from tests.openbadges.test_enclosed import record

    monkeypatch.setattr(run, "MAX_INSIDE", 1)
    verdict = city.verify(record(city, city.badge(), city.badge(id="urn:uuid:second")))
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "too_many_inside" in ids(verdict)


def test_byte_order_mark_and_blank_lines_around_a_file_are_passed_over(city: City) -> None:
    assert city.verify(b"\xef\xbb\xbf\r\n" + city.badge() + b"\n").outcome is Outcome.VALID
