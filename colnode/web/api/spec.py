"""How API routes say what they take and give. A mark costs nothing; openapi.py makes it work."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from colnode.errors import Invalid, _

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Operation", "operation", "read_base64", "with_offset"]


@dataclass(frozen=True)
class Operation:
    """What a view takes and gives, as pydantic models."""

    tag: str
    body: "type[BaseModel] | None"
    query: "type[BaseModel] | None"
    response: "type[BaseModel] | None"
    status: int
    is_issuing: bool = False


def operation(
    *,
    tag: str,
    body: "type[BaseModel] | None" = None,
    query: "type[BaseModel] | None" = None,
    response: "type[BaseModel] | None" = None,
    status: int = 200,
    is_issuing: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark an API view. It is called with `json` and `query` as models and returns `response`.

    The docstring's first line is the summary in the OpenAPI document. Goes below `require`. An
    operation that `is_issuing` takes an Idempotency-Key: sent again, it gives the same answer.
    """

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.__dict__["operation"] = Operation(tag, body, query, response, status, is_issuing)
        return view

    return mark


def with_offset(name: str, moment: datetime | None) -> datetime | None:
    """A time that was sent, if it says its offset from UTC. Raises Invalid that names the field."""
    if moment is not None and moment.tzinfo is None:
        message = _("Give a time with an offset, e.g. 2030-05-31T18:00:00+03:00.")
        raise Invalid(message, fields={name: message})
    return moment


def read_base64(text: str, *, field: str) -> bytes:
    """The bytes of a file that was sent as base64. Raises Invalid that names the field."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        message = _("The file is not base64.")
        raise Invalid(message, fields={field: message}) from None
