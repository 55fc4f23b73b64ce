"""Whether a record's body is what its type says, and what search needs of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from colnode.errors import ColnodeError, Invalid, _

if TYPE_CHECKING:
    import jsonschema_rs

    from colnode.host.types import Indexed, RecordType
    from colnode.node import Node

__all__ = ["facets_of", "index_body"]

_LONGEST_VALUE = 100


def index_body(node: "Node", kind: "RecordType", body: Mapping[str, Any], text: str) -> "Indexed":
    """Check a body against its type and read what search needs; `text` is the body as JSON.

    Raises Invalid, naming the member that does not fit the type's JSON Schema.
    """
    validator = _validator(node, kind)
    if not validator.is_valid(body):
        raise _not_fitting(kind, _first_fault(validator, body))
    if "\\u0000" in text:
        raise _not_fitting(kind, "U+0000")
    indexed = _index(node, kind, body)
    if not any(indexed.title.values()):
        raise _not_fitting(kind, "title")
    return replace(indexed, facets=facets_of(node, kind.name, body))


def facets_of(node: "Node", record_type: str, body: Mapping[str, Any]) -> dict[str, list[str]]:
    """The values of every registered facet that a body has, empty and overlong ones left out.

    A facet that fails on a body is left out of it and noted as its plugin's fault.
    """
    found = {}
    for facet in node.host.facets.values():
        if record_type not in facet.types:
            continue
        try:
            values = [str(value) for value in facet.values(body)]
        except Exception as error:
            node.host.calls.note(node.host.owner_of(facet.name), "register_facets", error)
            continue
        found[facet.name] = [value for value in values if 0 < len(value) <= _LONGEST_VALUE]
    return found


def _index(node: "Node", kind: "RecordType", body: Mapping[str, Any]) -> "Indexed":
    """What the type reads of a body; a type that fails on it does not take it."""
    try:
        return kind.index(body)
    except ColnodeError:
        raise
    except Exception as error:
        node.host.calls.note(node.host.owner_of(kind.name), "register_record_types", error)
        raise _not_fitting(kind, type(error).__name__) from error


def _not_fitting(kind: "RecordType", fault: str) -> Invalid:
    return Invalid(_("This does not fit the type {type}: {fault}."), type=kind.name, fault=fault)


def _first_fault(validator: "jsonschema_rs.Draft202012Validator", body: Mapping[str, Any]) -> str:
    error = next(iter(validator.iter_errors(body)))
    place = "/".join(str(part) for part in error.instance_path)
    message = f"{place}: {error.message}" if place else error.message
    return message[:500]


def _validator(node: "Node", kind: "RecordType") -> "jsonschema_rs.Draft202012Validator":
    import jsonschema_rs

    name = f"catalogue.schema.{kind.name}"
    found = node.memory.get(name)
    if not isinstance(found, jsonschema_rs.Draft202012Validator):
        found = jsonschema_rs.Draft202012Validator(dict(kind.schema), validate_formats=True)
        node.memory[name] = found
    return found
