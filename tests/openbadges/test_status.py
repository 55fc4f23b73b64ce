"""Revocation and suspension: what the issuer's own list says, and nobody else's."""

import gzip
import json
from typing import Any

import pytest

from colnode.errors import Invalid
from colnode.openbadges import issuing
from colnode.openbadges.multibase import base64url_encode
from colnode.openbadges.status_list import ENTRIES, BitstringStatusList, status_list_credential
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import EARLIER, LIST_URL, NOW, City, ids


def test_revoked_badge_is_invalid(city: City) -> None:
    badge = city.badge()
    city.status_list[77] = True
    city.publish_list()
    verdict = city.verify(badge)
    assert verdict.outcome is Outcome.INVALID
    assert "revoked" in ids(verdict)


def test_neighbours_of_a_revoked_badge_stay_valid(city: City) -> None:
    city.status_list[76] = city.status_list[78] = True
    city.publish_list()
    assert city.verify(city.badge()).outcome is Outcome.VALID


def test_suspended_badge_comes_back(city: City) -> None:
    badge = city.badge(status=(issuing.StatusEntry(LIST_URL, 5, "suspension"),))
    city.status_list[5] = True
    city.publish_list(purpose="suspension")
    assert "suspended" in ids(city.verify(badge))
    city.status_list[5] = False
    city.publish_list(purpose="suspension")
    assert city.verify(badge).outcome is Outcome.VALID


def test_two_entries_are_both_asked(city: City) -> None:
    other = "https://city.example/status/2"
    suspended = BitstringStatusList()
    suspended[9] = True
    city.pages[other] = city.sign(
        status_list_credential(
            url=other,
            issuer=city.did,
            status_list=suspended,
            valid_from=EARLIER,
            purpose="suspension",
        )
    )
    entries = (issuing.StatusEntry(LIST_URL, 9), issuing.StatusEntry(other, 9, "suspension"))
    verdict = city.verify(city.badge(status=entries))
    assert {"not_revoked", "suspended"} <= ids(verdict)


def test_two_entries_with_one_id_are_refused(city: City) -> None:
    document = city.credential()
    entry = document["credentialStatus"]
    document["credentialStatus"] = [entry, {**entry, "statusListIndex": "78"}]
    assert "status_incomplete" in ids(city.verify(city.sign(document)))


def test_unreachable_list_is_indeterminate(city: City) -> None:
    del city.pages[LIST_URL]
    verdict = city.verify(city.badge())
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "status_unreachable" in ids(verdict)


@pytest.mark.parametrize("page", [b"<html>", b"{}", b""])
def test_page_that_is_no_credential_counts_as_unreachable(city: City, page: bytes) -> None:
    city.pages[LIST_URL] = page
    assert "status_unreachable" in ids(city.verify(city.badge()))


def test_list_in_a_jwt_is_read(city: City) -> None:
    document = status_list_credential(
        url=LIST_URL, issuer=city.did, status_list=city.status_list, valid_from=EARLIER
    )
    token = issuing.issue_jwt(document, key=city.p256, verification_method=city.method(city.p256))
    city.pages[LIST_URL] = token.encode()
    assert city.verify(city.badge()).outcome is Outcome.VALID


def test_out_of_date_list_is_indeterminate(city: City) -> None:
    city.publish_list(valid_until=NOW)
    verdict = city.verify(city.badge())
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "status_stale" in ids(verdict)


def test_list_with_a_forged_bit_is_refused(city: City) -> None:
    document = json.loads(city.pages[LIST_URL])
    document["credentialSubject"]["encodedList"] = BitstringStatusList(b"\xff" * 16384).encode()
    city.pages.put(LIST_URL, document)
    assert "status_mismatch" in ids(city.verify(city.badge()))


def test_list_of_another_issuer_is_refused(city: City) -> None:
    other = City(did="did:web:other.example", pages=city.pages)
    city.pages[LIST_URL] = other.pages[LIST_URL]
    verdict = city.verify(city.badge())
    assert verdict.outcome is Outcome.INVALID
    assert "status_mismatch" in ids(verdict)


def test_list_of_another_address_is_refused(city: City) -> None:
    city.publish_list(url="https://city.example/status/other")
    assert "status_mismatch" in ids(city.verify(city.badge()))


def test_list_for_another_purpose_is_refused(city: City) -> None:
    city.publish_list(purpose="suspension")
    assert "status_mismatch" in ids(city.verify(city.badge()))


def test_badge_as_its_own_list_is_refused(city: City) -> None:
    city.pages[LIST_URL] = city.badge(status=())
    assert "status_mismatch" in ids(city.verify(city.badge()))


def test_index_outside_the_list_is_refused(city: City) -> None:
    badge = city.badge(status=(issuing.StatusEntry(LIST_URL, ENTRIES),))
    assert "status_mismatch" in ids(city.verify(badge))


