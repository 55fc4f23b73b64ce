"""A playlist as a guide to take along: Markdown and PDF, in the reader's language."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from flask_babel import format_datetime, get_locale

from colnode.plugin import (
    Block,
    BlockStyle,
    age_words,
    draw_pdf,
    duration_words,
    gettext,
    pick_language,
)
from colnode_playlists import progress, views, words
from colnode_playlists.content import Content

if TYPE_CHECKING:
    from colnode.plugin import Node
    from colnode_playlists.library import Found
    from colnode_playlists.views import Section, Stop

__all__ = ["Guide", "as_markdown", "as_pdf", "file_name", "write"]

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|])")


@dataclass(frozen=True)
class Guide:
    """The guide's title and its texts from top to bottom."""

    title: str
    blocks: tuple[Block, ...]


def write(node: "Node", found: "Found") -> Guide:
    """The guide of a playlist, for anybody: nothing of the reader's progress is in it."""
    content = found.content
    state = progress.work_out(node, found.reference, content, progress.Facts())
    blocks = [
        *_opening(node, found),
        *(
            block
            for number, section in enumerate(views.sections(node, content, state), 1)
            for block in _section(node, section, number)
        ),
        *_end(node, content),
    ]
    return Guide(pick_language(content.title), tuple(blocks))


def as_markdown(guide: Guide) -> str:
    """The guide in CommonMark; stops are boxes to tick."""
    lines = [f"# {_plain(guide.title)}", ""]
    for block in guide.blocks:
        text = _plain(" ".join(block.text.split()))
        text = f"[{text}](<{_address(block.url)}>)" if block.url else text
        if block.style == BlockStyle.HEADING:
            lines += ["", f"## {text}", ""]
        elif block.style == BlockStyle.STOP:
            lines.append(f"- [ ] {text}")
        elif block.style == BlockStyle.NOTE:
            lines.append(f"  - {text}")
        else:
            lines += [text, ""]
    return "\n".join(lines).rstrip() + "\n"


def as_pdf(node: "Node", guide: Guide) -> bytes:
    """The guide on paper."""
    language = str(get_locale() or node.config.main_language).replace("_", "-")
    return draw_pdf(node, guide.title, guide.blocks, language=language)


def file_name(found: "Found") -> str:
    """A name for the file, in plain letters."""
    title = pick_language(found.content.title)
    return re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()[:60] or "playlist"


def _opening(node: "Node", found: "Found") -> Iterator[Block]:
    content = found.content
    for part in pick_language(content.description).split("\n\n"):
        if part.strip():
            yield Block(part.strip())
    facts = [pick_language(found.maker.name)] if found.maker else []
    facts.append(pick_language(found.city))
    if content.minutes:
        facts.append(duration_words(content.minutes))
    ages = age_words(content.age_from, content.age_to)
    yield Block(" · ".join([*facts, ages] if ages else facts), BlockStyle.SMALL)
    for source in found.sources[:1]:
        text = gettext(
            "After “%(title)s” from %(city)s.",
            title=pick_language(source.name),
            city=pick_language(source.city),
        )
        yield Block(text, BlockStyle.SMALL, source.url or None)
    if not found.is_personal:
        address = urljoin(node.config.server.base_url, views.page_url(found))
        yield Block(address, BlockStyle.SMALL, found.home_url or address)
    yield Block(gettext("The stops"), BlockStyle.HEADING)


def _section(node: "Node", section: "Section", number: int) -> Iterator[Block]:
    if section.branch is None:
        yield from _stop(node, section.stops[0], f"{number}. ")
        return
    text = gettext(
        "%(number)s. %(needed)s of these %(total)s",
        number=number,
        needed=section.branch.needed,
        total=len(section.stops),
    )
    title = pick_language(section.branch.title)
    yield Block(f"{text}: {title}" if title else text, BlockStyle.STOP)
    for stop in section.stops:
        yield from _stop(node, stop, "– ", is_inside=True)


def _stop(node: "Node", stop: "Stop", mark: str, *, is_inside: bool = False) -> Iterator[Block]:
    step = stop.step
    address = urljoin(node.config.server.base_url, stop.url) if stop.url else None
    facts = " · ".join(_facts(stop))
    title = mark + pick_language(step.title)
    if is_inside:
        yield Block(f"{title} ({facts})", BlockStyle.NOTE, address)
    else:
        yield Block(title, BlockStyle.STOP, address)
        yield Block(facts, BlockStyle.NOTE)
    if step.text:
        yield Block(pick_language(step.text), BlockStyle.NOTE)
    if stop.at is not None:
        local = stop.at.astimezone(ZoneInfo(node.config.city.time_zone))
        when = str(format_datetime(local, "d MMMM y, HH:mm", rebase=False))
        what = pick_language(stop.at_what) if stop.at_what else ""
        yield Block(f"{when} · {what}" if what else when, BlockStyle.NOTE)


def _facts(stop: "Stop") -> Iterator[str]:
    yield words.kind_words(stop.step)
    if stop.city:
        yield pick_language(stop.city)
    if stop.step.minutes:
        yield duration_words(stop.step.minutes)
    if stop.step.is_optional:
        yield gettext("if you like")


def _end(node: "Node", content: Content) -> Iterator[Block]:
    badge = views.badge_of(node, content)
    if badge is not None:
        text = gettext("At the end: the badge “%(badge)s”.", badge=pick_language(badge.title))
        yield Block(text, BlockStyle.STOP)


def _address(url: str) -> str:
    """An address that cannot end the brackets that it stands in."""
    return url.replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C")


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return _MARKS.sub(r"\\\1", text)
