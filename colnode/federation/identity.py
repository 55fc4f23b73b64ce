"""Who a node is, told by the identity entries of its log. docs/federation.md section 2.

The genesis entry names the node's first key; its hash is the node id. `node` entries carry the name
and address, `key` and `epoch` entries say who signs from then on (colnode.federation.chain).
Reading starts from a node id and believes nothing that does not follow from it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jsonschema_rs

from colnode.db import LangMap
from colnode.errors import Untrusted, _
from colnode.federation import chain
from colnode.federation.chain import Authority
from colnode.federation.checkpoint import Checkpoint, UnknownKey, open_note
from colnode.federation.entries import Header, Op, digest_of, make_body, read_body, read_header
from colnode.federation.log import node_id_of

if TYPE_CHECKING:
    from colnode.config import Config
    from colnode.openbadges.keys import VerifyingKey

__all__ = [
    "MAX_IDENTITY_BYTES",
    "Description",
    "Identity",
    "check_follows",
    "describe",
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
    """What the identity entries of a node prove: its id, who signed when, what it says of itself.

    `authorities` has the genesis and then one for each key and epoch entry, in the order of seq.
    """

    node_id: str
    authorities: Sequence[Authority]
    description: Description
    last_seq: int
    lines: bytes

    @property
    def key(self) -> "VerifyingKey":
        """The key that signs now."""
        return self.authorities[-1].key

    @property
    def epoch(self) -> int:
        """The epoch that the log is in."""
        return self.authorities[-1].epoch

    def at(self, size: int) -> Authority:
        """Who signs a checkpoint of this size."""
        return [item for item in self.authorities if item.seq <= size or item.seq == 1][-1]

    def open(self, note: bytes) -> Checkpoint:
        """The checkpoint in a note, signed by the key and in the epoch that its size belongs to.

        Raises UnknownKey when there may be newer identity entries that explain it, else Untrusted.
        """
        for authority in reversed(self.authorities):
            try:
                found = open_note(note, self.node_id, authority.key)
            except UnknownKey:
                continue
            wanted = self.at(found.size)
            if found.epoch > wanted.epoch:
                raise UnknownKey(_("The city has begun an epoch that we know nothing of."))
            if (found.epoch, authority.key) != (wanted.epoch, wanted.key):
                raise Untrusted(_("The checkpoint is signed by a key that was replaced before."))
            return found
        raise UnknownKey(_("The checkpoint is not signed by the key that we know of this city."))


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


def node_body(description: Description) -> bytes:
    """The body line of a node entry."""
    given = {name: value for name, value in asdict(description).items() if value is not None}
    return make_body(Op.NODE, _json(given))


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
    authorities = [chain.begin(_checked_body(*headers[0]))]
    description = None
    seq = 1
    for header, body in headers[1:]:
        if header.seq <= seq:
            raise Untrusted(_("The identity entries are out of order."))
        seq, value = header.seq, _checked_body(header, body)
        if header.op == Op.NODE:
            description = read_description(value)
        elif header.op in {Op.KEY, Op.EPOCH}:
            authorities.append(chain.follow(found, seq, header.op, value, authorities[-1]))
        else:
            raise Untrusted(_("A log can begin only once."))
    if description is None:
        raise Untrusted(_("The identity does not say what the city is called."))
    return Identity(found, authorities, description, seq, lines)


def check_follows(offered: Identity, known: Identity) -> None:
    """Raise Untrusted unless what is offered goes on from what is known.

    It may also leave what is known where the recovery key has begun a new epoch: that beats
    whatever the keys below it signed (docs/federation.md section 2).
    """
    ours, theirs = known.lines.split(b"\n")[:-1:2], offered.lines.split(b"\n")[:-1:2]
    pairs = zip(ours, theirs, strict=False)
    same = next((at for at, (our, their) in enumerate(pairs) if our != their), len(theirs))
    if ours == theirs[: len(ours)]:
        return
    if same == len(theirs):
        raise Untrusted(_("The city shows less of its identity than it has shown before."))
    parted_at = read_header(ours[same]).seq
    is_recovered = any(item.is_recovered and item.seq >= parted_at for item in known.authorities)
    if is_recovered or offered.epoch <= known.epoch:
        raise Untrusted(_("The city tells two stories of its keys, and neither beats the other."))


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
