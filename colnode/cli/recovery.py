"""The recovery sheet: one page to print, with the key that beats every other key of the node."""

from html import escape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["recovery_sheet"]


def recovery_sheet(node: "Node", recovery_key: str) -> str:
    """The sheet as a self-contained HTML page: the key as text and as a QR code, what it is for."""
    import segno

    code = segno.make(recovery_key, error="m").svg_inline(scale=5, border=2)
    template = Template(
        resources.files("colnode.cli").joinpath("recovery_sheet.html").read_text(encoding="utf-8")
    )
    return template.substitute(
        city=escape(node.config.city.name),
        address=escape(node.config.server.base_url),
        node_id=escape(node.id),
        date=node.clock.now().date().isoformat(),
        key=escape(recovery_key),
        code=code,
    )
