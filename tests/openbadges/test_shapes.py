"""The quick way to the canonical form gives what the full way gives, byte for byte."""

import copy
import json
import random
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from colnode.errors import Invalid
from colnode.openbadges import contexts, cut, issuing, jsonld, series, shapes
from colnode.openbadges.compact_json import to_text
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import EARLIER, NOW, City, ids

CORPUS = 2000
PINNED = contexts.pinned()
TEXTS = [
    "",
    " ",
    "plain",
    "Šiauliai \N{SNOWMAN} \N{GRINNING FACE}",
    'quote " backslash \\ slash / percent %s %d %%',
    "\x00\x01\x07\x08\t\n\x0b\x0c\r\x1f\x7f\x85\x9f\xa0\u2028\u2029\ufeff",
    "https://x.example/a",
    "_:b0",
    "colnode-mark:0:",
    "<urn:x> .\n_:b <p> <o> .",
    "2026-01-01T00:00:00Z",
]
ADDRESSES = [
    "https://x.example/a?b=c#d",
    "urn:uuid:018f2b4e-0000-7000-8000-000000000002",
    "did:web:localhost%3A8000:org:1",
    "did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
    "mailto:a@b.example",
    "https://city.example/achievements/1",
    "xsd:string",
    "relative/path",
    "//host/path",
    "_:b0",
    "urn:with space",
    "http://[::1]/",
    "https://x.example/%zz",
    "https://ž.example/ą",
    "ftp://x.example/",
    "",
    "#fragment",
    "Achievement",
]


@pytest.fixture(autouse=True)
def _nothing_met() -> None:
    """What other tests met must not decide which way a document goes here."""
    shapes.forget()


def quick(document: Mapping[str, Any]) -> str:
    shaped = shapes.shape_of(to_text(document), PINNED)
    return shapes.canonical_nquads(document, PINNED, shaped)


def outcome(canonicalise: Any, document: Mapping[str, Any]) -> str:
    try:
        return str(canonicalise(document))
    except Invalid as error:
        return f"refused: {type(error).__name__}"


def full(document: Mapping[str, Any]) -> str:
    return jsonld.canonical_nquads(document, PINNED)


def seeds(city: City) -> list[dict[str, Any]]:
    """Documents of several shapes: with and without blank nodes, lists, numbers and graphs."""
    description = issuing.ResultDescription(
        "urn:r", "Grade", "LetterGrade", ("A", "B"), levels=(issuing.RubricLevel("urn:l", "L"),)
    )
    endorsement = json.loads(
        city.sign(
            issuing.build_endorsement(
                id="urn:uuid:e",
                issuer=issuing.IssuerProfile(city.did, "City"),
                subject_id="https://city.example/a",
                comment="Good",
                valid_from=NOW,
            )
        )
    )
    achievement = issuing.AchievementData(
        "https://city.example/a",
        "Name",
        "Text",
        "Do it",
        tags=("a", "b"),
        results=(description,),
        credits=2.5,
        endorsements=(endorsement,),
    )
    alike = (issuing.Evidence(narrative="One"), issuing.Evidence(narrative="Two"))
    return [
        city.credential(),
        city.credential(achievement=achievement, evidence=alike),
        city.credential(
            subject=issuing.Subject("urn:uuid:s", "Ona"),
            results=(issuing.Result("urn:r", "A"), issuing.Result("urn:r", "B")),
            credits_earned=3,
        ),
        endorsement,
    ]


