"""Whether a record's body is what its type says: JSON Schema, compiled once."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from colnode.errors import Invalid, _

if TYPE_CHECKING:
    from colnode.host.types import RecordType

__all__ = ["check_body", "find_fault"]


def check_body(kind: "RecordType", body: Mapping[str, Any]) -> None:
    """Raise Invalid, naming the member that is wrong, when `body` does not fit the schema."""
    fault = find_fault(kind, body)
    if fault is not None:
        raise Invalid(
            _("This cannot be published as {type}: {fault}."), type=kind.label, fault=fault
        )


def find_fault(kind: "RecordType", body: object) -> str | None:
    """The first thing that does not fit the type's JSON Schema, None when all is well."""
    validator = _validator(json.dumps(kind.schema, sort_keys=True))
    if validator.is_valid(body):
        return None
    error = next(iter(validator.iter_errors(body)))
    place = "/".join(str(part) for part in error.instance_path)
    return f"{place}: {error.message}"[:500] if place else error.message[:500]


@lru_cache(maxsize=256)
def _validator(schema_text: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schema_text), validate_formats=True)
