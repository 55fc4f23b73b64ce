"""Templates and what every page has at hand: the city, the person, the language, dates, icons."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel import Locale, dates
from flask import Flask, request, url_for
from flask import render_template as _render_template
from flask_babel import get_locale, gettext
from jinja2 import (
    BytecodeCache,
    ChoiceLoader,
    FileSystemBytecodeCache,
    FileSystemLoader,
    PrefixLoader,
)
from markupsafe import Markup

from colnode.host.types import Link, NavItem, NavPlace, Panel, Role
from colnode.identity import memberships
from colnode.web import security, standing
from colnode.web.addresses import picture_url, record_url
from colnode.web.auth import current_node, current_person, may
from colnode.web.icons import KeptIcons
from colnode.web.measures import age_words, duration_words

if TYPE_CHECKING:
    from colnode.db import LangMap
    from colnode.node import Node

__all__ = [
    "error_text",
    "init_rendering",
    "language_name",
    "links_for",
    "long_date",
    "panels_for",
    "pick_language",
    "render",
    "type_label",
]


def render(template: str, /, **context: Any) -> str:
    """Render a template with everything that base.html needs."""
    return _render_template(template, **context)


def error_text(message: str, parameters: Mapping[str, object]) -> str:
    """An error's or finding's English template in the person's language, filled in."""
    text: str = gettext(message)
    return text.format(**parameters) if parameters else text


def pick_language(texts: "LangMap | None") -> str:
    """The text in the person's language, else the city's main one, else any."""
    if not texts:
        return ""
    main = current_node().config.main_language
    return (
        texts.get(str(get_locale()).split("_")[0]) or texts.get(main) or next(iter(texts.values()))
    )


def panels_for(place: str, subject: Any) -> Sequence[Panel]:
    """What plugins add to a page, in order."""
    node = current_node()
    found: list[Panel] = node.host.calls.show(
        "panels", Panel, node=node, place=place, subject=subject, viewer=current_person()
    )
    return sorted(found, key=lambda panel: panel.order)


def links_for(place: str, subject: Any) -> Sequence[Link]:
    """Links that plugins offer on a page."""
    node = current_node()
    return node.host.calls.show(
        "links", Link, node=node, place=place, subject=subject, viewer=current_person()
    )


def _cache_folder(node: "Node", name: str) -> Path | None:
    """A folder for what need not be made anew at each start; None where nothing can be kept."""
    folder = node.config.cache_dir / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def _compiled_templates(node: "Node") -> BytecodeCache | None:
    """Templates stay compiled from one start to the next: half of a first page's time."""
    folder = _cache_folder(node, "templates")
    return None if folder is None else FileSystemBytecodeCache(str(folder))


def init_rendering(app: Flask, node: "Node", navigation: Sequence[NavItem]) -> None:
    """Give the application its template folders, filters and context."""
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.bytecode_cache = _compiled_templates(node)
    folders = [FileSystemLoader(str(folder)) for folder in _plugin_folders(node)]
    app.jinja_loader = ChoiceLoader([app.jinja_loader or PrefixLoader({}), *folders])
    app.jinja_env.filters.update(date=_date, datetime=_datetime, time=_time)
    app.jinja_env.globals.update(
        icon=KeptIcons(_cache_folder(node, "icons")).icon,
        t=pick_language,
        date=_date,
        datetime=_datetime,
        time=_time,
        daterange=_date_range,
        may=may,
        record_url=record_url,
        type_label=type_label,
        line_of=_line_of,
        picture_url=picture_url,
        panels_for=panels_for,
        links_for=links_for,
        csrf_token=security.csrf_token,
        language_name=language_name,
        age_words=age_words,
        duration_words=duration_words,
    )
    ordered = sorted(navigation, key=lambda item: item.order)

    @app.context_processor
    def _context() -> dict[str, Any]:
        return _page_context(node, ordered)


def _plugin_folders(node: "Node") -> list[Any]:
    folders = [plugin.folder / "templates" for plugin in node.host.plugins]
    return [folder for folder in folders if folder.is_dir()]


def _page_context(node: "Node", navigation: Sequence[NavItem]) -> dict[str, Any]:
    person = current_person()
    locale = get_locale() or Locale("en")
    city = node.config.city
    return {
        "node": node,
        "city": SimpleNamespace(
            name=city.name,
            colour=city.colour,
            languages=city.languages,
            tagline=city.tagline,
            contact=city.contact,
            country=city.country,
            domain=node.config.domain,
            base_url=node.config.server.base_url,
        ),
        "person": person,
        "read_only": _read_only() if person is not None and person.is_admin else None,
        "is_demo": node.config.server.demo,
        **_navigation(node, navigation),
        "languages": _languages(node, locale),
        "locale": locale.language,
        "text_direction": "rtl" if locale.language in _RIGHT_TO_LEFT else "ltr",
    }


