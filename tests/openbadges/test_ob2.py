"""Open Badges 2.0, hosted and signed."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colnode.errors import Withdrawn
from colnode.openbadges.keys import KeyKind, VerifyingKey
from colnode.openbadges.multibase import base64url_encode
from colnode.openbadges.verify import Kind, Outcome, Verdict, verify
from tests.openbadges.world import NOW, Pages, ids

BASE = "https://issuer.example"
CONTEXT = "https://w3id.org/openbadges/v2"
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Issuer:
    """An Open Badges 2.0 issuer with its pages."""

    pages: Pages = field(default_factory=Pages)

    def __post_init__(self) -> None:
        self.put("issuer", type="Issuer", name="Old issuer", publicKey=f"{BASE}/key")
        self.put(
            "badge",
            type="BadgeClass",
            name="Old badge",
            description="Text",
            image={"id": f"{BASE}/image.png"},
            criteria={"narrative": "Do it"},
            issuer=f"{BASE}/issuer",
            tags=["old"],
        )
        pem = VerifyingKey(KeyKind.RSA, PRIVATE.public_key()).as_jose().as_pem(private=False)
        self.put("key", type="CryptographicKey", owner=f"{BASE}/issuer", publicKeyPem=pem.decode())
        self.host()

    def put(self, page: str, **members: Any) -> None:
        self.pages.put(f"{BASE}/{page}", {"@context": CONTEXT, "id": f"{BASE}/{page}", **members})

    def change(self, page: str, **members: Any) -> None:
        document = {**json.loads(self.pages[f"{BASE}/{page}"]), **members}
        self.pages.put(f"{BASE}/{page}", document)

    def assertion(self, **members: Any) -> dict[str, Any]:
        return {
            "@context": CONTEXT,
            "type": "Assertion",
            "id": f"{BASE}/assertion",
            "recipient": {"type": "email", "hashed": True, "identity": "sha256$00"},
            "issuedOn": "2026-01-01T00:00:00Z",
            "badge": f"{BASE}/badge",
            "verification": {"type": "hosted"},
            **members,
        }

    def host(self, **members: Any) -> bytes:
        self.pages.put(f"{BASE}/assertion", self.assertion(**members))
        return self.pages[f"{BASE}/assertion"]

    def sign(self, **members: Any) -> bytes:
        payload = self.assertion(
            verification={"type": "signed", "creator": f"{BASE}/key"}, **members
        )
        parts = [{"alg": "RS256"}, payload]
        data = ".".join(base64url_encode(json.dumps(part).encode()) for part in parts)
        signature = PRIVATE.sign(data.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{data}.{base64url_encode(signature)}".encode()

    def verify(self, document: bytes) -> Verdict:
        return verify(document, resolver=self.pages, now=NOW)


def picture_with_a_link() -> bytes:
    """A PNG as old tools baked it: with the address of the assertion."""
    text = PngInfo()
    text.add_text("openbadges", f"{BASE}/assertion")
    stream = io.BytesIO()
    Image.new("RGB", (2, 2)).save(stream, "PNG", pnginfo=text)
    return stream.getvalue()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


def test_hosted_assertion_is_valid(issuer: Issuer) -> None:
    verdict = issuer.verify(issuer.host())
    assert verdict.outcome is Outcome.VALID
    assert verdict.kind is Kind.BADGE_2
    assert {"hosted_confirmed", "version_2"} <= ids(verdict)
    assert verdict.summary.name == "Old badge"
    assert verdict.summary.criteria_narrative == "Do it"
    assert verdict.summary.issuer_name == "Old issuer"


def test_hosted_assertion_that_differs_is_invalid(issuer: Issuer) -> None:
    changed = json.dumps(issuer.assertion(narrative="Better")).encode()
    assert "hosted_differs" in ids(issuer.verify(changed))


def test_unreachable_site_is_indeterminate(issuer: Issuer) -> None:
    document = issuer.host()
    for name in ("assertion", "badge", "issuer"):
        page = issuer.pages.pop(f"{BASE}/{name}")
        verdict = issuer.verify(document)
        assert verdict.outcome is Outcome.INDETERMINATE
        assert "hosted_unreachable" in ids(verdict)
        issuer.pages[f"{BASE}/{name}"] = page


@pytest.mark.parametrize("name", ["badge", "issuer"])
def test_page_with_another_id_is_invalid(issuer: Issuer, name: str) -> None:
    document = issuer.host()
    issuer.change(name, id=f"{BASE}/other")
    assert "hosted_differs" in ids(issuer.verify(document))


def test_assertion_on_a_strangers_site_is_invalid(issuer: Issuer) -> None:
    url = "https://stranger.example/assertion"
    document = json.dumps(issuer.assertion(id=url)).encode()
    issuer.pages[url] = document
    assert "hosted_scope" in ids(issuer.verify(document))
    issuer.change("issuer", verification={"allowedOrigins": ["stranger.example"]})
    assert issuer.verify(document).outcome is Outcome.VALID
    issuer.change("issuer", verification={"startsWith": ["https://stranger.example/other"]})
    assert "hosted_scope" in ids(issuer.verify(document))
    issuer.change("issuer", verification={"startsWith": "https://stranger.example/"})
    assert issuer.verify(document).outcome is Outcome.VALID


def test_revoked_hosted_assertion_is_invalid(issuer: Issuer) -> None:
    document = issuer.host()
    issuer.host(revoked=True, revocationReason="Mistake")
    verdict = issuer.verify(document)
    finding = verdict.find("revoked")
    assert finding is not None
    assert "Mistake" in finding.text


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b'{"revoked": false, "revocationReason": "Mistake"}', "Mistake"), (b"", "")],
)
def test_hosted_assertion_that_is_gone_is_revoked(issuer: Issuer, body: bytes, reason: str) -> None:
    document = issuer.host()

    class Gone:
        def fetch(self, url: str, accept: str) -> bytes:
            if url == f"{BASE}/assertion":
                raise Withdrawn("gone", body)
            return issuer.pages.fetch(url, accept)

    for file in (document, picture_with_a_link()):
        verdict = verify(file, resolver=Gone(), now=NOW)
        assert verdict.outcome is Outcome.INVALID
        found = verdict.find("revoked")
        assert found is not None
        assert reason in found.text


def test_page_of_the_issuer_that_is_gone_is_not_reached(issuer: Issuer) -> None:
    document = issuer.host()

    class Gone:
        def fetch(self, url: str, accept: str) -> bytes:
            if url == f"{BASE}/issuer":
                raise Withdrawn("gone", b'{"revoked": true}')
            return issuer.pages.fetch(url, accept)

    assert verify(document, resolver=Gone(), now=NOW).outcome is Outcome.INDETERMINATE


def test_what_a_revoked_assertion_has_left_is_a_revoked_badge(issuer: Issuer) -> None:
    left = {"type": "Assertion", "id": f"{BASE}/assertion", "revoked": True}
    verdict = issuer.verify(json.dumps(left).encode())
    assert verdict.outcome is Outcome.INVALID
    assert "revoked" in ids(verdict)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"expires": "2026-02-01T00:00:00Z"}, "expired"),
        ({"issuedOn": "2030-01-01T00:00:00Z"}, "not_yet_valid"),
        ({"issuedOn": "yesterday"}, "date_malformed"),
        ({"revoked": True}, "revoked"),
    ],
)
def test_state_of_the_assertion_counts(
    issuer: Issuer, members: dict[str, Any], reason: str
) -> None:
    verdict = issuer.verify(issuer.host(**members))
    assert verdict.outcome is Outcome.INVALID
    assert reason in ids(verdict)


def test_incomplete_assertion_is_invalid(issuer: Issuer) -> None:
    document = issuer.assertion()
    del document["recipient"]
    assert "badge_incomplete" in ids(issuer.verify(json.dumps(document).encode()))


def test_signed_assertion_is_valid(issuer: Issuer) -> None:
    verdict = issuer.verify(issuer.sign())
    assert verdict.outcome is Outcome.VALID
    assert {"proof_valid", "issuer_verified"} <= ids(verdict)


def test_signed_assertion_that_was_changed_is_invalid(issuer: Issuer) -> None:
    header, _payload, signature = issuer.sign().split(b".")
    other = base64url_encode(json.dumps(issuer.assertion(narrative="!")).encode()).encode()
    assert "proof_invalid" in ids(issuer.verify(b".".join((header, other, signature))))


def test_key_must_be_the_issuers(issuer: Issuer) -> None:
    document = issuer.sign()
    issuer.change("key", owner=f"{BASE}/other")
    assert "key_not_listed" in ids(issuer.verify(document))
    issuer.change("key", owner=f"{BASE}/issuer")
    issuer.change("issuer", publicKey=f"{BASE}/other")
    assert "key_not_listed" in ids(issuer.verify(document))


def test_key_that_cannot_be_used(issuer: Issuer) -> None:
    document = issuer.sign()
    issuer.change("key", publicKeyPem="nothing")
    assert "key_unusable" in ids(issuer.verify(document))
    del issuer.pages[f"{BASE}/key"]
    assert "key_unavailable" in ids(issuer.verify(document))


def test_signed_assertion_of_an_unreachable_issuer_is_indeterminate(issuer: Issuer) -> None:
    document = issuer.sign()
    del issuer.pages[f"{BASE}/issuer"]
    verdict = issuer.verify(document)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "issuer_unverified" in ids(verdict)


def test_revocation_list_of_the_issuer_counts(issuer: Issuer) -> None:
    document = issuer.sign()
    issuer.change("issuer", revocationList=f"{BASE}/revoked")
    assert "status_unreachable" in ids(issuer.verify(document))
    issuer.put("revoked", issuer=f"{BASE}/issuer", revokedAssertions=[f"{BASE}/other"])
    assert issuer.verify(document).outcome is Outcome.VALID
    issuer.change("revoked", revokedAssertions=[{"id": f"{BASE}/assertion"}])
    assert "revoked" in ids(issuer.verify(document))
    issuer.change("revoked", issuer=f"{BASE}/other")
    assert "status_mismatch" in ids(issuer.verify(document))


@pytest.mark.parametrize("name", ["badge", "issuer"])
def test_badge_class_and_issuer_are_no_badges(issuer: Issuer, name: str) -> None:
    assert issuer.verify(issuer.pages[f"{BASE}/{name}"]).outcome is Outcome.NOT_A_BADGE


def test_link_in_an_old_picture_leads_to_the_assertion(issuer: Issuer) -> None:
    verdict = issuer.verify(picture_with_a_link())
    assert verdict.outcome is Outcome.VALID
    assert verdict.format == "png"
