"""Dates as people of each language write them, in the city's time zone."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from colnode.web.translations import LANGUAGE_COOKIE

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def written(app: Flask, template: str, language: str) -> str:
    """A template's text in a language."""
    cookie = {"Cookie": f"{LANGUAGE_COOKIE}={language}"}
    with app.test_request_context(headers=cookie):
        return app.jinja_env.from_string(template).render(start=START, end=START.replace(hour=11))


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "24 November 2026", "Tue 24 Nov, 11:00"),
        ("lt", "2026 m. lapkričio 24 d.", "lapkričio 24 d., an, 11:00"),
    ],
)
def test_a_day_and_a_moment(client: FlaskClient, language: str, day: str, moment: str) -> None:
    app = client.application
    assert f">{day}<" in written(app, "{{ date(start) }}", language)
    assert f">{moment}<" in written(app, "{{ datetime(start) }}", language)
    assert 'datetime="2026-11-24T11:00+02:00"' in written(app, "{{ date(start) }}", language)


@pytest.mark.databases("sqlite")
def test_a_range_names_its_day_once(client: FlaskClient) -> None:
    text = written(client.application, "{{ daterange(start, end) }}", "en")
    assert text.count(">Tue 24 Nov, 11:00<") == 1
    assert ">13:00<" in text
