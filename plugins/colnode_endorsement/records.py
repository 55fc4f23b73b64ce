"""The record type `endorsement`: the signed document with what it is about, and its digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from colnode.plugin import Indexed, LangMap, Node, RecordType, _, catalogue

if TYPE_CHECKING:
    from colnode_endorsement import models

__all__ = ["RECORD_TYPE", "publish", "withdraw"]

_NAME = "endorsement"
_LANGUAGE = {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"}
_URL = {"type": "string", "maxLength": 2048, "pattern": "^https?://"}
_DID = {"type": "string", "maxLength": 2048, "pattern": "^did:web:"}
_TIME = {"type": "string", "maxLength": 40, "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T"}


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest}


def _closed(properties: Mapping[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


_PROFILE = _closed(
    {
        "id": _DID,
        "type": {"const": ["Profile"]},
        "name": _text(500),
        "url": _URL,
        "description": _text(10_000),
    },
    ("url", "description"),
)
_PROOF = _closed(
    {
        "type": {"const": "DataIntegrityProof"},
        "cryptosuite": {"enum": ["eddsa-rdfc-2022", "ecdsa-rdfc-2019"]},
        "created": _TIME,
        "verificationMethod": _DID,
        "proofPurpose": {"const": "assertionMethod"},
        "proofValue": {"type": "string", "maxLength": 500, "pattern": "^z[1-9A-HJ-NP-Za-km-z]+$"},
    }
)
_DOCUMENT = _closed(
    {
        "@context": {"type": "array", "items": _URL, "minItems": 2, "maxItems": 5},
        "id": _URL,
        "type": {"const": ["VerifiableCredential", "EndorsementCredential"]},
        "issuer": _PROFILE,
        "validFrom": _TIME,
        "validUntil": _TIME,
        "credentialSubject": _closed(
            {
                "id": {"type": "string", "maxLength": 2048, "pattern": "^(did:web:|https?://)"},
                "type": {"const": ["EndorsementSubject"]},
                "endorsementComment": _text(5_000),
            }
        ),
        "credentialStatus": _closed(
            {
                "id": _URL,
                "type": {"const": "BitstringStatusListEntry"},
                "statusPurpose": {"const": "revocation"},
                "statusListIndex": {"type": "string", "pattern": "^[0-9]{1,10}$"},
                "statusListCredential": _URL,
            }
        ),
        "proof": {"type": "array", "items": _PROOF, "minItems": 1, "maxItems": 1},
    },
    ("validUntil",),
)
_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_closed(
        {
            "about": {
                "type": "string",
                "pattern": "^n_[a-z2-7]{52}/(achievement|organisation)/[A-Za-z0-9._~-]{1,100}$",
            },
            "aboutName": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 40,
                "propertyNames": _LANGUAGE,
                "additionalProperties": _text(500),
            },
            "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "organisation": _text(100),
            "inLanguage": _LANGUAGE,
            "comment": _text(2_000),
            "opportunity": _closed({"name": _text(200), "url": _URL}, ("url",)),
            "document": _DOCUMENT,
        },
        ("comment", "opportunity"),
    ),
}


def _index(body: Mapping[str, Any]) -> Indexed:
    issuer = body["document"]["issuer"]["name"]
    title: LangMap = {
        language: f"{issuer} · {name}" for language, name in body["aboutName"].items()
    }
    comment = body["document"]["credentialSubject"]["endorsementComment"]
    return Indexed(
        title=title,
        summary={body["inLanguage"]: comment},
        tags=(f"about:{body['about']}",),
        category=body["about"].split("/")[1],
    )


RECORD_TYPE = RecordType(
    name=_NAME,
    label=_("Endorsement"),
    label_many=_("Endorsements"),
    icon="handshake",
    schema_url="https://colnode.example/schemas/endorsement/1",
    schema=_SCHEMA,
    index=_index,
    path=lambda record_id: f"/endorsements/{record_id}",
)


def publish(node: Node, given: models.Given) -> None:
    """Put a signed endorsement of a badge or an organisation into the catalogue."""
    assert given.document is not None
    body: dict[str, Any] = {
        "about": given.about,
        "aboutName": dict(given.about_name),
        "digest": given.digest,
        "organisation": given.organisation_id,
        "inLanguage": node.config.main_language,
        "document": json.loads(given.document),
    }
    if given.comment:
        body["comment"] = given.comment
    if given.opportunity:
        url = {"url": given.opportunity_url} if given.opportunity_url else {}
        body["opportunity"] = {"name": given.opportunity, **url}
    catalogue.publish(node, _NAME, given.address, body)


def withdraw(node: Node, given: models.Given) -> None:
    """Take it out of the catalogue; other cities forget it when they read this one."""
    catalogue.withdraw(node, _NAME, given.address)
