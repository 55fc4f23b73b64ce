"""Whether what an organiser wrote can be: every wrong field is named, in words for people."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from colnode.plugin import Invalid, LangMap, _, catalogue, media, new_id
from colnode_map.content import ACCESSIBILITY, CATEGORIES, Content, Step, clean_keyword
from colnode_map.repeating import check_series
from colnode_map.states import Mode

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["check_content"]

_LONGEST = {"title": 140, "description": 6_000, "steps": 300, "panorama_text": 500}
_TOO_LONG = {
    "title": _("Please say it in at most 140 characters."),
    "description": _("Please say it in at most 6,000 characters."),
    "steps": _("Please say each step in at most 300 characters."),
    "panorama_text": _("Please say it in at most 500 characters."),
}
_LONGEST_LINE = 200
_MOST_STEPS = 40
_MOST_PLACES = 100_000
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_ACHIEVEMENT = re.compile(r"(self|n_[a-z2-7]{52})/achievement/[A-Za-z0-9._~-]{1,100}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_MOST_LINKS = 20
_MOST_KEYWORDS = 10
_LONGEST_KEYWORD = 40
_LONGEST_MINUTES = 366 * 24 * 60


def check_content(node: "Node", content: Content, *, is_far_away: bool = False) -> Content:
    """Trim and check. Raises Invalid that names every wrong field, as `field` or `field.language`.

    A draft may leave out what publishing needs; `missing_for_publishing` tells. `is_far_away`
    confirms a point outside the city's surroundings, which is mostly a mistake.
    """
    wrong: dict[str, str] = {}
    title = _texts("title", content.title, wrong)
    description = _texts("description", content.description, wrong)
    if not title and "title" not in wrong:
        wrong["title"] = _("Give the activity a name.")
    panorama_text = _texts("panorama_text", content.panorama_text, wrong)
    _check_panorama(node, content, panorama_text, wrong)
    place_name = _line("place_name", content.place_name, wrong)
    address = _line("address", content.address, wrong)
    _check_choices(content, wrong)
    _check_times(content, wrong)
    _check_numbers(content, wrong)
    _check_point(node, content, wrong, is_far_away=is_far_away)
    _check_joining(content, wrong)
    steps = _steps(content.steps, wrong)
    keywords = _keywords(content.keywords, wrong)
    rule = "" if wrong else check_series(node, content, wrong)
    join_url = content.join_url.strip()
    if join_url and not _is_address(join_url):
        wrong["join_url"] = _("Write the whole address, starting with https://.")
    if wrong:
        raise Invalid(_("Some of it needs another look."), fields=wrong)
    return replace(
        content,
        title=title,
        description=description,
        panorama_text=panorama_text if content.panorama else {},
        join_url=join_url,
        rule=rule,
        exceptions=tuple(sorted(set(content.exceptions))),
        steps=steps,
        keywords=keywords,
        languages=_once(content.languages),
        accessibility=_once(content.accessibility),
        achievements=_once(content.achievements),
        place_name=place_name,
        address=address,
    )


def _texts(name: str, texts: LangMap, wrong: dict[str, str]) -> LangMap:
    kept = {}
    for language, text in texts.items():
        cleaned = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not cleaned:
            continue
        if not _LANGUAGE.fullmatch(language):
            wrong[name] = _("Choose a language.")
        elif _CONTROL.search(cleaned):
            wrong[f"{name}.{language}"] = _("The text has characters that cannot be shown.")
        elif len(cleaned) > _LONGEST[name]:
            wrong[f"{name}.{language}"] = _TOO_LONG[name]
        kept[language] = cleaned
    return kept


def _check_panorama(node: "Node", content: Content, text: LangMap, wrong: dict[str, str]) -> None:
    """Twice as wide as high (equirectangular), and with words for those who cannot see it."""
    if content.panorama is None:
        return
    picture = media.find(node, content.panorama)
    if not picture.width or not picture.height or abs(picture.width / picture.height - 2) > 0.05:
        wrong["panorama"] = _(
            "A panorama is twice as wide as it is high: 360 degrees across, 180 degrees down."
        )
    elif not text and "panorama_text" not in wrong:
        wrong["panorama_text"] = _("Say what the panorama shows, for those who cannot see it.")


def _line(name: str, text: str, wrong: dict[str, str]) -> str:
    cleaned = " ".join(text.split())
    if _CONTROL.search(cleaned):
        wrong[name] = _("The text has characters that cannot be shown.")
    elif len(cleaned) > _LONGEST_LINE:
        wrong[name] = _("Please say it in at most 200 characters.")
    return cleaned


def _check_choices(content: Content, wrong: dict[str, str]) -> None:
    if content.category not in CATEGORIES:
        wrong["category"] = _("Choose one of the kinds.")
    if content.mode not in set(Mode):
        wrong["mode"] = _("Choose how people take part.")
    if not all(_LANGUAGE.fullmatch(language) for language in content.languages):
        wrong["languages"] = _("Write languages as codes, like en or lt.")
    if not set(content.accessibility) <= set(ACCESSIBILITY):
        wrong["accessibility"] = _("Choose from the list.")
    if len(content.achievements) > _MOST_LINKS or not all(
        _ACHIEVEMENT.fullmatch(link) for link in content.achievements
    ):
        wrong["achievements"] = _("Choose from the list.")


def _check_times(content: Content, wrong: dict[str, str]) -> None:
    starts_at, ends_at = content.starts_at, content.ends_at
    if content.is_always_open and (starts_at or ends_at):
        wrong["is_always_open"] = _("Either it is always open or it has a beginning.")
    if ends_at is not None and starts_at is None:
        wrong["starts_at"] = _("Say when it starts, too.")
    elif ends_at is not None and starts_at is not None and ends_at < starts_at:
        wrong["ends_at"] = _("It ends before it starts.")
    for name, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if moment is not None and not 1970 <= moment.year <= 2200:
            wrong[name] = _("The year cannot be right.")


def _check_numbers(content: Content, wrong: dict[str, str]) -> None:
    minutes = content.duration_minutes
    if minutes is not None and not 1 <= minutes <= _LONGEST_MINUTES:
        wrong["duration_minutes"] = _("Give the duration in minutes, at least 1.")
    if content.price_cents is not None and not 0 <= content.price_cents <= 100_000_000:
        wrong["price"] = _("Give the price as a number, like 5 or 7.50; 0 is free.")
    if not _CURRENCY.fullmatch(content.currency):
        wrong["currency"] = _("Write the currency as three letters, like EUR.")
    for name in ("age_from", "age_to"):
        age = getattr(content, name)
        if age is not None and not 0 <= age <= 120:
            wrong[name] = _("Give an age from 0 to 120.")
    low, high = content.age_from, content.age_to
    if low is not None and high is not None and low > high:
        wrong.setdefault("age_to", _("The highest age is below the lowest one."))


def _check_joining(content: Content, wrong: dict[str, str]) -> None:
    if content.capacity is not None and not 1 <= content.capacity <= _MOST_PLACES:
        wrong["capacity"] = _("Give the number of places, at least 1.")
    until = content.joining_until
    if until is not None and not 1970 <= until.year <= 2200:
        wrong["joining_until"] = _("The year cannot be right.")
    elif until is not None and content.ends_at and not content.rule and until > content.ends_at:
        wrong["joining_until"] = _("It is over before that. Choose an earlier moment.")
    if content.capacity is not None and not content.needs_joining:
        wrong["capacity"] = _("Places can be counted when people join here.")
    if content.completes_itself and not content.steps:
        wrong["steps"] = _("Write the steps that people do, one on each line.")


def _steps(steps: Iterable[Step], wrong: dict[str, str]) -> tuple[Step, ...]:
    kept = []
    for step in steps:
        text = {
            language: " ".join(words.split())
            for language, words in _texts("steps", step.text, wrong).items()
        }
        if text:
            kept.append(Step(text, step.id or new_id()))
    if len(kept) > _MOST_STEPS:
        wrong["steps"] = _("Please write at most 40 steps.")
    if len({step.id for step in kept}) != len(kept):
        wrong["steps"] = _("Two steps have the same id.")
    return tuple(kept)


def _keywords(given: Iterable[str], wrong: dict[str, str]) -> tuple[str, ...]:
    kept = tuple(word for word in _once(clean_keyword(word) for word in given) if word)
    if len(kept) > _MOST_KEYWORDS:
        wrong["keywords"] = _("Please choose at most ten keywords.")
    elif any(len(word) > _LONGEST_KEYWORD for word in kept):
        wrong["keywords"] = _("Please keep each keyword to 40 characters.")
    elif any("," in word or _CONTROL.search(word) for word in kept):
        wrong["keywords"] = _("Write keywords as words, with commas between them.")
    return kept


def _check_point(
    node: "Node", content: Content, wrong: dict[str, str], *, is_far_away: bool
) -> None:
    latitude, longitude = content.latitude, content.longitude
    if latitude is None and longitude is None:
        return
    if latitude is None or longitude is None:
        wrong["latitude"] = _("Give both latitude and longitude, or neither.")
        return
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        wrong["latitude"] = _("Latitude goes from -90 to 90 and longitude from -180 to 180.")
        return
    if is_far_away or content.mode != Mode.IN_PERSON:
        return
    city = node.config.city
    far = catalogue.distance_km((latitude, longitude), (city.latitude, city.longitude))
    if far > max(200.0, 10 * city.radius_km):
        wrong["latitude"] = _(
            "This point is far away from the city. Are latitude and longitude in the right order?"
        )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = text.isprintable() and " " not in text and len(text) <= 1_000
    return plain and parts.scheme in {"http", "https"} and bool(parts.hostname)


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
