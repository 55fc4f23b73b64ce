"""The shapes that credentials must have, as JSON Schema written after the Open Badges 3.0 model.

Source: Open Badges 3.0 appendix B (data model), Comprehensive Learner Record 2.0 appendix B,
VC Data Model 2.0 section 4, Bitstring Status List 1.0 section 2.2.
"""

import functools
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

__all__ = ["schema_error"]


def schema_error(document: Mapping[str, Any], name: str) -> tuple[str, str] | None:
    """The first place where `document` differs from the schema `name`: (path, message), or None.

    `name` is one of AchievementCredential, EndorsementCredential, ClrCredential,
    BitstringStatusListCredential and VerifiableCredential.
    """
    validator = _validator(name)
    if validator.is_valid(document):
        return None
    error = next(iter(validator.iter_errors(document)))
    path = "/".join(str(part) for part in error.instance_path)
    # A long message begins with the whole part of the document; its end says what is wrong.
    message = error.message if len(error.message) <= 160 else f"... {error.message[-120:]}"
    return path or ".", message


@functools.cache
def _validator(name: str) -> Any:
    import jsonschema_rs

    definitions = json.loads((files(__package__) / "schema.json").read_bytes())["$defs"]
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions})
