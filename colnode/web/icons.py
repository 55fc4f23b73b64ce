"""Icons as inline SVG, drawn from the lucide set. No icon speaks alone: a word stands beside it."""

import json
import os
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from colnode import icons

__all__ = ["KeptIcons", "icon"]


@lru_cache(maxsize=1024)
def icon(name: str, size: int = 20, *, turns: bool = False) -> Markup:
    """Return the icon `name` as inline SVG of `size` CSS pixels, hidden from screen readers.

    `turns` mirrors it where people read from right to left (arrows that point along the text).
    """
    return _drawn(icons.icon_shapes(name), size, turns=turns)


class KeptIcons:
    """`icon` for pages: shapes that were shown once stay in a file from one start to the next.

    Opening the set's archive takes as long as a whole page. The file is named after the archive's
    state, so another version of the set begins anew. Without a folder nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = None if folder is None else folder / f"icons-{icons.archive_state()}.json"
        self._shapes: dict[str, str] | None = None
        self._drawings: dict[tuple[str, int, bool], Markup] = {}

    def icon(self, name: str, size: int = 20, *, turns: bool = False) -> Markup:
        """As the function `icon`."""
        key = (name, size, turns)
        if key not in self._drawings:
            self._drawings[key] = _drawn(self._shapes_of(name), size, turns=turns)
        return self._drawings[key]

    def _shapes_of(self, name: str) -> str:
        if self._file is None:
            return icons.icon_shapes(name)
        if self._shapes is None:
            self._shapes = _read(self._file)
        if name not in self._shapes:
            self._shapes = {**self._shapes, name: icons.icon_shapes(name)}
            _write(self._file, self._shapes)
        return self._shapes[name]


def _drawn(shapes: str, size: int, *, turns: bool) -> Markup:
    kind = "icon icon-turns" if turns else "icon"
    return Markup(  # noqa: S704 - numbers and the icon package's own shapes, nothing from people
        f'<svg class="{kind}" width="{int(size)}" height="{int(size)}" viewBox="0 0 24 24" '
        'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true">{shapes}</svg>'
    )


def _read(file: Path) -> dict[str, str]:
    """What was kept; nothing where the file is missing or damaged."""
    try:
        kept = json.loads(file.read_text("utf-8"))
        return {name: shapes for name, shapes in kept.items() if isinstance(shapes, str)}
    except (OSError, ValueError, AttributeError):
        return {}


def _write(file: Path, shapes: dict[str, str]) -> None:
    """Put the whole file in place at once; a full or read-only disk only means drawing again."""
    with suppress(OSError):
        number, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            json.dump(shapes, stream)
        Path(name).replace(file)
