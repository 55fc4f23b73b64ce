"""What a page shows of a credential, read from the document that was verified."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from colnode.openbadges.dates import parse_datetime
from colnode.openbadges.did import as_list
from colnode.openbadges.findings import BadgeSummary, ResultSummary

__all__ = ["issuer_id", "summarise", "text_of"]


def issuer_id(credential: Mapping[str, Any]) -> str | None:
    """The issuer's identifier, or None."""
    issuer = credential.get("issuer")
    value = issuer.get("id") if isinstance(issuer, dict) else issuer
    return value if isinstance(value, str) else None


def text_of(value: object) -> str | None:
    """A text that may be a JSON-LD value object or a list of them; the first one counts."""
    for item in as_list(value):
        text = item.get("@value") if isinstance(item, dict) else item
        if isinstance(text, str):
            return text
    return None


def summarise(credential: Mapping[str, Any]) -> BadgeSummary:
    """The summary of a credential; members of the wrong kind are left out."""
    nodes = _nodes(credential)
    issuer = _object(credential.get("issuer"), nodes)
    subject = _object(credential.get("credentialSubject"), nodes)
    achievement = _object(subject.get("achievement"), nodes)
    criteria = _object(achievement.get("criteria"), nodes)
    return BadgeSummary(
        id=text_of(credential.get("id")),
        name=text_of(achievement.get("name")) or text_of(credential.get("name")),
        description=text_of(achievement.get("description"))
        or text_of(subject.get("endorsementComment"))
        or text_of(credential.get("description")),
        criteria_narrative=text_of(criteria.get("narrative")),
        criteria_url=text_of(criteria.get("id")),
        image_url=_address(achievement.get("image")) or _address(credential.get("image")),
        achievement_id=text_of(achievement.get("id")),
        achievement_type=text_of(achievement.get("achievementType")),
        tags=tuple(dict.fromkeys(t for t in as_list(achievement.get("tag")) if isinstance(t, str))),
        issuer_id=issuer_id(credential),
        issuer_name=text_of(issuer.get("name")),
        issuer_url=text_of(issuer.get("url")),
        issuer_image_url=_address(issuer.get("image")),
        subject_id=text_of(subject.get("id")),
        holder_name=_holder_name(subject),
        results=_results(subject, nodes),
        issued_at=_moment(credential.get("validFrom", credential.get("issuanceDate"))),
        expires_at=_moment(credential.get("validUntil", credential.get("expirationDate"))),
    )


def _nodes(credential: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the document says about each id, wherever it says it.

    The signed dataset does not tell at which of several places with one id a member stood, so they
    are read together (JSON-LD 1.1 API section 7.2, Node Map Generation).
    """
    nodes: dict[str, dict[str, Any]] = {}
    _collect([value for name, value in credential.items() if name != "@context"], nodes)
    return nodes


def _collect(value: Any, nodes: dict[str, dict[str, Any]]) -> None:
    if isinstance(value, list):
        for item in value:
            _collect(item, nodes)
    elif isinstance(value, dict):
        own = value.get("id")
        if isinstance(own, str):
            node = nodes.setdefault(own, {})
            for name, member in value.items():
                node[name] = _both(node[name], member) if name in node else member
        for member in value.values():
            _collect(member, nodes)


def _both(first: Any, second: Any) -> Any:
    """Two places' values of one member, in an order that does not depend on the places."""
    if first == second:
        return first
    together = [*as_list(first), *(item for item in as_list(second) if item not in as_list(first))]
    return sorted(together, key=repr)


def _object(value: object, nodes: Mapping[str, dict[str, Any]]) -> Mapping[str, Any]:
    """The object, or what the document says elsewhere about the id that stands for it."""
    items = as_list(value)
    own = items[0].get("id") if items and isinstance(items[0], dict) else (items or [None])[0]
    if isinstance(own, str) and own in nodes:
        return nodes[own]
    return items[0] if items and isinstance(items[0], dict) else {}


def _address(value: object) -> str | None:
    for item in as_list(value):
        return text_of(item.get("id")) if isinstance(item, dict) else text_of(item)
    return None


def _holder_name(subject: Mapping[str, Any]) -> str | None:
    for identity in as_list(subject.get("identifier")):
        if isinstance(identity, dict) and identity.get("identityType") == "name":
            return text_of(identity.get("identityHash")) if not identity.get("hashed") else None
    return None


def _results(
    subject: Mapping[str, Any], nodes: Mapping[str, dict[str, Any]]
) -> tuple[ResultSummary, ...]:
    """What the subject reached, each as a level's name, a value or a status (section B.1.16)."""
    found = []
    for item in as_list(subject.get("result")):
        result = _object(item, nodes)
        described = nodes.get(_address(result.get("resultDescription")) or "", {})
        level = _address(result.get("achievedLevel"))
        value = (
            text_of(nodes.get(level or "", {}).get("name"))
            or text_of(result.get("value"))
            or text_of(result.get("status"))
            or level
        )
        if value is not None:
            found.append(ResultSummary(text_of(described.get("name")), value))
    return tuple(dict.fromkeys(found))


def _moment(value: object) -> datetime | None:
    try:
        return parse_datetime(value)
    except ValueError:
        return None
