"""Fault: does wrong what the test asks for, in each kind of hook."""

import time
from collections.abc import Callable
from typing import Any

from colnode.plugin import hookimpl

ways: dict[str, Callable[[], Any]] = {}
"""What a hook does, by its name; the others do nothing. A test fills it and empties it."""


def crash() -> Any:
    """Raise what says something about a person, which must not be written down."""
    raise ZeroDivisionError("ada@example.org divided by nothing")


def wrong_type() -> Any:
    """Give a text where values are wanted."""
    return ["<b>text</b>"]


def slow() -> Any:
    """Take longer than a page should."""
    time.sleep(1.05)
    return []


def _way(hook: str) -> Any:
    return ways[hook]() if hook in ways else None


@hookimpl
def register_settings() -> Any:
    return _way("register_settings")


@hookimpl
def register_permissions() -> Any:
    return _way("register_permissions")


@hookimpl
def register_jobs() -> Any:
    return _way("register_jobs")


@hookimpl
def register_pages() -> Any:
    return _way("register_pages")


@hookimpl
def register_record_types() -> Any:
    return _way("register_record_types")


@hookimpl
def register_facets() -> Any:
    return _way("register_facets")


@hookimpl
def register_notifications() -> Any:
    return _way("register_notifications")


@hookimpl
def register_award_rules() -> Any:
    return _way("register_award_rules")


@hookimpl
def startup() -> Any:
    return _way("startup")


@hookimpl
def person_erasing() -> Any:
    return _way("person_erasing")


@hookimpl
def person_exporting() -> Any:
    return _way("person_exporting")


@hookimpl
def credential_document() -> Any:
    return _way("credential_document")


@hookimpl
def credential_endorsements() -> Any:
    return _way("credential_endorsements")


@hookimpl
def credential_issued() -> Any:
    return _way("credential_issued")


@hookimpl
def panels() -> Any:
    return _way("panels")


@hookimpl
def links() -> Any:
    return _way("links")


@hookimpl
def verification_findings() -> Any:
    return _way("verification_findings")
