"""Who a node is, told by the identity entries of its log. docs/federation.md section 2.

The genesis entry names the node's key; its hash is the node id. `node` entries carry the name and
address. Reading starts from a node id and believes nothing that does not follow from it.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jsonschema_rs

from colnode.db import LangMap
from colnode.errors import Invalid, Untrusted, _
from colnode.federation.entries import Header, Op, digest_of, make_body, read_body, read_header
from colnode.federation.log import node_id_of
from colnode.openbadges.keys import KeyKind, SigningKey, VerifyingKey

if TYPE_CHECKING:
    from colnode.config import Config

__all__ = [
    "MAX_IDENTITY_BYTES",
    "Description",
    "Identity",
    "describe",
    "genesis_body",
    "new_recovery_key",
    "node_body",
    "read_description",
    "read_identity",
]

MAX_IDENTITY_BYTES = 256 * 1024

_DESCRIPTION_SCHEMA = {
    "type": "object",
    "required": ["name", "url"],
    "properties": {
        "name": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 40,
            "propertyNames": {"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 200},
        },
        "url": {"type": "string", "pattern": "^https?://[!-~]{1,200}$"},
        "country": {"type": "string", "pattern": "^([A-Z]{2})?$"},
        "latitude": {"type": "number", "minimum": -90, "maximum": 90},
        "longitude": {"type": "number", "minimum": -180, "maximum": 180},
        "radius_km": {"type": "number", "minimum": 0, "maximum": 20100},
        "languages": {
            "type": "array",
            "maxItems": 40,
            "items": {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"},
        },
        "contact": {"type": "string", "maxLength": 200},
    },
}


@dataclass(frozen=True)
class Description:
    """What a node entry says: names by language, address, territory, languages, contact."""

    name: LangMap
    url: str
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None
    languages: Sequence[str] = field(default_factory=list)
    contact: str = ""


@dataclass(frozen=True)
class Identity:
    """What the identity entries of a node prove: its id, its key, what it says of itself."""

    node_id: str
    key: VerifyingKey
    recovery_digest: str
    description: Description
    last_seq: int
    lines: bytes


def describe(config: "Config") -> Description:
    """The description of this node, from its configuration."""
    city = config.city
    return Description(
        name={config.main_language: city.name},
        url=config.server.base_url,
        country=city.country,
        latitude=city.latitude,
        longitude=city.longitude,
        radius_km=city.radius_km,
        languages=list(city.languages),
        contact=city.contact,
    )


def genesis_body(key: VerifyingKey, recovery: VerifyingKey) -> bytes:
    """The body line of a genesis entry."""
    value = {"key": key.multibase, "recovery": _recovery_digest(recovery)}
    return make_body(Op.GENESIS, _json(value))


def node_body(description: Description) -> bytes:
    """The body line of a node entry."""
    given = {name: value for name, value in asdict(description).items() if value is not None}
    return make_body(Op.NODE, _json(given))


def new_recovery_key() -> tuple[SigningKey, str]:
    """A new recovery key and its text to print: base32 in groups of four with a check group."""
    seed = secrets.token_bytes(32)
    check = hashlib.sha256(b"colnode recovery key\n" + seed).digest()[:3]
    text = base64.b32encode(seed + check).decode("ascii")
    groups = [text[at : at + 4] for at in range(0, len(text), 4)]
    return SigningKey.from_private_bytes(KeyKind.ED25519, seed), "-".join(groups)


def _recovery_digest(recovery: VerifyingKey) -> str:
    digest = hashlib.sha256(recovery.public_bytes).digest()
    return "sha-256:" + base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def read_identity(lines: bytes, node_id: str | None = None) -> Identity:
    """Prove who a node is from the NDJSON lines of its identity entries.

    With `node_id` it must be that node. Raises Untrusted, saying what is wrong.
    """
    pairs = _pairs(lines)
    (first, _body), *_rest = pairs
    headers = [(read_header(header), body) for header, body in pairs]
    if headers[0][0].op != Op.GENESIS or headers[0][0].seq != 1:
        raise Untrusted(_("The identity does not begin with a genesis entry."))
    found = node_id_of(first)
    if node_id is not None and found != node_id:
        raise Untrusted(
            _("This address belongs to another city ({found}, not {expected})."),
            found=found,
            expected=node_id,
        )
    genesis = _checked_body(*headers[0])
    description = None
    seq = 0
    for header, body in headers:
        if header.seq <= seq:
            raise Untrusted(_("The identity entries are out of order."))
        seq = header.seq
        description = _follow(header, body, description)
    if description is None:
        raise Untrusted(_("The identity does not say what the city is called."))
    return Identity(found, _key(genesis), str(genesis["recovery"]), description, seq, lines)


def _pairs(lines: bytes) -> list[tuple[bytes, bytes]]:
    if not lines.endswith(b"\n") or len(lines) > MAX_IDENTITY_BYTES:
        raise Untrusted(_("The identity entries are incomplete."))
    parts = lines[:-1].split(b"\n")
    if len(parts) % 2:
        raise Untrusted(_("The identity entries are incomplete."))
    return list(zip(parts[::2], parts[1::2], strict=True))


def _checked_body(header: Header, body: bytes) -> Mapping[str, Any]:
    if digest_of(body) != header.digest:
        raise Untrusted(_("The digest of entry {seq} is wrong."), seq=header.seq)
    return read_body(body, header.op)


def _follow(header: Header, body: bytes, description: Description | None) -> Description | None:
    if header.op == Op.GENESIS and header.seq == 1:
        return description
    if header.op == Op.NODE:
        return read_description(_checked_body(header, body))
    raise Untrusted(
        _("The identity has an entry ({op}) that this version cannot read. Update colnode."),
        op=header.op,
    )


def read_description(value: Mapping[str, Any]) -> Description:
    """The description in the body of a node entry. Raises Untrusted when it is malformed."""
    if not _description_validator().is_valid(value):
        raise Untrusted(_("The city's description of itself is malformed."))
    address = urlsplit(value["url"])
    if address.path or address.query or address.fragment or not address.hostname:
        raise Untrusted(_("The city's description of itself is malformed."))
    known = {name: value[name] for name in Description.__dataclass_fields__ if name in value}
    return Description(**known)


@lru_cache(maxsize=1)
def _description_validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_DESCRIPTION_SCHEMA)


def _key(genesis: Mapping[str, Any]) -> VerifyingKey:
    text, recovery = genesis.get("key"), genesis.get("recovery")
    if not isinstance(text, str) or not isinstance(recovery, str):
        raise Untrusted(_("The genesis entry names no key."))
    try:
        key = VerifyingKey.from_multibase(text)
    except Invalid as error:
        raise Untrusted(_("The genesis entry names no key.")) from error
    if key.kind is not KeyKind.ED25519 or key.multibase != text:
        raise Untrusted(_("The genesis entry names no key."))
    return key
