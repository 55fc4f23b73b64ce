"""What other sites entrusted to us during a visit, sealed at rest; digests of what they sent."""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colnode.errors import Gone, _
from colnode.identity import key_file

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

    from colnode.node import Node

__all__ = ["Secrets", "digest_of", "open_text", "seal", "seal_text", "unseal"]


@dataclass(frozen=True)
class Secrets:
    """What one visit knows and must not tell."""

    client_id: str
    client_secret: str | None
    verifier: str
    token: str | None = None


def seal(node: "Node", known: Secrets) -> bytes:
    """Encrypt what a visit knows under a key from the key file."""
    return seal_text(node, json.dumps(vars(known)))


def unseal(node: "Node", sealed: bytes | None) -> Secrets:
    """Decrypt what a visit knows. Raises Gone when it was forgotten already."""
    if sealed is None:
        raise Gone(_("This took too long, or was done already. Start again from here."))
    return Secrets(**json.loads(open_text(node, sealed)))


def seal_text(node: "Node", text: str) -> bytes:
    """Encrypt a secret."""
    return _fernet(node).encrypt(text.encode())


def open_text(node: "Node", sealed: bytes) -> str:
    """Decrypt a secret."""
    return _fernet(node).decrypt(sealed).decode()


def digest_of(text: str) -> str:
    """SHA-256 in hex of what another site sent, whatever it is."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _fernet(node: "Node") -> "Fernet":
    from cryptography.fernet import Fernet

    key = key_file.derive_secret(node.config, "secrets of other sites")
    return Fernet(base64.urlsafe_b64encode(key))
