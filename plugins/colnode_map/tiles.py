"""The city's own raster tiles, from one PMTiles (version 3) or MBTiles (1.3) file."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from colnode.plugin import ConfigurationError, _, setting

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["TileSet", "check_settings", "image_host", "open_tiles", "read_tile"]

_PMTILES_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
_MBTILES_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}
_VECTOR = _(
    "map.tiles_file: {file} holds vector tiles, which this map cannot draw. Export raster tiles "
    "(PNG, JPEG or WebP), or leave the setting empty."
)


@dataclass(frozen=True)
class TileSet:
    """What a file of tiles says about itself."""

    media_type: str
    min_zoom: int
    max_zoom: int
    attribution: str


def check_settings(node: "Node") -> None:
    """Stop the start when the tiles cannot be shown. Raises ConfigurationError."""
    address = setting(node, "map.tile_url")
    if address and setting(node, "map.tiles_file"):
        raise ConfigurationError(_("Set map.tile_url or map.tiles_file, not both."))
    if address and not _is_template(address):
        raise ConfigurationError(
            _(
                "map.tile_url should look like https://tiles.example.org/{{z}}/{{x}}/{{y}}.png, "
                "not {value}."
            ),
            value=address,
        )
    if setting(node, "map.tiles_file"):
        open_tiles(node)


def _is_template(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    has_places = all(place in address for place in ("{z}", "{x}", "{y}"))
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and has_places


def image_host(node: "Node") -> str | None:
    """The origin that pages load tiles from, such as https://tiles.example.org, if any."""
    address = setting(node, "map.tile_url")
    if not address:
        return None
    parts = urlsplit(address.replace("{s}.", "*."))
    return f"{parts.scheme}://{parts.netloc}"


def open_tiles(node: "Node") -> TileSet | None:
    """What the configured file holds, None when none is configured.

    Raises ConfigurationError when it is missing, damaged, vector or compressed.
    """
    name = setting(node, "map.tiles_file")
    if not name:
        return None
    path = Path(name)
    try:
        with path.open("rb") as file:
            start = file.read(16)
        if start.startswith(b"PMTiles"):
            return _describe_pmtiles(path)
        if start.startswith(b"SQLite format 3\x00"):
            return _describe_mbtiles(path)
    except OSError as error:
        raise ConfigurationError(
            _("map.tiles_file: {file} cannot be read ({reason})."),
            file=name,
            reason=error.strerror or error,
        ) from error
    raise ConfigurationError(
        _("map.tiles_file: {file} is neither a PMTiles nor an MBTiles file."), file=name
    )


def _describe_pmtiles(path: Path) -> TileSet:
    from pmtiles.reader import MmapSource, Reader
    from pmtiles.tile import Compression, TileType

    try:
        with path.open("rb") as file:
            reader = Reader(MmapSource(file))
            header, about = reader.header(), reader.metadata()
    except Exception as error:  # the package raises many kinds for a damaged file
        raise _damaged(path, error) from error
    if header["tile_type"] == TileType.MVT:
        raise ConfigurationError(_VECTOR, file=path)
    media_type = _PMTILES_TYPES.get(header["tile_type"].name)
    plain = {Compression.NONE, Compression.UNKNOWN}
    if media_type is None or header["tile_compression"] not in plain:
        raise ConfigurationError(
            _("map.tiles_file: {file} holds tiles of an unknown kind."), file=path
        )
    attribution = str(about.get("attribution", "")) if isinstance(about, dict) else ""
    return TileSet(media_type, header["min_zoom"], header["max_zoom"], attribution)


def _describe_mbtiles(path: Path) -> TileSet:
    try:
        about = _mbtiles_rows(path, "SELECT name, value FROM metadata")
        zooms = _mbtiles_rows(path, "SELECT min(zoom_level), max(zoom_level) FROM tiles")[0]
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error
    facts: Mapping[str, Any] = dict(about)
    kind = str(facts.get("format", "")).lower()
    if kind in {"pbf", "mvt"}:
        raise ConfigurationError(_VECTOR, file=path)
    if kind not in _MBTILES_TYPES or zooms[0] is None:
        raise ConfigurationError(
            _("map.tiles_file: {file} holds tiles of an unknown kind."), file=path
        )
    return TileSet(_MBTILES_TYPES[kind], zooms[0], zooms[1], str(facts.get("attribution", "")))


def _mbtiles_rows(path: Path, query: str, *values: int) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def _damaged(path: Path, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        _("map.tiles_file: {file} is damaged ({reason})."), file=path, reason=error
    )


def read_tile(node: "Node", zoom: int, x: int, y: int) -> bytes | None:
    """One tile by its web map address (y from the north), None when the file has none there."""
    side = 1 << zoom
    if not (0 <= zoom <= 26 and 0 <= x < side and 0 <= y < side):
        return None
    path = Path(setting(node, "map.tiles_file"))
    with path.open("rb") as file:
        if file.read(7) == b"PMTiles":
            from pmtiles.reader import MmapSource, Reader

            found: bytes | None = Reader(MmapSource(file)).get(zoom, x, y)
            return found
    rows = _mbtiles_rows(
        path,
        "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
        zoom,
        x,
        side - 1 - y,  # MBTiles counts rows from the south (TMS)
    )
    return bytes(rows[0][0]) if rows else None