def texts_of(value: Any) -> list[tuple[Any, Any]]:
    """Each text of a document as its container and its name or index."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, inner in items:
        if isinstance(inner, str):
            found.append((value, name))
        elif isinstance(inner, dict | list):
            found += texts_of(inner)
    return found


ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def proof_value(document: Mapping[str, Any], canonical: str, city: City) -> str:
    """The proofValue by the full way: both canonical forms by JSON-LD, base58 digit by digit."""
    options = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "created": EARLIER.isoformat().replace("+00:00", "Z"),
        "verificationMethod": city.method(city.ed25519),
        "cryptosuite": "eddsa-rdfc-2022",
        "proofPurpose": "assertionMethod",
    }
    hashed = b"".join(sha256(text.encode()).digest() for text in (full(options), canonical))
    signature = city.ed25519.sign(hashed)
    number, digits = int.from_bytes(signature, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = ALPHABET[digit] + digits
    zeros = len(signature) - len(signature.lstrip(b"\0"))
    return "z" + "1" * zeros + digits


def test_quick_and_full_way_agree_on_a_mutated_corpus(city: City) -> None:
    """On the canonical form, and on the proofValue of what may be signed."""
    chance = random.Random(2026)
    originals = seeds(city)
    for document in originals:
        assert quick(document) == full(document)
        if "proof" not in document:
            city.sign(document)
    taken = signed = in_series = 0
    for number in range(CORPUS):
        document = copy.deepcopy(originals[number % len(originals)])
        places = texts_of(document)
        for container, name in chance.sample(places, chance.choice([1, 1, 2, 5])):
            container[name] = chance.choice(ADDRESSES if name == "id" else TEXTS + ADDRESSES)
        shaped = shapes.shape_of(to_text(document), PINNED)
        taken += shaped.canonical_nquads() is not None
        in_series += shaped.cut is None
        canonical = outcome(full, document)
        assert outcome(quick, document) == canonical
        if "proof" not in document and shaped.is_checked:
            try:
                badge = json.loads(city.sign(document))
            except Invalid:
                continue
            signed += 1
            assert badge["proof"][0]["proofValue"] == proof_value(document, canonical, city)
    assert taken > CORPUS / 4
    assert signed > CORPUS / 8
    assert in_series > 0


def test_badges_of_a_series_are_written_as_by_the_full_way(city: City) -> None:
    chance = random.Random(7)
    for number in range(3):
        city.sign(city.credential(id=f"urn:uuid:{number}"))
    in_series = 0
    for number in range(300):
        text, address = chance.choice(TEXTS), chance.choice(ADDRESSES)
        document = city.credential(
            id=f"urn:uuid:{number}" if number % 3 else address,
            subject=issuing.Subject(f"urn:subject:{number}" if number % 2 else address),
            valid_from=NOW + timedelta(seconds=number),
            narrative=text if number % 5 == 0 else None,
        )
        if number % 4 == 0:
            document["credentialSubject"]["achievement"]["description"] = text
        in_series += shapes.shape_of(to_text(document), PINNED).cut is None
        assert outcome(quick, document) == outcome(full, document)
    assert in_series > 50


@pytest.mark.parametrize(
    "name",
    ['","type":["VerifiableCredential"', '"', "\\", "\x7f", "", 'urn:a","x":"b', "\x00", "\x85"],
)
def test_series_is_not_confused_by_odd_texts(city: City, name: str) -> None:
    for number in range(4):
        city.sign(
            city.credential(id=f"urn:uuid:{number}", subject=issuing.Subject(f"urn:{number}"))
        )
    for document in (
        city.credential(id=name),
        city.credential(subject=issuing.Subject(name)),
        city.credential(id=f"urn:{name}", subject=issuing.Subject(f"urn:{name}")),
    ):
        assert outcome(quick, document) == outcome(full, document)


def test_id_of_the_whole_inside_is_refused_in_a_series_too(city: City) -> None:
    for number in range(4):
        city.sign(city.credential(id=f"urn:uuid:{number}"))
    with pytest.raises(Invalid):
        city.sign(city.credential(id="https://city.example/achievements/1"))


def test_series_of_another_context_set_is_not_used(city: City) -> None:
    for number in range(4):
        city.sign(city.credential(id=f"urn:uuid:{number}"))
    document = city.credential(id="urn:uuid:5")
    assert shapes.shape_of(to_text(document), PINNED).cut is None
    assert shapes.shape_of(to_text(document), contexts.revisions()[1]).cut is not None


def test_template_that_writes_something_else_is_dropped(city: City) -> None:
    document = city.credential()
    document["type"].append("colnode-mark:2:")
    assert quick(document) == full(document) == quick(document)
    shaped = shapes.shape_of(to_text(document), PINNED)
    assert shaped.is_known
    assert shaped.template is None


def test_blank_nodes_that_look_alike_are_signed_and_verified_all_the_same(city: City) -> None:
    def badge(first: str, second: str) -> bytes:
        evidence = (issuing.Evidence(narrative=first), issuing.Evidence(narrative=second))
        return city.badge(evidence=evidence)

    for number in range(2):
        assert city.verify(badge(f"One {number}", "Two")).outcome is Outcome.VALID
    assert city.verify(badge("Same", "Same")).outcome is Outcome.VALID


def test_memory_for_places_is_bounded(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut, "MAX_PLACES", 2)
    for count in range(5):
        cut.Cut(to_text({"a": ["b"] * count}))
        assert len(cut._places) <= 2


def test_immoderately_large_documents_leave_nothing_in_memory(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes.forget()
    monkeypatch.setattr(shapes, "MAX_CHARACTERS", 2000)
    document = city.credential()
    document["credentialSubject"]["achievement"]["tag"] = [f"tag {n}" for n in range(2000)]
    assert "tag" in quick(document)
    assert not shapes._templates
    for number in range(3):
        long = city.credential(id=f"urn:uuid:{number}", narrative="n" * shapes.MAX_CHARACTERS)
        assert quick(long) == full(long)
    assert not series.recent()


@pytest.mark.parametrize("number", range(4))
def test_known_shape_needs_no_json_ld(
    city: City, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = seeds(city)[number]
    expected = quick(document)
    monkeypatch.setattr(jsonld, "canonical_nquads", None)
    assert quick(document) == expected


def test_blank_nodes_that_look_alike_go_the_full_way(city: City) -> None:
    alike = (issuing.Evidence(narrative="Same"), issuing.Evidence(narrative="Same"))
    different = (issuing.Evidence(narrative="One"), issuing.Evidence(narrative="Two"))
    quick(city.credential(evidence=different))
    document = city.credential(evidence=alike)
    assert shapes.shape_of(to_text(document), PINNED).canonical_nquads() is None
    assert quick(document) == full(document)


@pytest.mark.parametrize(
    "name",
    ['"', "\\", "a,", "a:", "a[", "a{", '":"', '","', '"},"x":"', "\\u0022", "]", "}", "\0"],
)
@pytest.mark.parametrize("place", ["name", "text"])
def test_shape_cannot_be_confused_by_odd_names_and_texts(city: City, name: str, place: str) -> None:
    document = city.credential()
    quick(document)
    if place == "text":
        document["credentialSubject"]["achievement"]["description"] = name
    else:
        document["credentialSubject"]["achievement"][name] = "value"
    assert outcome(quick, document) == outcome(full, document)


def test_type_is_part_of_what_must_be_equal(city: City) -> None:
    document = city.credential()
    quick(document)
    document["credentialSubject"]["achievement"]["type"] = ["Undefined"]
    assert outcome(quick, document) == "refused: UndefinedTerm"


def test_older_contexts_have_their_own_templates(city: City) -> None:
    document = city.credential()
    document["credentialSubject"]["achievement"]["endorsementJwt"] = ["a.b.c"]
    assert "endorsementJwt" in quick(document)
    older = contexts.revisions()[1]
    with pytest.raises(Invalid):
        shapes.canonical_nquads(document, older, shapes.shape_of(to_text(document), older))


def test_memory_for_shapes_is_bounded(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MAX_SHAPES", 3)
    document = city.credential()
    for count in range(1, 8):
        document["credentialSubject"]["achievement"]["tag"] = ["tag"] * count
        quick(document)
        assert len(shapes._templates) <= 3


WRONG_TEXTS = {
    "validFrom": ("validFrom", "yesterday"),
    "validUntil": ("validUntil", "2026-02-31T00:00:00Z"),
    "empty name": ("credentialSubject|achievement|name", ""),
    "alignment": ("credentialSubject|achievement|alignment|0|targetUrl", "no address"),
    "issuer url": ("issuer|url", "no address"),
    "own id inside": ("credentialSubject|id", "urn:uuid:018f2b4e-0000-7000-8000-000000000001"),
    "blank node": ("credentialSubject|id", "_:b0"),
    "control character": ("name", "a\x07b"),
    "high control character": ("name", "a\x85b"),
    "half a character": ("name", "a\ud800b"),
}


@pytest.mark.parametrize("name", WRONG_TEXTS)
def test_known_shape_with_a_wrong_text_is_refused_all_the_same(city: City, name: str) -> None:
    path, value = WRONG_TEXTS[name]
    good = city.credential(valid_until=NOW.replace(year=2030))
    city.sign(good)
    document: Any = copy.deepcopy(good)
    target = document
    *parents, last = path.split("|")
    for parent in parents:
        target = target[int(parent)] if isinstance(target, list) else target[parent]
    target[last] = value
    with pytest.raises(Invalid):
        city.sign(document)


@pytest.mark.parametrize("name", [n for n in WRONG_TEXTS if "character" not in n])
def test_known_shape_with_a_wrong_text_is_found_invalid_all_the_same(city: City, name: str) -> None:
    path, value = WRONG_TEXTS[name]
    document = json.loads(city.badge(valid_until=NOW.replace(year=2030)))
    assert city.verify(document).outcome is Outcome.VALID
    target: Any = document
    *parents, last = path.split("|")
    for parent in parents:
        target = target[int(parent)] if isinstance(target, list) else target[parent]
    target[last] = value
    verdict = city.verify(document)
    assert verdict.outcome is Outcome.INVALID
    assert ids(verdict) & {"schema_invalid", "member_unsafe", "term_undefined", "date_malformed"}


def test_harmless_escapes_are_signed(city: City) -> None:
    city.badge()
    for text in ('say "so"', "a\\b", "tab\tand\nlines\r", "\\u0007", "\\b"):
        document = city.credential()
        document["credentialSubject"]["achievement"]["description"] = text
        verdict = city.verify(city.sign(document))
        assert verdict.outcome is Outcome.VALID
        assert verdict.summary.description == text


def test_nobody_can_spoil_a_shape_for_others(city: City) -> None:
    def with_odd_member(address: str) -> dict[str, Any]:
        document = city.credential()
        document["credentialSubject"]["achievement"]["humanCode"] = "only here"
        document["credentialSubject"]["achievement"]["id"] = address
        return document

    for address in ("https://ž.example/", "http://[::1]/"):
        document = with_odd_member(address)
        assert quick(document) == full(document)
    first, second = with_odd_member("urn:a"), with_odd_member("urn:b")
    assert quick(first) == full(first)
    shaped = shapes.shape_of(to_text(second), PINNED)
    assert shaped.canonical_nquads() == full(second)
