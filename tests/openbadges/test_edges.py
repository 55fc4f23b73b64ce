"""Rare inputs that each have a rule of their own."""

import json
from typing import Any

import pytest

from colnode.errors import Invalid, Unavailable
from colnode.openbadges import contexts, jose, jsonld, status_list
from colnode.openbadges.dates import is_datetime, parse_datetime
from colnode.openbadges.findings import worse
from colnode.openbadges.multibase import base64url_encode
from colnode.openbadges.resolver import CountingResolver, OfflineResolver
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import City, Pages, ids

PINNED = contexts.pinned()


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:01Z",
        "2026-01-01T00:00:00+15:00",
        "2026-01-01T00:00:00+0100",
        "0001-01-01T00:00:00+14:00",
        "\u0662026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z\n",
    ],
)
def test_time_that_is_written_otherwise_is_refused(text: str) -> None:
    assert not is_datetime(text)


def test_time_with_offset_and_fraction_is_read() -> None:
    moment = parse_datetime("2022-11-10T07:38:00.123456789-08:00")
    assert moment.isoformat() == "2022-11-10T15:38:00.123456+00:00"
    with pytest.raises(ValueError, match="offset"):
        parse_datetime(7)


def document(**members: Any) -> dict[str, Any]:
    used = [contexts.CREDENTIALS_V2, contexts.OB_3_0_3]
    return {"@context": used, "id": "urn:x", "type": ["VerifiableCredential"], **members}


@pytest.mark.parametrize(
    "members",
    [
        {"@context": "https://unknown.example/context"},
        {"@context": [contexts.CREDENTIALS_V2, "relative"]},
    ],
)
def test_unknown_context_is_never_fetched(members: dict[str, Any]) -> None:
    with pytest.raises(jsonld.UnknownContext):
        jsonld.canonical_nquads(document(**members), PINNED)


@pytest.mark.parametrize(
    "members",
    [
        {"name": {"@value": {"a": 1}, "@type": "@json"}},
        {"@included": [{"id": "urn:y", "name": "x"}]},
        {"@reverse": {"https://x.example/p": {"id": "urn:y"}}},
        {"name": {"@value": "x", "@language": "not a tag"}},
        {"id": "https://x.example/%zz<"},
        {"id": "http://[zz/"},
    ],
)
def test_what_would_not_reach_the_dataset_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        jsonld.canonical_nquads(document(**members), PINNED)


def test_wrong_kinds_in_a_credential_are_refused(city: City) -> None:
    with pytest.raises(Invalid):
        city.sign({**city.credential(), "name": ("a", "tuple")})
    with pytest.raises(Invalid):
        city.sign({**city.credential(), "name": {"@value": []}})
    with pytest.raises(Invalid):
        city.sign({**city.credential(), "issuanceDate": "2026-01-01T00:00:00Z"})


def test_status_index_as_a_plain_number_is_read(city: City) -> None:
    badge = city.credential()
    badge["credentialStatus"]["statusListIndex"] = 77
    assert city.verify(city.sign(badge)).outcome is Outcome.VALID
    city.status_list[77] = True
    city.publish_list()
    assert "revoked" in ids(city.verify(city.sign(badge)))


def test_revocation_list_without_an_address_is_refused(city: City) -> None:
    badge = city.credential()
    badge["@context"].append(contexts.OB_EXTENSIONS)
    badge["credentialStatus"] = {"type": "1EdTechRevocationList"}
    assert "status_incomplete" in ids(city.verify(city.sign(badge)))


def test_status_without_a_type_is_refused(city: City) -> None:
    badge = json.loads(city.badge())
    del badge["credentialStatus"]["type"]
    assert city.verify(badge).outcome is Outcome.INVALID


def test_credential_without_an_issuers_id_is_refused(city: City) -> None:
    credential = {**city.credential(), "issuer": {"type": ["Profile"], "name": "Nobody"}}
    header = {"kid": city.method(city.p256)}
    token = jose.sign_compact(json.dumps(credential).encode(), header, city.p256)
    assert "schema_invalid" in ids(city.verify(token.encode()))


@pytest.mark.parametrize("data", [b"", b"a.b", b"eyJ9.e30.", b"eyJ9..AAAA", b"eyJ9.e30.AAAA.AAAA"])
def test_what_is_not_three_parts_is_no_jws(data: bytes) -> None:
    with pytest.raises(Invalid):
        jose.parse_compact(data)


def test_header_that_is_no_object_is_refused() -> None:
    with pytest.raises(Invalid, match="header"):
        jose.parse_compact(f"{base64url_encode(b'[]')}.e30.AAAA".encode())


def test_record_without_its_context_is_refused(city: City) -> None:
    from tests.openbadges.test_enclosed import record

    whole = json.loads(record(city, city.badge()))
    del whole["@context"][1]
    assert "context_missing" in ids(city.verify(whole))


def test_short_bit_list_is_refused() -> None:
    with pytest.raises(Invalid, match="fewer"):
        status_list.BitstringStatusList(b"\0" * 100)


def test_answers_are_remembered_and_counted() -> None:
    pages = Pages()
    pages["https://a.example/"] = b"a"
    resolver = CountingResolver(pages)
    for _number in range(3):
        assert resolver.fetch("https://a.example/", "*/*") == b"a"
        with pytest.raises(Unavailable):
            resolver.fetch("https://b.example/", "*/*")
    assert pages.asked == ["https://a.example/", "https://b.example/"]
    for number in range(100):
        with pytest.raises(Unavailable):
            resolver.fetch(f"https://c.example/{number}", "*/*")
    assert len(pages.asked) == 40
    with pytest.raises(Unavailable):
        OfflineResolver().fetch("https://a.example/", "*/*")


def test_the_worse_of_two_outcomes_counts_in_either_order() -> None:
    ranked = (Outcome.VALID, Outcome.INDETERMINATE, Outcome.INVALID, Outcome.NOT_A_BADGE)
    for place, better in enumerate(ranked):
        for other in ranked[place:]:
            assert worse(better, other) is worse(other, better) is other
