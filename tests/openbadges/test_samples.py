"""The published documents of 1EdTech get the verdicts that the rules ask for."""

import json
from pathlib import Path

import pytest

from colnode.openbadges.resolver import OfflineResolver
from colnode.openbadges.verify import FindingStatus, Outcome, verify
from tests.openbadges.samples import existing, folder
from tests.openbadges.world import NOW, Pages, ids

UNCONFIRMED = existing(
    "ob30/simple.json",
    "ob30/simple-multiple-proofs.json",
    "ob30/simple-context-alias.json",
    "ob30/simple-json.svg",
    "ob30/simple-did-key-method.json",
    "ob30/simple-jwt.png",
    "ob30/simple_v1.json",
    "ob30/endorsement-valid.json",
    "ob30/credential-status-revoked.json",
)
WRONG = {
    "ob30/simple-err-context.json": "context_missing",
    "ob30/simple-err-expired.json": "expired",
    "ob30/simple-err-proof-value.json": "proof_invalid",
    "ob30/simple-err-type.json": "type_unknown",
}


@pytest.mark.parametrize("path", UNCONFIRMED, ids=lambda path: path.name)
def test_intact_document_that_nobody_confirms_is_indeterminate(path: Path) -> None:
    verdict = verify(path.read_bytes(), resolver=OfflineResolver(), now=NOW)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert {"proof_valid", "issuer_unverified"} <= ids(verdict)
    assert verdict.summary.issuer_id


@pytest.mark.parametrize("path", existing(*WRONG), ids=lambda path: path.name)
def test_document_with_an_error_is_invalid_for_that_reason(path: Path) -> None:
    verdict = verify(path.read_bytes(), resolver=OfflineResolver(), now=NOW)
    assert verdict.outcome is Outcome.INVALID
    assert WRONG[f"ob30/{path.name}"] in ids(verdict)


@pytest.mark.parametrize("path", existing("ob30/simple.jwt"), ids=lambda path: path.name)
def test_jwt_without_any_key_is_indeterminate(path: Path) -> None:
    verdict = verify(path.read_bytes(), resolver=OfflineResolver(), now=NOW)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "key_unavailable" in ids(verdict)


@pytest.mark.parametrize("path", existing("ob30/simple_v1.json"), ids=lambda path: path.name)
def test_version_1_document_carries_a_warning(path: Path) -> None:
    verdict = verify(path.read_bytes(), resolver=OfflineResolver(), now=NOW)
    warning = verdict.find("version_1")
    assert warning is not None
    assert warning.status is FindingStatus.WARNING


@pytest.fixture
def example_org() -> Pages:
    """The sample's own pages under the addresses that they name."""
    pages = Pages()
    for path in (folder() / "ob20" / "assets").glob("*.json"):
        pages[f"https://example.org/{path.name}"] = path.read_bytes()
        pages[f"http://example.org/{path.name}"] = path.read_bytes()
    return pages


HOSTED = {
    "ob20/basic-assertion.json": (Outcome.VALID, "hosted_confirmed"),
    "ob20/assertion-with-data-image.json": (Outcome.VALID, "hosted_confirmed"),
    "ob20/basic-assertion-expired.json": (Outcome.INVALID, "expired"),
}


@pytest.mark.parametrize("path", existing(*HOSTED), ids=lambda path: path.name)
def test_hosted_2_0_assertion_is_confirmed_by_its_site(path: Path, example_org: Pages) -> None:
    example_org["https://example.org/beths-robotics-badge.json"] = path.read_bytes()
    verdict = verify(path.read_bytes(), resolver=example_org, now=NOW)
    outcome, reason = HOSTED[f"ob20/{path.name}"]
    assert verdict.outcome is outcome
    assert reason in ids(verdict)
    assert verdict.summary.name == "Awesome Robotics Badge"


@pytest.mark.parametrize("path", existing("ob20/simple-badge.png"), ids=lambda path: path.name)
def test_baked_2_0_assertion_is_confirmed_by_its_site(path: Path, example_org: Pages) -> None:
    from colnode.openbadges.baking import unbake

    baked = unbake(path.read_bytes())
    assert baked is not None
    example_org["https://example.org/beths-robotics-badge.json"] = baked
    assert verify(path.read_bytes(), resolver=example_org, now=NOW).outcome is Outcome.VALID


@pytest.mark.parametrize("path", existing("ob20/simple.jwt"), ids=lambda path: path.name)
def test_signed_2_0_assertion_is_valid(path: Path, example_org: Pages) -> None:
    verdict = verify(path.read_bytes(), resolver=example_org, now=NOW)
    assert {"proof_valid", "issuer_verified"} <= ids(verdict)
    assert verdict.outcome is Outcome.VALID


@pytest.mark.parametrize("path", existing("ob20/simple-revoked.jwt"), ids=lambda path: path.name)
def test_signed_2_0_assertion_on_the_issuers_list_is_revoked(
    path: Path, example_org: Pages
) -> None:
    add_issuer_with_list(example_org)
    verdict = verify(path.read_bytes(), resolver=example_org, now=NOW)
    assert verdict.outcome is Outcome.INVALID
    assert "revoked" in ids(verdict)


def add_issuer_with_list(pages: Pages) -> None:
    """Pages that the revoked sample names and that were not published with it, less its key."""
    base = "https://example.org"
    badge = json.loads(pages[f"{base}/robotics-badge.json"])
    issuer = json.loads(pages[f"{base}/organization.json"])
    list_issuer = f"{base}/organization-with-revocation-list.json"
    pages.put(
        f"{base}/badge-from-organization-with-revocation-list.json",
        {
            **badge,
            "id": f"{base}/badge-from-organization-with-revocation-list.json",
            "issuer": list_issuer,
        },
    )
    pages.put(
        list_issuer,
        {
            **issuer,
            "id": list_issuer,
            "publicKey": "http://example.org/key3.json",
            "revocationList": f"{base}/revocation-list.json",
        },
    )
    pages.put(
        f"{base}/revocation-list.json",
        {
            "id": f"{base}/revocation-list.json",
            "type": "RevocationList",
            "issuer": list_issuer,
            "revokedAssertions": [
                {"id": f"{base}/beths-robotics-badge-revoked.json", "revocationReason": "Honour."}
            ],
        },
    )
