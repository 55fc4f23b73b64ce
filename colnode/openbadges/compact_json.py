"""Signed documents as bytes."""

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["to_json", "to_text"]


def to_json(document: Mapping[str, Any]) -> bytes:
    """Compact UTF-8 JSON in the order of the members."""
    return to_text(document).encode("utf-8")


def to_text(document: Mapping[str, Any]) -> str:
    """Compact JSON as text, with nothing escaped that need not be."""
    return _ENCODER.encode(document)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
