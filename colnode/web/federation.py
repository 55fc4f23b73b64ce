"""The public endpoints that other cities read: checkpoint, identity, entries, snapshot.

docs/federation.md is the contract. Everything here is public, cacheable and without cookies.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, jsonify, request

import colnode
from colnode.errors import Invalid, _
from colnode.federation import hints, proving, relaying, serving
from colnode.web.auth import current_node, require

bp = Blueprint("federation", __name__)

_NDJSON = "application/x-ndjson"
_JSON = "application/json"
_PAGE_LEVEL, _SNAPSHOT_LEVEL = 4, 1  # a page is packed well, a snapshot fast
_SHORTEST_GZIP = 512


@bp.after_request
def _open_to_all(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers.setdefault("Cache-Control", "no-cache")
    response.vary.add("Accept-Encoding")
    return response


@bp.route("/.well-known/colnode")
@require("public.read")
def well_known() -> Response:
    """Who is here, for people and directories; what counts is signed."""
    node = current_node()
    return jsonify(
        node=node.id,
        base_url=node.config.server.base_url,
        versions=[1],
        software=f"colnode/{colnode.__version__}",
    )


@bp.route("/federation/v1/checkpoint")
@require("public.read")
def checkpoint() -> Response:
    """The newest signed checkpoint, answered from memory."""
    head = serving.current_head(current_node())
    response = Response(head.note, content_type="text/plain; charset=utf-8")
    return _with_etag(response, head.etag)


@bp.route("/federation/v1/identity")
@require("public.read")
def identity() -> Response:
    """The identity entries of this node."""
    return _answer(serving.identity_lines(current_node()))


@bp.route("/federation/v1/entries")
@require("public.read")
def entries() -> Response:
    """Entries after a seq, up to 1,000 or 2 MiB."""
    node = current_node()
    types = [name for name in request.args.get("types", "").split(",") if name]
    after = _number("after", request.args.get("after", "0"))
    epoch = request.args.get("epoch")
    page = serving.entries_page(
        node, after, types=types, epoch=None if epoch is None else _number("epoch", epoch)
    )
    return _answer(page.lines)


@bp.route("/federation/v1/snapshot/<size>")
@require("public.read")
def snapshot(size: str) -> Response:
    """All live records at a signed size; `after` continues an interrupted reading."""
    after = _number("after", request.args.get("after", "0"))
    return _stream(serving.snapshot(current_node(), _number("size", size), after=after))


@bp.route("/federation/v1/origins/<origin>/checkpoint")
@require("public.read")
def origin_checkpoint(origin: str) -> Response:
    """The checkpoint up to which this node has read another city."""
    note = relaying.checkpoint_of(current_node(), origin)
    response = Response(note, content_type="text/plain; charset=utf-8")
    return _with_etag(response, hashlib.sha256(note).hexdigest()[:32])


@bp.route("/federation/v1/origins/<origin>/identity")
@require("public.read")
def origin_identity(origin: str) -> Response:
    """The identity entries of a city that this node reads."""
    return _answer(relaying.identity_of(current_node(), origin))


@bp.route("/federation/v1/origins/<origin>/snapshot/<size>")
@require("public.read")
def origin_snapshot(origin: str, size: str) -> Response:
    """All live records of a city that this node reads, at the size that it holds."""
    after = _number("after", request.args.get("after", "0"))
    return _stream(relaying.snapshot_of(current_node(), origin, _number("size", size), after=after))


def _stream(pieces: Iterator[bytes]) -> Response:
    if not _takes_gzip():
        return Response(pieces, content_type=_NDJSON)
    response = Response(_gzipped(pieces), content_type=_NDJSON)
    response.content_encoding = "gzip"
    return response


@bp.route("/federation/v1/records/<record_type>/<record_id>")
@require("public.read")
def record(record_type: str, record_id: str) -> Response:
    """One record with the checkpoint and the proofs that it is in the log and current."""
    return _answer(proving.bundle(current_node(), f"{record_type}/{record_id}"), _JSON)


@bp.route("/federation/v1/consistency")
@require("public.read")
def consistency() -> Response:
    """The proof that the log of `from` entries begins the log of `to` entries."""
    first, second = (_number(name, request.args.get(name, "")) for name in ("from", "to"))
    return _answer(proving.consistency(current_node(), first, second), _JSON)


@bp.route("/federation/v1/leaves")
@require("public.read")
def leaves() -> Response:
    """Leaf hashes after a seq, up to 65,536, 32 bytes each."""
    after = _number("after", request.args.get("after", "0"))
    data = proving.leaves(current_node(), after)
    response = Response(data, content_type="application/octet-stream")
    return _with_etag(response, hashlib.sha256(data).hexdigest()[:32])


@bp.route("/federation/v1/hint", methods=["POST"])
@require("public.read")
def hint() -> Response:
    """Somebody says that a log has grown. Whatever it is worth, the answer is the same."""
    if (request.content_length or 0) <= hints.MAX_BYTES:
        hints.take(current_node(), request.stream.read(hints.MAX_BYTES + 1))
    return Response(status=202)


def _answer(text: bytes, content_type: str = _NDJSON) -> Response:
    data, zipped = text, _takes_gzip() and len(text) >= _SHORTEST_GZIP
    if zipped:
        data = gzip.compress(text, _PAGE_LEVEL, mtime=0)
    response = Response(data, content_type=content_type)
    if zipped:
        response.content_encoding = "gzip"
    return _with_etag(response, hashlib.sha256(data).hexdigest()[:32])


def _with_etag(response: Response, etag: str) -> Response:
    response.set_etag(etag)
    response.make_conditional(request)
    return response


def _gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_SNAPSHOT_LEVEL, zlib.DEFLATED, 31)
    for piece in pieces:
        packed = packer.compress(piece)
        if packed:
            yield packed
    yield packer.flush()


def _takes_gzip() -> bool:
    return request.accept_encodings["gzip"] > 0


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 16:
        raise Invalid(_("{name} should be a whole number."), name=name)
    return int(text)
