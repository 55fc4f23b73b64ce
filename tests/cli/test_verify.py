"""`colnode verify`: exit codes and what is printed, without a node and without a network."""

import json
import threading
import uuid
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from colnode.openbadges.baking import bake_png, bake_svg
from colnode.openbadges.building import (
    AchievementData,
    IssuerProfile,
    StatusEntry,
    Subject,
    build_credential,
)
from colnode.openbadges.issuing import issue
from colnode.openbadges.keys import SigningKey
from tests.cli.conftest import Run


def badge(name: str = "First Aid", **members: object) -> bytes:
    """A signed badge whose issuer is its key, so that nobody needs to be asked."""
    key = SigningKey.generate()
    issuer = f"did:key:{key.multibase}"
    start = datetime(2026, 1, 1, tzinfo=UTC)
    credential = build_credential(
        id=f"urn:uuid:{uuid.uuid4()}",
        achievement=AchievementData(
            id=f"urn:uuid:{uuid.uuid4()}",
            name=name,
            description="Knows what to do first.",
            criteria_narrative="Took part in both evenings.",
        ),
        issuer=IssuerProfile(id=issuer, name="Red Cross of Testville"),
        subject=Subject(id=f"urn:uuid:{uuid.uuid4()}"),
        valid_from=start,
        **members,  # type: ignore[arg-type]
    )
    method = f"{issuer}#{key.multibase}"
    return issue(credential, key=key, verification_method=method, created=start)


def png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><rect width='8' height='8'/></svg>"


@pytest.mark.parametrize("form", ["json", "png", "svg"])
def test_a_valid_badge_ends_with_0_in_every_form(colnode: Run, tmp_path: Path, form: str) -> None:
    signed = badge()
    data = {"json": signed, "png": bake_png(png(), signed), "svg": bake_svg(SVG, signed)}[form]
    (tmp_path / "badge").write_bytes(data)
    done = colnode("verify", "badge")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("VALID\nFirst Aid, issued by Red Cross of Testville\n")
    assert "✓ The signature fits" in done.stdout


def test_standard_input_is_read(colnode: Run) -> None:
    assert colnode("verify", "-", typed=badge().decode()).returncode == 0


def test_a_forged_badge_ends_with_1_and_says_why(colnode: Run, tmp_path: Path) -> None:
    forged = badge().replace(b"First Aid", b"Brain Surgery")
    (tmp_path / "badge.json").write_bytes(forged)
    done = colnode("verify", "badge.json", "--json")
    assert done.returncode == 1
    verdict = json.loads(done.stdout)
    assert verdict["verdict"] == "invalid"
    assert "proof_invalid" in {finding["id"] for finding in verdict["findings"]}


def test_a_half_signed_badge_ends_with_1(colnode: Run, tmp_path: Path) -> None:
    document = json.loads(badge())
    document["https://www.w3.org/2018/credentials#validUntil"] = "2020-01-01T00:00:00Z"
    (tmp_path / "badge.json").write_text(json.dumps(document))
    done = colnode("verify", "badge.json", "--json")
    assert done.returncode == 1
    assert "member_unsafe" in done.stdout


def test_what_cannot_be_found_out_ends_with_2(colnode: Run, tmp_path: Path) -> None:
    listed = badge(status=(StatusEntry("https://nowhere.example/status/1", 7),))
    (tmp_path / "badge.json").write_bytes(listed)
    done = colnode("verify", "badge.json", "--offline")
    assert done.returncode == 2
    assert "? Whether the badge was revoked could not be asked." in done.stdout


@pytest.mark.parametrize("data", [b"hello", b"{}", b"", png(), SVG, b"%PDF-1.7"])
def test_another_file_ends_with_3(colnode: Run, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    done = colnode("verify", "file", "--json")
    assert done.returncode == 3, done.stdout
    assert json.loads(done.stdout)["verdict"] == "not_a_badge"


def test_a_torn_picture_is_no_success(colnode: Run, tmp_path: Path) -> None:
    (tmp_path / "badge.png").write_bytes(bake_png(png(), badge())[:300])
    done = colnode("verify", "badge.png")
    assert done.returncode in {1, 3}
    assert "picture" in done.stdout


def test_a_missing_file_is_no_verdict(colnode: Run, tmp_path: Path) -> None:
    for name in ("missing.json", str(tmp_path)):
        done = colnode("verify", name)
        assert done.returncode == 66
        assert len(done.stderr.splitlines()) == 1


def test_a_badge_does_not_write_to_the_terminal_what_it_likes(colnode: Run, tmp_path: Path) -> None:
    document = json.loads(badge())
    document["credentialSubject"]["achievement"]["name"] = "\x1b]0;owned\x07VALID"
    (tmp_path / "badge.json").write_text(json.dumps(document))
    done = colnode("verify", "badge.json")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_this_machine_is_asked_only_where_that_is_allowed(colnode: Run, tmp_path: Path) -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        listed = badge(status=(StatusEntry(f"http://localhost:{server.server_port}/list", 7),))
        (tmp_path / "badge.json").write_bytes(listed)
        assert colnode("verify", "badge.json").returncode == 2
        assert asked == []
        assert colnode("verify", "badge.json", "--allow-loopback").returncode == 2
        assert asked == ["/list"]
        server.shutdown()
