"""The texts of a printed page, as sheets.py draws them. Apart from it, because it costs nothing."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Block", "BlockStyle"]


class BlockStyle(StrEnum):
    """How a text is set. STOP begins a stop on the line, NOTE belongs to the stop before it."""

    HEADING = "heading"
    TEXT = "text"
    SMALL = "small"
    STOP = "stop"
    NOTE = "note"


@dataclass(frozen=True)
class Block:
    """One text of the page; a click on it opens `url`."""

    text: str
    style: BlockStyle = BlockStyle.TEXT
    url: str | None = None
