"""The form of an activity: what was typed, as a Content; and a Content, as what is typed.

Times in a form are the city's local time; prices are in whole units with two decimals.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from colnode.plugin import Invalid, _
from colnode_map.addresses import find_points
from colnode_map.content import Content, Step
from colnode_map.repeat_form import read_exceptions, read_rule, repeat_values
from colnode_map.states import Mode

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["read_form", "typed_values", "values_of", "with_point"]

_LISTS = ("languages", "accessibility", "achievements", "weekdays")
_SWITCHES = (
    "needs_joining",
    "joins_series",
    "is_joining_closed",
    "is_by_invitation",
    "completes_itself",
)


def values_of(node: "Node", content: Content) -> dict[str, Any]:
    """What the form shows for an activity."""
    zone = ZoneInfo(node.config.city.time_zone)

    def local(moment: datetime | None) -> str:
        return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if moment else ""

    cents = content.price_cents
    return {
        "title": dict(content.title),
        "description": dict(content.description),
        "panorama_text": dict(content.panorama_text),
        "category": content.category,
        "mode": content.mode,
        "place_name": content.place_name,
        "address": content.address,
        "latitude": "" if content.latitude is None else f"{content.latitude:.6f}",
        "longitude": "" if content.longitude is None else f"{content.longitude:.6f}",
        "join_url": content.join_url,
        "when": "always" if content.is_always_open else "dated",
        "starts_at": local(content.starts_at),
        "ends_at": local(content.ends_at),
        "duration_minutes": content.duration_minutes or "",
        "price": "" if cents is None else f"{cents // 100}.{cents % 100:02d}",
        "currency": content.currency,
        "age_from": "" if content.age_from is None else content.age_from,
        "age_to": "" if content.age_to is None else content.age_to,
        "languages": list(content.languages),
        "accessibility": list(content.accessibility),
        "achievements": list(content.achievements),
        "keywords": ", ".join(content.keywords),
        **repeat_values(content, zone),
        "steps": _step_texts(content),
        "capacity": content.capacity or "",
        "joining_until": local(content.joining_until),
        **{name: "1" if getattr(content, name) else "" for name in _SWITCHES},
    }


def _step_texts(content: Content) -> dict[str, str]:
    """The steps of each language, one on a line; a step without the language leaves its line."""
    languages = dict.fromkeys(language for step in content.steps for language in step.text)
    return {
        language: "\n".join(step.text.get(language, "") for step in content.steps)
        for language in languages
    }


def typed_values(form: MultiDict[str, str]) -> dict[str, Any]:
    """What was typed, to show it again."""
    values: dict[str, Any] = {
        name: value for name, value in form.items() if "." not in name and name not in _LISTS
    }
    values |= {name: form.getlist(name) for name in _LISTS}
    return values | {
        name: _texts(form, name) for name in ("title", "description", "steps", "panorama_text")
    }


def read_form(
    node: "Node", form: MultiDict[str, str], *, picture: str | None, panorama: str | None = None
) -> Content:
    """The content that was typed. Raises Invalid that names the fields that cannot be read."""
    wrong: dict[str, str] = {}
    zone = ZoneInfo(node.config.city.time_zone)
    is_always_open = form.get("when") == "always"
    starts_at = None if is_always_open else _moment(form, "starts_at", zone, wrong)
    content = Content(
        title=_texts(form, "title"),
        description=_texts(form, "description"),
        category=form.get("category", ""),
        mode=form.get("mode", Mode.IN_PERSON),
        place_name=form.get("place_name", ""),
        address=form.get("address", ""),
        latitude=_degrees(form, "latitude", wrong),
        longitude=_degrees(form, "longitude", wrong),
        join_url=form.get("join_url", ""),
        is_always_open=is_always_open,
        starts_at=starts_at,
        ends_at=None if is_always_open else _moment(form, "ends_at", zone, wrong),
        duration_minutes=_whole(form, "duration_minutes", wrong),
        languages=tuple(form.getlist("languages")),
        price_cents=_cents(form, wrong),
        currency=form.get("currency", "EUR").strip().upper() or "EUR",
        age_from=_whole(form, "age_from", wrong),
        age_to=_whole(form, "age_to", wrong),
        accessibility=tuple(form.getlist("accessibility")),
        achievements=tuple(form.getlist("achievements")),
        picture=picture,
        panorama=panorama,
        panorama_text=_texts(form, "panorama_text"),
        keywords=tuple(re.split(r"[,\n]", form.get("keywords", ""))),
        rule="" if is_always_open else read_rule(form, starts_at, zone, wrong),
        exceptions=() if is_always_open else read_exceptions(form),
        steps=_steps(form),
        capacity=_whole(form, "capacity", wrong),
        joining_until=_moment(form, "joining_until", zone, wrong),
        **{name: bool(form.get(name)) for name in _SWITCHES},
    )
    if wrong:
        raise Invalid(_("Some of it needs another look."), fields=wrong)
    return with_point(node, content)


def _steps(form: Mapping[str, str]) -> tuple[Step, ...]:
    """Line by line, what each language says of a step."""
    lines = {
        language: text.replace("\r", "").split("\n")
        for language, text in _texts(form, "steps").items()
    }
    return tuple(
        Step(dict(zip(lines, texts, strict=True)))
        for texts in zip_longest(*lines.values(), fillvalue="")
    )


def with_point(node: "Node", content: Content) -> Content:
    """The content at the point of its address, if it has none and the city's list knows it."""
    if content.mode != Mode.IN_PERSON or content.latitude is not None or not content.address:
        return content
    point = find_points(node, [content.address]).get(content.address)
    if point is None:
        return content
    return replace(content, latitude=point.latitude, longitude=point.longitude)


def _texts(form: Mapping[str, str], name: str) -> dict[str, str]:
    prefix = f"{name}."
    return {key.removeprefix(prefix): text for key, text in form.items() if key.startswith(prefix)}


def _degrees(form: Mapping[str, str], name: str, wrong: dict[str, str]) -> float | None:
    text = form.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) <= 360:
        wrong[name] = _("Write degrees, like 54.6872.")
        return None
    return value


def _moment(
    form: Mapping[str, str], name: str, zone: ZoneInfo, wrong: dict[str, str]
) -> datetime | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        wrong[name] = _("Write day and time, like 2026-11-23 18:00.")
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _whole(form: Mapping[str, str], name: str, wrong: dict[str, str]) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        wrong[name] = _("Write a whole number.")
        return None
    return int(text)


def _cents(form: Mapping[str, str], wrong: dict[str, str]) -> int | None:
    text = form.get("price", "").strip().replace(",", ".")
    if not text:
        return None
    whole, _dot, part = text.partition(".")
    if not (re.fullmatch(r"[0-9]{1,7}", whole) and re.fullmatch(r"[0-9]{0,2}", part)):
        wrong["price"] = _("Give the price as a number, like 5 or 7.50; 0 is free.")
        return None
    return int(whole) * 100 + int((part or "0").ljust(2, "0"))
