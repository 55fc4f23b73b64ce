"""What lies below the activities: tiles from a file or a host, or the city's own background."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from colnode_map import backgrounds
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from colnode.plugin import ConfigurationError, Node, TooLarge

PNG = b"\x89PNG\r\n\x1a\n one tile"
SQUARE = [[25.2, 54.6], [25.4, 54.6], [25.4, 54.7], [25.2, 54.6]]


def pmtiles(path: Path, kind: TileType = TileType.PNG) -> Path:
    with path.open("wb") as file:
        writer = Writer(file)
        writer.write_tile(zxy_to_tileid(3, 4, 2), PNG)
        header = {
            "tile_type": kind, "tile_compression": Compression.NONE, "min_zoom": 3, "max_zoom": 3,
            "min_lon_e7": 0, "min_lat_e7": 0, "max_lon_e7": 0, "max_lat_e7": 0,
            "center_zoom": 3, "center_lon_e7": 0, "center_lat_e7": 0,
        }  # fmt: skip
        writer.finalize(header, {"attribution": "City survey"})
    return path


def mbtiles(path: Path, kind: str = "png") -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE metadata (name TEXT, value TEXT);"
        "CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB);"
    )
    connection.execute("INSERT INTO metadata VALUES ('format', ?)", (kind,))
    connection.execute("INSERT INTO tiles VALUES (3, 4, 5, ?)", (PNG,))  # row 2 from the north
    connection.commit()
    connection.close()
    return path


def client_of(node: Node) -> Any:
    from colnode.testing.fixtures import _client

    return _client(node)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("make", [pmtiles, mbtiles])
def test_own_raster_tiles_are_served(
    make_node: Callable[..., Node], tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    file = make(tmp_path / "city.tiles")
    client = client_of(make_node(plugin_settings={"map": {"tiles_file": str(file)}}))
    answer = client.get("/map/tiles/3/4/2")
    assert (answer.content_type, answer.data) == ("image/png", PNG)
    for nothing in ("3/4/3", "9/0/0", "3/99/2", "99/0/0"):
        assert client.get(f"/map/tiles/{nothing}").status_code == 404
    assert "/map/tiles/{z}/{x}/{y}" in client.get("/map").get_data(as_text=True)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: pmtiles(path, TileType.MVT), "vector tiles"),
        (lambda path: mbtiles(path, "pbf"), "vector tiles"),
        (lambda path: path, "cannot be read"),
        (lambda path: path.write_bytes(b"hello") and path, "neither"),
        (lambda path: path.write_bytes(b"PMTiles\x03 torn") and path, "damaged"),
        (lambda path: path.write_bytes(b"SQLite format 3\x00 torn") and path, "damaged"),
    ],
    ids=["vector pmtiles", "vector mbtiles", "missing", "other", "torn pmtiles", "torn mbtiles"],
)
def test_tiles_that_cannot_be_shown_stop_the_start(
    make_node: Callable[..., Node], tmp_path: Path, make: Callable[[Path], Path], says: str
) -> None:
    file = make(tmp_path / "city.tiles")
    with pytest.raises(ConfigurationError, match=says):
        make_node(plugin_settings={"map": {"tiles_file": str(file)}})


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("address", ["tiles.example.org", "https://tiles.example.org/{z}/{x}"])
def test_a_wrong_tile_address_stops_the_start(make_node: Callable[..., Node], address: str) -> None:
    with pytest.raises(ConfigurationError, match="tile_url should look like"):
        make_node(plugin_settings={"map": {"tile_url": address}})


@pytest.mark.databases("sqlite")
def test_a_tile_host_is_allowed_on_the_map_only_and_named_on_the_privacy_page(
    make_node: Callable[..., Node],
) -> None:
    address = "https://tiles.example.org/{z}/{x}/{y}.png"
    client = client_of(make_node(plugin_settings={"map": {"tile_url": address}}))
    policy = client.get("/map").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://tiles.example.org;" in policy
    assert "tiles.example.org" not in client.get("/search").headers["Content-Security-Policy"]
    assert "https://tiles.example.org" in client.get("/privacy").get_data(as_text=True)


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def feature(kind: str, geometry_type: str, coordinates: Any, **more: Any) -> dict[str, Any]:
    geometry = {"type": geometry_type, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"kind": kind, **more}, "geometry": geometry}


def send(client: Any, data: bytes) -> Any:
    return client.post(
        "/admin/map/background", data={"background": (BytesIO(data), "city.geojson")}
    )


@pytest.fixture
def admin(client: Any, sign_in: Any, make_person: Callable[..., Any]) -> Any:
    """A city admin who is signed in."""
    person = make_person("admin@example.org", is_admin=True)
    sign_in(client, person)
    return person


def test_an_admin_changes_the_background(client: Any, admin: Any) -> None:
    assert client.get("/map/background.geojson").status_code == 404
    sent = send(client, collection(feature("park", "Polygon", [SQUARE], name="Big Park", secret=1)))
    assert sent.status_code == 303
    document = client.get("/map/background.geojson").get_json(force=True)
    assert document["features"][0]["properties"] == {"kind": "park", "name": "Big Park"}
    assert "/map/background.geojson?v=" in client.get("/map").get_data(as_text=True)
    client.post("/admin/map/background", data={"remove": "1"})
    assert client.get("/map/background.geojson").status_code == 404


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{", "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b'{"type": "Topology"}', "FeatureCollection"),
        (collection(), "no features"),
        (collection(feature("park", "Polygon", [[[999, 1]]])), "Feature 1 has wrong coordinates"),
        (collection(feature("park", "Blob", [])), "Feature 1 has no shape"),
        (collection(feature("cheese", "Polygon", [SQUARE])), "No feature says what it is"),
    ],
)
def test_a_wrong_background_is_refused_and_the_old_one_stays(
    client: Any, admin: Any, data: bytes, says: str
) -> None:
    send(client, collection(feature("water", "Polygon", [SQUARE])))
    answer = send(client, data)
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert "water" in client.get("/map/background.geojson").get_data(as_text=True)


def test_a_background_has_a_limit() -> None:
    with pytest.raises(TooLarge, match="at most 2 MB"):
        backgrounds.check_geojson(b" " * 2_000_001)


def test_only_an_admin_changes_the_background(client: Any, editor: Any) -> None:
    assert send(client, collection(feature("park", "Polygon", [SQUARE]))).status_code == 403


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("name", ["vilnius", "ljubljana"])
def test_the_backgrounds_that_come_along_are_right(name: str) -> None:
    folder = Path(backgrounds.__file__).parent / "data"
    assert backgrounds.check_geojson((folder / f"{name}.geojson").read_bytes())


def test_the_library_of_the_map_is_served_from_here_and_small(client: Any) -> None:
    answer = client.get("/map/leaflet/leaflet.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 50_000
    assert b"leaflet" in gzip.decompress(answer.data).lower()
    assert client.get("/map/leaflet/..%2f..%2fsecret").status_code == 404


def test_the_world_is_there_without_any_setting(client: Any) -> None:
    world = client.get("/map/world.geojson").get_json(force=True)
    assert {feature["properties"]["kind"] for feature in world["features"]} == {"land", "border"}
