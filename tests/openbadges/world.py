"""A small world to verify in: an issuer with keys, a status list, and pages that can be fetched."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from colnode.errors import Unavailable
from colnode.openbadges import issuing
from colnode.openbadges.did import VerificationMethod, did_document, did_web_to_url
from colnode.openbadges.keys import KeyKind, SigningKey
from colnode.openbadges.status_list import BitstringStatusList, status_list_credential
from colnode.openbadges.verify import Verdict, verify

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(days=30)
LIST_URL = "https://city.example/status/1"


class Pages(dict[str, bytes]):
    """A network of known pages; everything else is unreachable. Counts what is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def fetch(self, url: str, accept: str) -> bytes:
        self.asked.append(url)
        if url not in self:
            raise Unavailable("{url} could not be reached.", url=url)
        return self[url]

    def put(self, url: str, document: object) -> None:
        self[url] = json.dumps(document).encode()


@dataclass
class City:
    """An issuer whose did:web document, keys and status list are published on `pages`."""

    did: str = "did:web:city.example:org:library"
    pages: Pages = field(default_factory=Pages)
    ed25519: SigningKey = field(default_factory=SigningKey.generate)
    p256: SigningKey = field(default_factory=lambda: SigningKey.generate(KeyKind.P256))
    status_list: BitstringStatusList = field(default_factory=BitstringStatusList)
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        self.publish()

    def method(self, key: SigningKey) -> str:
        return f"{self.did}#{key.multibase}"

    def publish(self, **members: Any) -> None:
        methods = [
            VerificationMethod(self.method(key), key.public, revoked_at=self.revoked_at)
            for key in (self.ed25519, self.p256)
        ]
        document = {**did_document(self.did, methods), **members}
        self.pages.put(did_web_to_url(self.did), document)
        self.publish_list()

    def publish_list(self, **changes: Any) -> None:
        arguments: dict[str, Any] = {
            "url": LIST_URL,
            "issuer": self.did,
            "status_list": self.status_list,
            "valid_from": EARLIER,
            **changes,
        }
        self.pages[LIST_URL] = self.sign(status_list_credential(**arguments))

    def credential(self, **changes: Any) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "id": "urn:uuid:018f2b4e-0000-7000-8000-000000000001",
            "achievement": issuing.AchievementData(
                id="https://city.example/achievements/1",
                name="Šiaulių upės žinovas",
                description="Knows the river",
                criteria_narrative="Walk along the river\nand take notes.",
                tags=("river", "nature"),
                alignments=(issuing.Alignment("Ecology", "https://esco.example/skill/1"),),
                language="en",
            ),
            "issuer": issuing.IssuerProfile(self.did, "City Library", "https://city.example"),
            "subject": issuing.Subject("urn:uuid:018f2b4e-0000-7000-8000-000000000002"),
            "valid_from": EARLIER,
            "status": (issuing.StatusEntry(LIST_URL, 77),),
            **changes,
        }
        return issuing.build_credential(**arguments)

    def sign(self, document: Mapping[str, Any], key: SigningKey | None = None) -> bytes:
        key = key or self.ed25519
        return issuing.issue(
            document, key=key, verification_method=self.method(key), created=EARLIER
        )

    def badge(self, **changes: Any) -> bytes:
        return self.sign(self.credential(**changes))

    def verify(self, document: bytes | Mapping[str, Any], now: datetime = NOW) -> Verdict:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        return verify(data, resolver=self.pages, now=now)


def ids(verdict: Verdict) -> set[str]:
    """The ids of what was found."""
    return {finding.id for finding in verdict.findings}
