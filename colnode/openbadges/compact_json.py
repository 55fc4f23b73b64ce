"""Signed documents as bytes. pydantic brings an encoder that is twice as fast as Python's own."""

from collections.abc import Mapping
from typing import Any

__all__ = ["to_json", "to_text"]


def to_json(document: Mapping[str, Any] | list[Any]) -> bytes:
    """Compact UTF-8 JSON in the order of the members, with nothing escaped that need not be.

    Raises ValueError for what JSON cannot say and for what never ends.
    """
    from pydantic_core import to_json as encode

    data: bytes = encode(document, inf_nan_mode="constants")
    return data


def to_text(document: Mapping[str, Any] | list[Any]) -> str:
    """The same as text."""
    return to_json(document).decode()