def sign_list(city: City, encoded: str) -> None:
    document = status_list_credential(
        url=LIST_URL, issuer=city.did, status_list=city.status_list, valid_from=EARLIER
    )
    document["credentialSubject"]["encodedList"] = encoded
    city.pages[LIST_URL] = city.sign(document)


def test_short_list_and_bomb_are_refused(city: City) -> None:
    badge = city.badge()
    for content in (b"\0" * 16383, b"\0" * (5 * 1024 * 1024)):
        sign_list(city, "u" + base64url_encode(gzip.compress(content)))
        assert "status_mismatch" in ids(city.verify(badge))
    sign_list(city, "u" + base64url_encode(b"no gzip"))
    assert "status_mismatch" in ids(city.verify(badge))
    sign_list(city, "u" + base64url_encode(gzip.compress(b"\0" * 16384)[:-9]))
    assert "status_mismatch" in ids(city.verify(badge))


def resigned(city: City, **status: Any) -> bytes:
    """A badge whose status entry has these members, signed by the issuer."""
    document = city.credential()
    document["credentialStatus"].update(status)
    for name in [name for name, value in status.items() if value is None]:
        del document["credentialStatus"][name]
    return city.sign(document)


@pytest.mark.parametrize("name", ["statusPurpose", "statusListIndex", "statusListCredential"])
def test_incomplete_entry_is_refused(city: City, name: str) -> None:
    verdict = city.verify(resigned(city, **{name: None}))
    assert verdict.outcome is Outcome.INVALID
    assert "status_incomplete" in ids(verdict)


@pytest.mark.parametrize(
    "index", ["-1", "+77", "7_7", "0x4d", "seven", "\N{ARABIC-INDIC DIGIT ONE}"]
)
def test_index_that_is_no_plain_number_is_refused(city: City, index: str) -> None:
    assert "status_incomplete" in ids(city.verify(resigned(city, statusListIndex=index)))


def test_unknown_purpose_is_indeterminate(city: City) -> None:
    verdict = city.verify(resigned(city, statusPurpose="refresh"))
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "status_unsupported" in ids(verdict)


def test_unknown_kind_of_status_is_indeterminate(city: City) -> None:
    document = city.credential()
    document["@context"].append("https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
    document["credentialStatus"] = {"id": "urn:x", "type": "1EdTechCredentialRefresh"}
    assert "status_unsupported" in ids(city.verify(city.sign(document)))


def test_status_that_is_only_an_address_is_never_valid(city: City) -> None:
    document = json.loads(city.badge())
    document["credentialStatus"] = document["credentialStatus"]["id"]
    assert city.verify(document).outcome is Outcome.INVALID


def test_status_that_was_taken_out_breaks_the_signature(city: City) -> None:
    document = json.loads(city.badge())
    del document["credentialStatus"]
    assert "proof_invalid" in ids(city.verify(document))


REVOCATIONS = "https://city.example/revocations"


def with_revocation_list(city: City) -> bytes:
    document = city.credential()
    document["@context"].append("https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
    document["credentialStatus"] = {"id": REVOCATIONS, "type": "1EdTechRevocationList"}
    return city.sign(document)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"revokedCredential": []}, "not_revoked"),
        ({"revokedCredential": [{"id": "BADGE", "revoked": True}]}, "revoked"),
        ({"revokedCredentials": ["BADGE"]}, "revoked"),
        ({"revokedCredential": [{"id": "BADGE", "revoked": False}]}, "not_revoked"),
        ({"revokedCredential": [{"id": "urn:other"}]}, "not_revoked"),
        ({"revokedCredential": [], "issuer": {"id": "did:web:x.example"}}, "status_mismatch"),
        ({"revokedCredential": [], "id": "https://x.example/"}, "status_mismatch"),
        ({}, "status_unreachable"),
        ([], "status_unreachable"),
    ],
)
def test_1edtech_revocation_list(city: City, answer: Any, expected: str) -> None:
    text = json.dumps(answer).replace("BADGE", city.credential()["id"])
    city.pages[REVOCATIONS] = text.encode()
    assert expected in ids(city.verify(with_revocation_list(city)))


def test_bit_list_round_trip() -> None:
    bits = BitstringStatusList()
    assert len(bits) == ENTRIES
    bits.set(0, True)
    bits.set(ENTRIES - 1, True)
    bits.set(8, True)
    bits.set(8, False)
    assert bits.bits[:2] == b"\x80\x00"
    assert bits.bits[-1] == 1
    again = BitstringStatusList.decode(bits.encode())
    assert [i for i in (0, 8, 9, ENTRIES - 1) if again.get(i)] == [0, ENTRIES - 1]
    assert BitstringStatusList.decode(bits.encode()[1:]).bits == bits.bits
    assert bits.encode() == again.encode()


@pytest.mark.parametrize("index", [-1, ENTRIES])
def test_index_outside_a_list_raises(index: int) -> None:
    with pytest.raises(Invalid):
        BitstringStatusList()[index]


def test_overlong_text_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(Invalid, match="too large"):
        BitstringStatusList.decode("u" * 4_000_000)
