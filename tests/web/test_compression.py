"""Text travels compressed, secrets and pictures don't."""

import gzip

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""

GZIP = {"Accept-Encoding": "gzip"}


@pytest.mark.parametrize("path", ["/", "/static/css/components.css", "/static/js/copy.js"])
def test_public_text_is_compressed_and_the_same_when_unpacked(
    client: FlaskClient, path: str
) -> None:
    with client.get(path) as plain, client.get(path, headers=GZIP) as packed:
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) < 0.6 * len(plain.data)
        assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_page_with_a_form_token_is_never_compressed(client: FlaskClient) -> None:
    page = client.get("/sign-in", headers=GZIP)
    assert b"csrf_token" in page.data
    assert "Content-Encoding" not in page.headers


def test_a_file_that_did_not_change_is_not_sent_again(client: FlaskClient) -> None:
    with client.get("/static/css/base.css", headers=GZIP) as first:
        known = {**GZIP, "If-None-Match": first.headers["ETag"]}
    with client.get("/static/css/base.css", headers=known) as again:
        assert again.status_code == 304


def test_the_first_page_weighs_less_than_a_hundred_kilobytes(client: FlaskClient) -> None:
    page = client.get("/").data.decode()
    names = [part.split('"')[0] for part in page.split('href="')[1:]]
    names += [part.split('"')[0] for part in page.split('src="')[1:]]
    files = {name for name in names if name.partition("?")[0].endswith((".css", ".js"))}
    assert len(files) >= 7
    total = 0
    for name in ("/", *files):
        with client.get(name, headers=GZIP) as answer:
            total += len(answer.data)
    assert total < 100_000
