"""How API routes say what they take and give: pydantic models, gathered into one OpenAPI document.

A route's view is marked with `operation`; the marks become spectree validators when an application
is made, so that two applications in one process share nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify
from pydantic import BaseModel
from spectree import Response as ModelResponse
from spectree import SpecTree

from colnode.errors import Invalid, _
from colnode.web.auth import requirement_of

__all__ = ["Problem", "init_operations", "operation"]


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, str] = {}


@dataclass(frozen=True)
class _Operation:
    tag: str
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    response: type[BaseModel] | None
    status: int
    errors: tuple[int, ...] = field(default=())


def operation(
    *,
    tag: str,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    response: type[BaseModel] | None = None,
    status: int = 200,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark an API view. It is called with `json` and `query` as models and returns `response`.

    The docstring's first line is the summary in the OpenAPI document. Goes below `require`.
    """

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.__dict__["operation"] = _Operation(tag, body, query, response, status)
        return view

    return mark


def init_operations(app: Flask) -> None:
    """Turn the marks into validators and serve the document at /api/openapi.json."""
    spec = SpecTree(
        "flask",
        mode="strict",
        annotations=False,
        page_templates={},
        title="colnode",
        version="v1",
        description="Everything that the pages do. Personal tokens are made on the account page.",
        before=_raise_invalid,
        validation_error_model=Problem,
        naming_strategy=lambda model: model.__name__,
        nested_naming_strategy=lambda _parent, child: child,
    )
    spec.app = app
    for endpoint, view in list(app.view_functions.items()):
        marked: _Operation | None = getattr(view, "operation", None)
        if marked is not None:
            app.view_functions[endpoint] = _validated(spec, view, marked)
    document: list[Response] = []

    def openapi() -> Response:
        if not document:
            document.append(jsonify(_finished(spec.spec)))
        answer = Response(document[0].get_data(), content_type="application/json")
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    openapi.__dict__["requirement"] = _public()
    app.add_url_rule("/api/openapi.json", "api.openapi", openapi)


def _public() -> object:
    from colnode.web.auth import Requirement

    return Requirement("public.read", None)


def _validated(spec: SpecTree, view: Callable[..., Any], marked: _Operation) -> Callable[..., Any]:
    def called(*args: Any, **kwargs: Any) -> Any:
        from flask import request

        context = getattr(request, "context", None)
        if marked.body is not None:
            kwargs["json"] = context.json if context else None
        if marked.query is not None:
            kwargs["query"] = context.query if context else None
        answer = view(*args, **kwargs)
        if isinstance(answer, BaseModel):
            return answer, marked.status
        return answer if answer is not None else ("", 204)

    called.__dict__.update(view.__dict__)
    called.__name__, called.__doc__ = view.__name__, view.__doc__
    models: dict[str, Any] = {f"HTTP_{code}": Problem for code in (400, 401, 403, 404, 409)}
    models[f"HTTP_{marked.status if marked.response else 204}"] = marked.response
    validator: Callable[..., Callable[..., Any]] = spec.validate(
        query=marked.query,
        json=marked.body,
        resp=ModelResponse(**models),
        tags=(marked.tag,),
        security={"token": []} if requirement_of(view) else None,
    )
    return validator(called)


def _raise_invalid(
    request: Any, response: Any, error: Any, instance: Any, model_adapter: Any
) -> None:
    if error is None:
        return
    fields = {
        ".".join(str(part) for part in item["loc"]) or "body": item["msg"]
        for item in error.errors()
    }
    raise Invalid(_("Some fields are not as they should be."), fields=fields)


def _finished(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return document
