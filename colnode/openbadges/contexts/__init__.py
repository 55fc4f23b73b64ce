"""The JSON-LD context documents, pinned by digest and never fetched. See manifest.json.

One address can have several revisions: a publisher changed the document in place. The newest is
used first and the older ones are accepted when a signature only holds with them.
"""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from colnode.errors import ConfigurationError, _

__all__ = [
    "CLR_CONTEXTS",
    "CREDENTIALS_V1",
    "CREDENTIALS_V2",
    "DRAFT_OB_CONTEXTS",
    "OB_3_0_3",
    "OB_CONTEXTS",
    "OB_EXTENSIONS",
    "ContextSet",
    "pinned",
    "revisions",
]

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OB_3_0_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OB_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
OB_CONTEXTS = frozenset(
    {
        OB_3_0_3,
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
    }
)
CLR_CONTEXTS = frozenset({"https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"})

# Addresses under which Open Badges 3.0 contexts were published while the standard was a draft.
# Their content is not pinned, so they make a verdict indeterminate rather than invalid.
DRAFT_OB_CONTEXTS = frozenset(
    {
        "https://imsglobal.github.io/openbadges-specification/context.json",
        "https://imsglobal.github.io/openbadges-specification/ob_v3p0.html",
    }
)


@dataclass(frozen=True, eq=False)
class ContextSet:
    """Context documents by address, as of one revision."""

    documents: Mapping[str, Mapping[str, Any]]

    def __contains__(self, url: object) -> bool:
        return url in self.documents


@functools.cache
def revisions() -> tuple[ContextSet, ...]:
    """The context sets to try, newest first. Raises ConfigurationError when a file was changed."""
    manifest = json.loads((files(__package__) / "manifest.json").read_bytes())
    newest: dict[str, Mapping[str, Any]] = {}
    older: list[tuple[str, Mapping[str, Any]]] = []
    for entry in manifest["contexts"]:
        document = _read(entry["file"], entry["sha256"])
        if entry["url"] in newest:
            older.append((entry["url"], document))
        else:
            newest[entry["url"]] = document
    return (
        ContextSet(newest),
        *(ContextSet({**newest, url: document}) for url, document in older),
    )


def pinned() -> ContextSet:
    """The newest revision of every pinned context."""
    return revisions()[0]


def _read(name: str, sha256: str) -> Mapping[str, Any]:
    data = (files(__package__) / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ConfigurationError(
            _("The context document {name} was changed. Install colnode again."), name=name
        )
    document: Mapping[str, Any] = json.loads(data)
    return document