def _read_only() -> str | None:
    """Why nothing may be changed, for admins; None when all is well."""
    fault = standing.current_fault()
    return error_text(fault.message, fault.parameters) if fault else None


# Babel knows this too, but reads the whole language's data for it: a fortieth of a start.
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

_NAV_NAMES = {
    NavPlace.MAIN: "nav",
    NavPlace.ACCOUNT: "account_nav",
    NavPlace.ORGANISER: "organiser_nav",
    NavPlace.FOOT: "foot_nav",
}


def _navigation(node: "Node", items: Sequence[NavItem]) -> dict[str, list[dict[str, object]]]:
    roles = _roles(node)
    found: dict[str, list[dict[str, object]]] = {name: [] for name in _NAV_NAMES.values()}
    for item in items:
        if item.audience in roles:
            found[_NAV_NAMES[item.place]].append(_entry(item))
    return found


def _roles(node: "Node") -> set[Role]:
    """Every role that the person has somewhere."""
    person = current_person()
    if person is None:
        return {Role.ANYONE}
    roles = {Role.ANYONE, Role.PERSON}
    if person.is_admin:
        roles.add(Role.ADMIN)
    ladder = (Role.AWARDER, Role.EDITOR, Role.OWNER)
    for _organisation, role in memberships.memberships_of(node, person.id):
        roles.update(ladder[: ladder.index(role) + 1])
    return roles


def _entry(item: NavItem) -> dict[str, object]:
    url = url_for(item.endpoint)
    active = request.path == url or (url != "/" and request.path.startswith(url.rstrip("/") + "/"))
    return {"url": url, "label": gettext(item.label), "icon": item.icon, "active": active}


def _languages(node: "Node", locale: Locale) -> list[dict[str, object]]:
    """The languages to choose from; none when there is no choice."""
    if len(node.config.city.languages) == 1:
        return []
    return [
        {
            "code": code,
            "name": language_name(code),
            "url": url_for("site.language", code=code, next=request.full_path.rstrip("?")),
            "active": code == locale.language,
        }
        for code in node.config.city.languages
    ]


def type_label(name: str, *, many: bool = False) -> str:
    """What a kind of record is called, e.g. Activity."""
    kind = current_node().host.record_types.get(name)
    if kind is None:
        return name
    label: str = gettext(kind.label_many if many else kind.label)
    return label


def _line_of(word: str) -> int:
    """The line colour, 1 to 8, that a category always has."""
    return zlib.crc32(word.encode()) % 8 + 1


def language_name(code: str) -> str:
    """A language in its own words, e.g. Lietuvių."""
    try:
        name = Locale.parse(code, sep="-").get_display_name()
    except (ValueError, LookupError):
        return code
    return (name or code).capitalize()


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(current_node().config.city.time_zone))


def _forms() -> Locale:
    """The locale for dates: English as Europe writes it, every other language as it is."""
    locale = get_locale() or Locale("en")
    return Locale("en", "GB") if locale.language == "en" else locale


def _time_tag(moment: datetime, text: str) -> Markup:
    local = _local(moment)
    exact = dates.format_datetime(local, "full", locale=_forms())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(timespec="minutes"), exact, text
    )


def long_date(moment: datetime) -> str:
    """A day in the city's time zone, written out in the person's language."""
    return str(dates.format_date(_local(moment), "long", locale=_forms()))


def _date(moment: datetime | None) -> Markup:
    return _time_tag(moment, long_date(moment)) if moment else Markup("")


def _datetime(moment: datetime | None) -> Markup:
    if moment is None:
        return Markup("")
    day = dates.format_skeleton("MMMMEd", _local(moment), locale=_forms())
    return _time_tag(moment, f"{day}, {_local(moment):%H:%M}")


def _time(moment: datetime | None) -> Markup:
    return _time_tag(moment, f"{_local(moment):%H:%M}") if moment else Markup("")


def _date_range(start: datetime | None, end: datetime | None = None) -> Markup:
    """From and to, without saying the day twice."""
    if start is None:
        return Markup("")
    if end is None or end == start:
        return _datetime(start)
    same_day = _local(start).date() == _local(end).date()
    return Markup("{} – {}").format(_datetime(start), _time(end) if same_day else _datetime(end))
