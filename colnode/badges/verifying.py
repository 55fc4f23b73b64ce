"""Verifying what somebody brings: a file, pasted text or an address. Nothing of it is kept.

Documents of this node are answered from its own database, so that a badge can be checked while
nobody can be reached; everything else comes through the guarded HTTP client.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from colnode.badges import achievements, confirming, old_backpacks, passport, status
from colnode.badges.documents import public_achievement
from colnode.errors import Invalid, NotFound, TooLarge, Unavailable, _
from colnode.identity import keys, organisations
from colnode.openbadges import verify
from colnode.openbadges.findings import Finding, outcome_of, worse

if TYPE_CHECKING:
    from colnode.node import Node
    from colnode.openbadges.findings import Verdict

__all__ = [
    "MOST_BYTES",
    "NodeResolver",
    "fetch_address",
    "verify_address",
    "verify_bytes",
    "verify_text",
    "with_plugins",
]

MOST_BYTES = 10_000_000
_ACCEPT = "application/vc, application/ld+json, application/json, image/png, image/svg+xml"


class NodeResolver:
    """Answers this node's own documents itself and asks others over HTTP. Needs an open unit."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        from colnode.http import HttpResolver

        self._others = HttpResolver(node.http)

    def fetch(self, url: str, accept: str) -> bytes:
        """The bytes at an address. Raises Unavailable, and Untrusted for a forbidden address."""
        own = self._node.config.server.base_url + "/"
        if not url.startswith(own):
            return self._others.fetch(url, accept)
        try:
            return _own_document(self._node, unquote(urlsplit(url).path))
        except NotFound:
            raise Unavailable(_("{url} could not be reached."), url=url) from None


def verify_bytes(node: "Node", data: bytes) -> "Verdict":
    """The verdict on a JSON, JWT, PNG or SVG file. Raises TooLarge beyond MOST_BYTES."""
    if len(data) > MOST_BYTES:
        raise TooLarge(_("The file is larger than 10 MB. A badge is much smaller than that."))
    return verify.verify(data, resolver=NodeResolver(node), now=node.clock.now())


def with_plugins(node: "Node", verdict: "Verdict") -> "Verdict":
    """The verdict with what plugins found out about the badge (hook verification_findings).

    Their ids start with the plugin's name, so none passes for a check of the kernel, and the
    outcome is never better than it was without them.
    """
    if not node.host.calls.has("verification_findings"):
        return verdict
    shown = replace(verdict, credential=deepcopy(verdict.credential))
    found = node.host.calls.show_named("verification_findings", Finding, node=node, verdict=shown)
    added = tuple(
        replace(finding, id=f"{plugin}.{finding.id.removeprefix(f'{plugin}.')}")
        for plugin, finding in found
    )
    outcome = worse(verdict.outcome, outcome_of(added))
    return replace(verdict, findings=(*verdict.findings, *added), outcome=outcome)


def verify_text(node: "Node", text: str) -> "Verdict":
    """The verdict on pasted text: JSON, a JWT, or the address of a badge."""
    pasted = text.strip()
    if not pasted:
        raise Invalid(_("Choose a file, or paste a badge or its address."))
    if pasted.startswith(("https://", "http://")) and not any(sign.isspace() for sign in pasted):
        return verify_address(node, pasted)
    return verify_bytes(node, pasted.encode("utf-8", "surrogatepass"))


def verify_address(node: "Node", url: str) -> "Verdict":
    """The verdict on what is at an address. Raises Unavailable or Untrusted when nothing is had."""
    return verify_bytes(node, fetch_address(node, url))


def fetch_address(node: "Node", url: str) -> bytes:
    """The bytes of the badge at an address. Raises Unavailable or Untrusted when there are none."""
    own = node.config.server.base_url + "/"
    if url.startswith(own):
        try:
            return _own_document(node, unquote(urlsplit(url).path))
        except NotFound:
            raise Unavailable(_("There is no badge at this address, or it is private.")) from None
    answer = node.http.get(url, accept=_ACCEPT, max_bytes=MOST_BYTES)
    if answer.status != 200:
        raise Unavailable(
            _("{host} answered with status {status}."),
            host=urlsplit(url).netloc,
            status=answer.status,
        )
    return answer.body


def _own_document(node: "Node", path: str) -> bytes:
    """What this node serves at a path to a program. Raises NotFound."""
    match path.removesuffix(".json").removesuffix("/did").strip("/").split("/"):
        case [".well-known"] | ["organisations", _]:
            return _json(_did_document(node, path))
        case ["status", status_list_id]:
            return status.get_list(node, status_list_id).document.encode("utf-8")
        case ["confirmations", digest]:
            return _json(confirming.confirmation(node, digest))
        case ["credentials", address]:
            plain = address.partition(".")[0]  # .png and .svg carry the same document
            held = passport.open_credential(node, plain, viewer_id=None)
            return held.credential.document.encode("utf-8")
        case ["ob2", *rest]:
            return _json(_old_document(node, rest))
        case ["badges", achievement_id]:
            achievement = achievements.get_public(node, achievement_id)
            organisation = organisations.get_organisation(node, achievement.organisation_id)
            language = achievement.main_language
            return _json(public_achievement(node, achievement, organisation, language=language))
    raise NotFound(_("There is nothing at this address."))


def _did_document(node: "Node", path: str) -> dict[str, Any]:
    """The node's at /.well-known, else the organisation's. Raises NotFound."""
    if path.startswith("/.well-known"):
        return keys.did_document(node, keys.NODE)
    slug = path.removesuffix(".json").split("/")[2]
    return keys.did_document(node, organisations.by_slug(node, slug).id)


def _old_document(node: "Node", path: list[str]) -> dict[str, Any]:
    """What this node serves below /ob2. Raises NotFound."""
    match path:
        case ["assertions", address]:
            return old_backpacks.assertion(node, old_backpacks.open_copy(node, address))
        case ["badges", achievement_id]:
            return old_backpacks.badge_class(node, achievement_id)
        case ["issuers", slug]:
            return old_backpacks.issuer(node, slug)
        case ["issuers", slug, "revocations"]:
            return old_backpacks.revocation_list(node, slug)
    raise NotFound(_("There is nothing at this address."))


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8")
