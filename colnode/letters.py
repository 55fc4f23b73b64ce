"""A plain message as an HTML letter in the city's colour: the same words, nothing to load.

Mail programs know neither style sheets nor modern layout, so this is tables and inline styles. A
line that is an address alone becomes a button which names the host that it leads to.
"""

import re
from html import escape
from urllib.parse import urlsplit

from colnode.colour import INK, PAPER, contrast, mix

__all__ = ["letter_html"]

_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif"


def letter_html(text: str, *, city: str, colour: str, home_url: str) -> str:
    """Return `text` (paragraphs with blank lines between) as an HTML document.

    `colour` is the city's as #rrggbb; buttons darken it until white reads well on it.
    """
    fill = colour
    while contrast("#ffffff", fill) < 4.5:
        fill = mix(fill, INK, 0.12)
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    body = "".join(_paragraph(part, fill) for part in paragraphs)
    return (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width"></head>'
        f'<body style="margin:0;padding:24px 12px;background:#f3eee4;color:{INK};{_FONT}">'
        '<table role="presentation" align="center" width="100%" cellpadding="0" cellspacing="0" '
        f'style="max-width:560px;margin:0 auto;background:{PAPER};border-radius:10px;'
        'border:1px solid #e0d8c9">'
        f"<tr><td>{_head(city, fill)}</td></tr>"
        '<tr><td dir="auto" style="padding:8px 32px 24px;font-size:17px;line-height:1.55">'
        f"{body}</td></tr></table>"
        '<p style="text-align:center;font-size:13px;color:#575147;margin:16px 0">'
        f'<a href="{escape(home_url)}" style="color:#575147">{escape(city)}</a></p></body></html>\n'
    )


def _head(city: str, fill: str) -> str:
    """Return the city's name on a line with a station, as the pages have it."""
    dot = f"width:12px;height:12px;border-radius:50%;border:4px solid {fill}"
    return (
        f'<p style="margin:0;padding:22px 32px 10px;font-size:22px;font-weight:800">{escape(city)}'
        '</p><table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>'
        f'<td width="32" style="padding:0"><div style="height:4px;background:{fill}"></div></td>'
        f'<td width="20" style="padding:0"><div style="{dot}"></div></td>'
        f'<td style="padding:0"><div style="height:4px;background:{fill}"></div></td>'
        "</tr></table>"
    )


def _paragraph(text: str, fill: str) -> str:
    if _ADDRESS.fullmatch(text):
        return _button(text, fill)
    lines = "<br>".join(_linked(line) for line in text.splitlines())
    return f'<p style="margin:16px 0">{lines}</p>'


def _linked(line: str) -> str:
    parts, at = [], 0
    for found in _ADDRESS.finditer(line):
        address = found.group().rstrip(".,;:!?)")
        parts.append(escape(line[at : found.start()]))
        parts.append(f'<a href="{escape(address)}" style="color:inherit">{escape(address)}</a>')
        at = found.start() + len(address)
    return "".join([*parts, escape(line[at:])])


def _button(address: str, fill: str) -> str:
    host = urlsplit(address).netloc
    return (
        f'<p style="margin:24px 0 8px"><a href="{escape(address)}" style="display:inline-block;'
        f"padding:13px 26px;border-radius:999px;background:{fill};color:#ffffff;font-weight:700;"
        f'text-decoration:none">{escape(host)} &rarr;</a></p>'
        '<p style="margin:0 0 20px;font-size:13px;color:#575147;word-break:break-all">'
        f"{escape(address)}</p>"
    )
