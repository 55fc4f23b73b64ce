"""Errors as people and programs read them: a page with what to do, or problem+json (RFC 9457)."""

import logging
from typing import Any

from flask import Flask, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from colnode.errors import (
    ColnodeError,
    Invalid,
    NotFound,
    SignInNeeded,
    Throttled,
    TooLarge,
    Unavailable,
    _,
)
from colnode.web.rendering import error_text, render

__all__ = ["init_errors", "problem", "wants_json"]

_log = logging.getLogger(__name__)


def init_errors(app: Flask) -> None:
    """Answer every error in the form that the asker reads."""
    app.register_error_handler(ColnodeError, _answer)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    """Whether the asker is a program: an address for programs, or an Accept header without HTML."""
    if request.path.startswith(
        ("/api/", "/ims/", "/ob2/", "/federation/", "/.well-known/", "/status/")
    ):
        return True
    accept = request.accept_mimetypes
    return bool(accept) and not accept.accept_html and accept.accept_json


def problem(error: ColnodeError) -> Response:
    """The error as an RFC 9457 document; as Imsx_StatusInfo in the Open Badges API."""
    if request.path.startswith("/ims/"):
        return _with_headers(_status_info(error), error)
    document: dict[str, Any] = {
        "type": f"https://colnode.example/problems/{error.code}",
        "title": error.code.replace("-", " ").capitalize(),
        "status": error.status,
        "detail": error_text(error.message, error.parameters),
    }
    if isinstance(error, Invalid) and error.fields:
        document["errors"] = {
            name: error_text(text, error.parameters) for name, text in error.fields.items()
        }
    response = jsonify(document)
    response.status_code = error.status
    response.content_type = "application/problem+json"
    return _with_headers(response, error)


def _with_headers(response: Response, error: ColnodeError) -> Response:
    if isinstance(error, Throttled):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, SignInNeeded):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


_CODES_MINOR = {
    401: "unauthorizedrequest",
    403: "forbidden",
    404: "not_found",
    405: "not_allowed",
    429: "server_busy",
    500: "internal_server_error",
}


def _status_info(error: ColnodeError) -> Response:
    """The error as the standards of 1EdTech say it (Open Badges 3.0 section B.3.1)."""
    status = 400 if isinstance(error, Invalid | TooLarge) else error.status
    wrong = "invalid_query_parameter" if request.method == "GET" else "invalid_data"
    minor = wrong if status == 400 else _CODES_MINOR.get(status, "unknown")
    detail = error_text(error.message, error.parameters)
    fields = error.fields if isinstance(error, Invalid) else {}
    where = [f"{name}: {text}" for name, text in fields.items() if text]
    field = {"imsx_codeMinorFieldName": "colnode", "imsx_codeMinorFieldValue": minor}
    response = jsonify(
        imsx_codeMajor="failure",
        imsx_severity="status" if status == 404 else "error",
        imsx_description=" ".join([detail, *where]),
        imsx_codeMinor={"imsx_codeMinorField": [field]},
    )
    response.status_code = status
    return response


def _answer(error: ColnodeError) -> ResponseReturnValue:
    if wants_json():
        return problem(error)
    if isinstance(error, SignInNeeded):
        return redirect(url_for("identity.sign_in", next=request.full_path.rstrip("?")))
    page = render(
        "errors/error.html", error=error, detail=error_text(error.message, error.parameters)
    )
    response = Response(page, error.status)
    if isinstance(error, Throttled):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, RequestEntityTooLarge):
        return _answer(TooLarge(_("This is too large to be sent. Choose a smaller file.")))
    if error.code == 404:
        return _answer(NotFound(_("There is nothing at this address.")))
    if error.code is None or error.code < 400:
        return error
    plain = ColnodeError(_("The request could not be understood."))
    plain.status = error.code
    return _answer(plain)


def _database_away(error: OperationalError) -> ResponseReturnValue:
    _log.error("the database did not answer", exc_info=error)
    return _answer(
        Unavailable(_("The database did not answer. Nothing was changed; try again in a minute."))
    )


def _unexpected(error: Exception) -> ResponseReturnValue:
    _log.error("unexpected error at %s", request.endpoint, exc_info=error)
    return _answer(
        ColnodeError(_("Something went wrong on our side. Nothing was changed; please try again."))
    )
