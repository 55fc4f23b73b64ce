"""Pictures on disk and in the table, and copies of other cities' pictures."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from colnode import media
from colnode.errors import ConfigurationError, Invalid, NotFound, TooLarge, Unavailable, Untrusted
from colnode.node import Node
from tests.media.test_pictures import drawn, svg


def test_a_picture_is_named_by_the_digest_of_what_is_kept(node: Node) -> None:
    with node.unit():
        kept = media.store(node, drawn("PNG"))
        data = media.read(node, kept.digest)
    assert hashlib.sha256(data).hexdigest() == kept.digest
    assert len(data) == kept.byte_count
    file = node.config.data_dir / "media" / kept.digest[:2] / f"{kept.digest}.png"
    assert file.read_bytes() == data


def test_the_same_picture_twice_is_kept_once(node: Node) -> None:
    with node.unit():
        first = media.store(node, drawn("JPEG"))
    with node.unit():
        second = media.store(node, drawn("JPEG"))
    assert first.digest == second.digest
    assert len([path for path in node.config.data_dir.rglob("*.jpg")]) == 1


def test_a_pdf_file_is_kept_as_it_came_and_is_no_picture(node: Node) -> None:
    data = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
    with node.unit():
        kept = media.store_document(node, data)
        picture = media.store(node, drawn("PNG"))
    with node.reading():
        assert media.document_of(node, kept.digest).path.read_bytes() == data
        with pytest.raises(NotFound):
            media.file_of(node, kept.digest)
        with pytest.raises(NotFound):
            media.document_of(node, picture.digest)
    for broken in (b"%PDF-1.7 cut off", b"<html>%%EOF"):
        with pytest.raises(Invalid), node.unit():
            media.store_document(node, broken)


def test_a_torn_picture_leaves_nothing_behind(node: Node) -> None:
    with pytest.raises(Invalid), node.unit():
        media.store(node, drawn("PNG", size=(300, 300))[:-50])
    assert not (node.config.data_dir / "media").exists()


def test_a_picture_that_nobody_kept_is_not_found(node: Node) -> None:
    with node.reading():
        for digest in ("0" * 64, "../../keys/node.key"):
            with pytest.raises(NotFound):
                media.read(node, digest)
            with pytest.raises(NotFound):
                media.file_of(node, digest, width=320)


def test_a_thumbnail_is_made_once_and_small(node: Node) -> None:
    with node.unit():
        kept = media.store(node, drawn("JPEG", size=(1200, 900)))
        small = media.file_of(node, kept.digest, width=320)
        written_at = small.path.stat().st_mtime_ns
        again = media.file_of(node, kept.digest, width=320)
    assert small.media_type == "image/webp"
    with Image.open(small.path) as image:
        assert image.size == (320, 240)
    assert again.path.stat().st_mtime_ns == written_at


def test_a_small_picture_and_an_svg_are_their_own_thumbnails(node: Node) -> None:
    with node.unit():
        small = media.store(node, drawn("PNG"))
        vector = media.store(node, svg("<rect width='9' height='9'/>"))
        assert media.file_of(node, small.digest, width=320).media_type == "image/png"
        assert media.file_of(node, vector.digest, width=640).media_type == "image/svg+xml"


def test_a_width_that_is_not_offered_is_not_found(node: Node) -> None:
    with node.unit():
        kept = media.store(node, drawn("PNG", size=(900, 900)))
        with pytest.raises(NotFound):
            media.file_of(node, kept.digest, width=321)


def test_a_folder_that_cannot_be_written_to_is_named(node: Node) -> None:
    (node.config.data_dir / "media").write_text("a file where the folder should be")
    with pytest.raises(ConfigurationError, match="media") as caught, node.unit():
        media.store(node, drawn("PNG"))
    assert "cannot be written to" in str(caught.value)


@pytest.fixture
def other_city() -> Iterator[tuple[str, dict[str, bytes]]]:
    pictures: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pictures.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", pictures
    server.shutdown()
    server.server_close()


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_picture_of_another_city_is_proven_and_served_from_an_own_copy(
    node: Node, other_city: tuple[str, dict[str, bytes]]
) -> None:
    address, pictures = other_city
    original = drawn("JPEG", comment=b"hidden")
    pictures["/p.jpg"] = original
    digest = digest_of(original)
    data = media.fetch_foreign(node, f"{address}/p.jpg", digest=digest, byte_count=len(original))
    with node.unit():
        media.store_foreign(node, data, origin_id="n_other", digest=digest)
    with node.reading():
        copy = media.find_copy(node, origin_id="n_other", digest=digest)
        assert copy is not None
        assert b"hidden" not in media.read(node, copy.digest)
        assert media.find_copy(node, origin_id="n_third", digest=digest) is None


def test_a_picture_that_is_not_the_one_named_is_not_believed(
    node: Node, other_city: tuple[str, dict[str, bytes]]
) -> None:
    address, pictures = other_city
    named, served = drawn("PNG"), drawn("PNG", size=(41, 20))
    pictures["/p.png"] = served
    with pytest.raises((Untrusted, TooLarge)):
        media.fetch_foreign(
            node, f"{address}/p.png", digest=digest_of(named), byte_count=len(served)
        )
    with pytest.raises((Untrusted, TooLarge)):
        media.fetch_foreign(
            node, f"{address}/p.png", digest=digest_of(served), byte_count=len(served) - 1
        )
    with pytest.raises(Unavailable, match="404"):
        media.fetch_foreign(node, f"{address}/x", digest=digest_of(named), byte_count=9)


def test_a_city_cannot_fill_the_disk_with_pictures(node: Node, tmp_path: Path) -> None:
    small = replace(node.config.federation, bytes_per_origin=1000)
    node.config = replace(node.config, federation=small)
    noise = BytesIO()
    Image.effect_noise((60, 60), 100).save(noise, "PNG")
    data = noise.getvalue()
    with pytest.raises(TooLarge, match="more space"), node.unit():
        media.store_foreign(node, data, origin_id="n_other", digest=digest_of(data))
