"""What is read must be what is signed: shapes of JSON that JSON-LD and people read differently.

A Data Integrity proof covers the RDF dataset, not the JSON text. A member under its full address,
a null, an empty array or a nested array can hide or move what a reader sees and leave the dataset
as it was, so none of them is accepted.
"""

import re
from collections.abc import Mapping
from typing import Any

from colnode.errors import _
from colnode.openbadges.contexts import ContextSet
from colnode.openbadges.jsonld import UnknownContext, UnsafeDocument, canonical_double
from colnode.openbadges.rdf_budget import TooComplex

__all__ = ["check_contexts", "check_structure", "check_work", "control_character_in"]

MAX_OBJECTS = 1000
MAX_TYPES = 1500

# The members whose values are whole credentials with a context of their own, each verified by
# itself as well (Open Badges 3.0 appendix B, CLR 2.0), and the proof, where the jcs
# suites put one (Data Integrity EdDSA Cryptosuites 1.0 section 3.3.1).
_MEMBERS_WITH_CONTEXT = frozenset({"endorsement", "verifiableCredential", "proof"})
_VALUE_OBJECT_MEMBERS = frozenset({"@value", "@language", "@direction"})
_ENDORSED = frozenset({"id", "type", "endorsementComment"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def check_work(document: Mapping[str, Any]) -> None:
    """Raise TooComplex for more objects or types than any badge needs.

    JSON-LD processing takes milliseconds for each object with a type, as a type brings a context of
    its own.
    """
    objects = types = 0
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            objects += 1
            own = value.get("type")
            types += len(own) if isinstance(own, list) else 1
            if objects > MAX_OBJECTS or types > MAX_TYPES:
                raise TooComplex(_("The document is too complex to be checked."))
            waiting += value.values()


def check_contexts(value: Any, contexts: ContextSet, name: str = "") -> None:
    """Raise UnknownContext for a context that is not pinned, anywhere in a document.

    UnsafeDocument for one where no context belongs.
    """
    if isinstance(value, list):
        for item in value:
            check_contexts(item, contexts, name)
    elif isinstance(value, dict):
        if "@context" in value:
            if name and name not in _MEMBERS_WITH_CONTEXT:
                raise UnsafeDocument(_("{name} has a context of its own."), name=name)
            _check_context(value["@context"], contexts)
        for inner_name, inner in value.items():
            if inner_name != "@context":
                check_contexts(inner, contexts, inner_name)


def check_structure(document: Mapping[str, Any], contexts: ContextSet) -> None:
    """Raise UnsafeDocument for a member that could hide a term, UnknownContext for its context."""
    for name, value in document.items():
        if name == "@context":
            _check_context(value, contexts)
        else:
            _check_member(name, value, contexts)
    _check_credential_id(document)


def control_character_in(value: Any) -> str | None:
    """The first string with a control character other than tab and line breaks, or None."""
    if isinstance(value, str):
        return value if _CONTROL.search(value) else None
    items: list[Any] = []
    if isinstance(value, Mapping):
        items = [*value.keys(), *value.values()]
    elif isinstance(value, list):
        items = value
    for item in items:
        found = control_character_in(item)
        if found is not None:
            return found
    return None


def _check_context(value: object, contexts: ContextSet) -> None:
    for url in value if isinstance(value, list) else [value]:
        if not isinstance(url, str):
            raise UnknownContext(_("A context that is written into the document is not known."))
        if url not in contexts:
            raise UnknownContext(_("The context {url} is not known here."), url=url)


def _check_member(name: str, value: Any, contexts: ContextSet) -> None:
    if ":" in name or name.startswith("@"):
        raise UnsafeDocument(_("The member name {name} could hide a term."), name=name)
    items = value if isinstance(value, list) else [value]
    if not items:
        raise UnsafeDocument(_("{name} is an empty list, which is not signed."), name=name)
    for item in items:
        if item is None:
            raise UnsafeDocument(_("{name} is null, which is not signed."), name=name)
        if isinstance(item, list):
            raise UnsafeDocument(_("{name} is a list inside a list."), name=name)
        if isinstance(item, float):
            canonical_double(item)
        elif isinstance(item, dict):
            _check_object(name, item, contexts)
        elif name == "id" and isinstance(item, str) and item.startswith("_:"):
            raise UnsafeDocument(_("{id} is an address without a meaning."), id=item)


def _check_object(name: str, value: Mapping[str, Any], contexts: ContextSet) -> None:
    if "@value" in value:
        if set(value) - _VALUE_OBJECT_MEMBERS or not all(
            isinstance(part, str) for part in value.values()
        ):
            raise UnsafeDocument(_("{name} has a value with unusual members."), name=name)
        return
    for inner_name, inner in value.items():
        if inner_name == "@context" and name in _MEMBERS_WITH_CONTEXT:
            _check_context(inner, contexts)
        else:
            _check_member(inner_name, inner, contexts)


def _check_credential_id(document: Mapping[str, Any]) -> None:
    """Nothing inside may carry members under the credential's own id: they would merge with it.

    But for an endorsement of the credential, which has its own signature and says one thing of it.
    """
    own = document.get("id")
    if own is not None and any(_has_id(v, own, n) for n, v in document.items() if n != "@context"):
        raise UnsafeDocument(_("Something inside the credential has the credential's own id."))


def _has_id(value: Any, own: object, name: str, *, is_endorsement: bool = False) -> bool:
    if isinstance(value, list):
        return any(_has_id(item, own, name, is_endorsement=is_endorsement) for item in value)
    if not isinstance(value, dict):
        return False
    if value.get("id") == own and len(value) > 1:
        is_endorsed = is_endorsement and name == "credentialSubject"
        return not (is_endorsed and value.keys() <= _ENDORSED and _is_endorsement_subject(value))
    is_endorsement = name == "endorsement"
    return any(_has_id(v, own, n, is_endorsement=is_endorsement) for n, v in value.items())


def _is_endorsement_subject(value: Mapping[str, Any]) -> bool:
    return value.get("type") in ("EndorsementSubject", ["EndorsementSubject"])
