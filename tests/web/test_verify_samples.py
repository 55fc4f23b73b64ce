"""Badges that other projects published get the verdict on /verify that they deserve."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from colnode.openbadges.baking import unbake
from tests.openbadges.samples import existing, folder
from tests.openbadges.test_samples import add_issuer_with_list
from tests.openbadges.world import Pages
from tests.web.checking import KnownPages, paste, send, verdict_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""

UNCONFIRMED = (
    "simple.json",
    "simple-multiple-proofs.json",
    "simple-context-alias.json",
    "simple-json.svg",
    "simple-did-key-method.json",
    "simple-jwt.png",
    "simple.jwt",
    "simple_v1.json",
    "credential-status-revoked.json",
    "endorsement-valid.json",
)
WRONG = {
    "simple-err-context.json": "A required context is missing",
    "simple-err-expired.json": "has expired",
    "simple-err-proof-value.json": "changed after it was signed",
    "simple-err-type.json": "of a type that is no badge",
}


@pytest.mark.parametrize("name", UNCONFIRMED)
def test_a_badge_that_nobody_confirms_is_indeterminate(
    client: "FlaskClient", web: KnownPages, name: str
) -> None:
    (path,) = existing(f"ob30/{name}")
    assert verdict_of(send(client, path.read_bytes(), path.name)) == "indeterminate"


@pytest.mark.parametrize(("name", "reason"), WRONG.items())
def test_a_broken_badge_is_invalid_with_its_reason(
    client: "FlaskClient", web: KnownPages, name: str, reason: str
) -> None:
    (path,) = existing(f"ob30/{name}")
    page = send(client, path.read_bytes(), path.name)
    assert verdict_of(page) == "invalid"
    assert reason in page.text


def test_open_badges_2_are_asked_for_at_their_issuer(
    client: "FlaskClient", web: KnownPages
) -> None:
    _publish_example_org(web)
    for name in ("assertion-with-data-image.json", "basic-assertion.json"):
        hosted = _sample(name)
        web["https://example.org/beths-robotics-badge.json"] = hosted
        assert verdict_of(send(client, hosted)) == "valid"
    assert verdict_of(paste(client, "https://example.org/beths-robotics-badge.json")) == "valid"
    baked = unbake(_sample("simple-badge.png"))
    assert baked is not None
    web["https://example.org/beths-robotics-badge.json"] = baked
    assert verdict_of(send(client, _sample("simple-badge.png"), "baked.png")) == "valid"
    assert verdict_of(paste(client, _sample("simple.jwt").decode())) == "valid"


def test_an_expired_open_badge_2_is_told_so(client: "FlaskClient", web: KnownPages) -> None:
    _publish_example_org(web)
    expired = _sample("basic-assertion-expired.json")
    web["https://example.org/beths-robotics-badge.json"] = expired
    page = send(client, expired)
    assert verdict_of(page) == "invalid"
    assert "expired" in page.text


def test_an_open_badge_2_that_its_issuer_took_back_is_told_so(
    client: "FlaskClient", web: KnownPages
) -> None:
    pages = Pages()
    for asset in _assets():
        pages[f"https://example.org/{asset.name}"] = asset.read_bytes()
        pages[f"http://example.org/{asset.name}"] = asset.read_bytes()
    add_issuer_with_list(pages)
    for url, body in pages.items():
        web[url] = body
    page = paste(client, _sample("simple-revoked.jwt").decode())
    assert verdict_of(page) == "invalid"
    assert "taken back" in page.text


def _sample(name: str) -> bytes:
    return (folder() / "ob20" / name).read_bytes()


def _assets() -> list[Path]:
    return list((folder() / "ob20" / "assets").glob("*.json"))


def _publish_example_org(web: KnownPages) -> None:
    for asset in _assets():
        for scheme in ("https", "http"):
            web[f"{scheme}://example.org/{asset.name}"] = asset.read_bytes()
