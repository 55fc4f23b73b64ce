"""Turns the marks of API views into validators and one OpenAPI 3.1 document."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, Response, jsonify, request
from pydantic import BaseModel
from spectree import Response as ModelResponse
from spectree import SpecTree
from spectree.model_adapter.protocol import SchemaMode
from spectree.model_adapter.pydantic_adapter import PydanticModelAdapter

from colnode.errors import Invalid, _
from colnode.web.api.repeats import PARAMETER, once
from colnode.web.api.spec import Operation
from colnode.web.auth import require, requirement_of

__all__ = ["Problem", "init_operations"]


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, str] = {}


@cache
def _schema(model: type[BaseModel], ref_template: str, mode: SchemaMode) -> dict[str, Any]:
    return model.model_json_schema(ref_template=ref_template, mode=mode)


class _Models(PydanticModelAdapter):
    """Asks pydantic for each model once, not for each route: most of what the API takes to start.

    Spectree copies what it is given.
    """

    def json_schema(
        self, model: Any, *, ref_template: str, mode: SchemaMode = "validation"
    ) -> dict[str, Any]:
        """The JSON Schema of a model."""
        return _schema(model, ref_template, mode)


def init_operations(app: Flask) -> None:
    """Turn the marks into validators and serve the document at /api/openapi.json."""
    adapter: Any = _Models()  # its own protocol asks for a wider argument than its own class takes
    spec = SpecTree(
        "flask",
        model_adapter=adapter,
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
        marked: Operation | None = getattr(view, "operation", None)
        if marked is not None:
            validated = _validated(spec, view, marked)
            app.view_functions[endpoint] = once(validated) if marked.is_issuing else validated

    @app.route("/api/openapi.json", endpoint="api.openapi")
    @require("public.read")
    def openapi() -> Response:
        answer = jsonify(_finished(app, spec.spec))
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer


def _validated(spec: SpecTree, view: Callable[..., Any], marked: Operation) -> Callable[..., Any]:
    def called(*args: Any, **kwargs: Any) -> Any:
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
        security={"token": []} if _needs_token(view) else None,
    )
    return validator(called)


def _needs_token(view: Callable[..., Any]) -> bool:
    requirement = requirement_of(view)
    return requirement is None or requirement.permission != "public.read"


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


def _finished(app: Flask, document: dict[str, Any]) -> dict[str, Any]:
    for rule in app.url_map.iter_rules():
        marked: Operation | None = getattr(app.view_functions[rule.endpoint], "operation", None)
        if marked is not None and marked.is_issuing:
            path = document["paths"][re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)]
            parameters = path["post"].setdefault("parameters", [])
            if PARAMETER not in parameters:  # the document is made once and kept
                parameters.append(PARAMETER)
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return document
