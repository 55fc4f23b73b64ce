"""Signed documents as bytes."""

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["to_json"]


def to_json(document: Mapping[str, Any]) -> bytes:
    """Compact UTF-8 JSON in the order of the members."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
