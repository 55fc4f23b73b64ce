"""Signing keys of the node and of organisations, encrypted at rest, and their did:web documents.

A private key is sealed with AES-256-GCM under a key that is derived from the key file, which is
kept outside the database; whose key it is goes in as associated data, so a row that was moved to
another owner does not open.
"""

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from colnode.config import Config
from colnode.db import new_id
from colnode.errors import ConfigurationError, NotFound, _
from colnode.identity.key_file import derive_secret
from colnode.identity.models import Organisation, StoredKey
from colnode.openbadges.did import CONFIRMATION_SERVICE, VerificationMethod
from colnode.openbadges.did import did_document as build_document
from colnode.openbadges.keys import KeyKind, SigningKey, VerifyingKey

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "NODE",
    "create_keys",
    "did",
    "did_document",
    "key_set",
    "node_signing_key",
    "replace_node_key",
    "signing_key",
]

NODE = "node"
"""The owner id of the node's own key."""

_KINDS = {"ed25519": KeyKind.ED25519, "p256": KeyKind.P256}
_ALGORITHMS = {"ed25519": "EdDSA", "p256": "ES256"}
_NONCE_BYTES = 12


def create_keys(node: "Node", owner_id: str) -> None:
    """Make an owner's first keys: Ed25519, and P-256 too for an organisation.

    Does nothing for kinds that the owner has an active key of.
    """
    kinds = ("ed25519",) if owner_id == NODE else ("ed25519", "p256")
    held = {key.kind for key in _stored(node, owner_id) if key.state == "active"}
    for kind in kinds:
        if kind not in held:
            _add(node, owner_id, kind)
    node.db.flush()


def _add(node: "Node", owner_id: str, kind: str) -> None:
    key = SigningKey.generate(_KINDS[kind])
    key_id = new_id()
    associated = _associated(key_id, owner_id, kind)
    node.db.add(
        StoredKey(
            id=key_id,
            owner_id=owner_id,
            kind=kind,
            multikey=key.multibase,
            sealed_private=_seal(node.config, key.private_bytes(), associated),
            created_at=node.clock.now(),
        )
    )


def signing_key(node: "Node", owner_id: str, kind: str = "ed25519") -> tuple[SigningKey, str]:
    """The active key of this kind and the address of its verification method.

    Raises NotFound when the owner has none, ConfigurationError when it does not open.
    """
    query = (
        select(StoredKey)
        .where(StoredKey.owner_id == owner_id, StoredKey.kind == kind)
        .where(StoredKey.state == "active")
        .order_by(StoredKey.created_at.desc())
        .limit(1)
    )
    stored = node.db.scalar(query)
    if stored is None:
        raise NotFound(_("There is no key to sign with yet."))
    private = _open(
        node.config, stored.sealed_private, _associated(stored.id, stored.owner_id, stored.kind)
    )
    return SigningKey.from_private_bytes(
        _KINDS[kind], private
    ), f"{did(node, owner_id)}#{stored.multikey}"


def node_signing_key(node: "Node") -> SigningKey:
    """The node's own Ed25519 key. Raises NotFound and ConfigurationError like signing_key."""
    return signing_key(node, NODE)[0]


def replace_node_key(node: "Node", *, state: str = "retired") -> SigningKey:
    """Make the node a new key and end the one in use as `retired` or `revoked`; gives the new one.

    The log has to say so too: call it from colnode.federation.ruling alone.
    """
    for key in _stored(node, NODE):
        if key.state == "active":
            key.state, key.retired_at = state, node.clock.now().replace(microsecond=0)
    node.db.flush()
    create_keys(node, NODE)
    return node_signing_key(node)


def did(node: "Node", owner_id: str) -> str:
    """The did:web of the node or of an organisation (did:web method, section 3.2).

    Raises NotFound for an organisation that does not exist.
    """
    host = f"did:web:{node.config.domain.replace(':', '%3A')}"
    if owner_id == NODE:
        return host
    organisation = node.db.get(Organisation, owner_id)
    if organisation is None:
        raise NotFound(_("There is no such organisation."))
    return f"{host}:organisations:{organisation.slug}"


def did_document(node: "Node", owner_id: str) -> dict[str, Any]:
    """The DID document with every key as a Multikey (Controlled Identifiers 1.0, section 2.2.2).

    A retired key stays, so that what it signed stays valid; a revoked one stays with the time of
    its end and may not be used for assertions. Raises NotFound.
    """
    subject = did(node, owner_id)
    methods = [_method(subject, key) for key in _stored(node, owner_id)]
    document = build_document(subject, methods)
    document["service"] = [
        _service(node, subject) if owner_id == NODE else _confirming(node, subject)
    ]
    return document


def key_set(node: "Node", owner_id: str) -> dict[str, Any]:
    """The owner's keys as a JWK Set (RFC 7517 section 5): those in use and those retired.

    A JWK has no word for "revoked", so a revoked key is left out; the DID document lists it with
    the moment of its end. `kid` is the address of the verification method. Raises NotFound.
    """
    subject = did(node, owner_id)
    return {
        "keys": [
            {
                **VerifyingKey.from_multibase(key.multikey).jwk(),
                "kid": f"{subject}#{key.multikey}",
                "use": "sig",
                "alg": _ALGORITHMS[key.kind],
            }
            for key in _stored(node, owner_id)
            if key.state != "revoked"
        ]
    }


def _method(subject: str, key: StoredKey) -> VerificationMethod:
    return VerificationMethod(
        f"{subject}#{key.multikey}",
        VerifyingKey.from_multibase(key.multikey),
        is_assertion=key.state != "revoked",
        revoked_at=key.retired_at if key.state == "revoked" else None,
    )


def _service(node: "Node", subject: str) -> dict[str, str]:
    """Which node speaks for this host (docs/federation.md)."""
    return {
        "id": f"{subject}#catalogue",
        "type": "ColnodeCatalogue",
        "nodeId": node.id,
        "serviceEndpoint": f"{node.config.server.base_url}/federation/v1",
    }


def _confirming(node: "Node", subject: str) -> dict[str, str]:
    """Where the issuer confirms what it gave, should a key be stolen."""
    return {
        "id": f"{subject}#confirmation",
        "type": CONFIRMATION_SERVICE,
        "serviceEndpoint": f"{node.config.server.base_url}/confirmations",
    }


def _stored(node: "Node", owner_id: str) -> Sequence[StoredKey]:
    query = select(StoredKey).where(StoredKey.owner_id == owner_id)
    return node.db.scalars(query.order_by(StoredKey.created_at, StoredKey.kind)).all()


def _associated(key_id: str, owner_id: str, kind: str) -> bytes:
    return f"colnode key {key_id} {owner_id} {kind}".encode()


def _seal(config: Config, private: bytes, associated: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = AESGCM(derive_secret(config, "private keys"))
    return nonce + cipher.encrypt(nonce, private, associated)


def _open(config: Config, sealed: bytes, associated: bytes) -> bytes:
    cipher = AESGCM(derive_secret(config, "private keys"))
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
    except InvalidTag:
        raise ConfigurationError(
            _(
                "The key file {file} does not open this city's private keys. It belongs to "
                "another city or is damaged: copy the right one back from your backup."
            ),
            file=config.key_file,
        ) from None
