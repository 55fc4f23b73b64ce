"""How API routes say what they take and give. A mark costs nothing; openapi.py makes it work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Operation", "operation"]


@dataclass(frozen=True)
class Operation:
    """What a view takes and gives, as pydantic models."""

    tag: str
    body: "type[BaseModel] | None"
    query: "type[BaseModel] | None"
    response: "type[BaseModel] | None"
    status: int


def operation(
    *,
    tag: str,
    body: "type[BaseModel] | None" = None,
    query: "type[BaseModel] | None" = None,
    response: "type[BaseModel] | None" = None,
    status: int = 200,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark an API view. It is called with `json` and `query` as models and returns `response`.

    The docstring's first line is the summary in the OpenAPI document. Goes below `require`.
    """

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.__dict__["operation"] = Operation(tag, body, query, response, status)
        return view

    return mark
