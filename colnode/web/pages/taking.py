"""What a holder takes along: certificate, JWT, learner records, everything as one archive."""

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from colnode.badges import certificate, passport, stamps, taking
from colnode.errors import NotFound, _
from colnode.web.auth import current_node, current_person, current_person_id, require
from colnode.web.documents import unlisted
from colnode.web.rendering import render

__all__ = ["bp"]

bp = Blueprint("taking", __name__)


@bp.route("/my-badges/take")
@require("account.use")
def take() -> ResponseReturnValue:
    """Everything that can be taken along at once."""
    node, person_id = current_node(), current_person_id()
    return render(
        "passport/take.html",
        count=len(stamps.list_stamps(node, person_id)),
        parts=taking.count_records(node, person_id),
    )


@bp.route("/my-badges/my-badges.zip")
@require("account.use")
def everything() -> Response:
    """All badges in one archive."""
    made = taking.as_zip(current_node(), current_person_id(), language=_language())
    response = send_file(
        made, mimetype="application/zip", as_attachment=True, download_name="my-badges.zip"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.route("/my-badges/learner-record-<int:part>.json")
@require("account.use")
def learner_record(part: int) -> Response:
    """One learner record (CLR 2.0), signed now by the city."""
    document = taking.learner_record(current_node(), current_person_id(), part=part)
    return _download(document, "application/vc", f"learner-record-{part}.json")


@bp.route("/credentials/<address>.jwt")
@require("account.use")
def jwt(address: str) -> Response:
    """The badge as a VC-JWT, for its holder: it is signed when it is asked for."""
    held = passport.open_credential(current_node(), address, viewer_id=current_person_id())
    if held.person_id != current_person_id():
        raise NotFound(_("There is no such badge among yours."))
    signed = taking.as_jwt(current_node(), held).encode("ascii")
    return _download(signed, "application/jwt", f"badge-{address[:8]}.jwt")


@bp.route("/credentials/<address>/certificate.pdf")
@require("public.read")
def paper(address: str) -> Response:
    """The badge on paper; with the name that its holder gave when they ask for it so."""
    node, person = current_node(), current_person()
    held = passport.open_credential(node, address, viewer_id=person.id if person else None)
    is_holder = person is not None and person.id == held.person_id
    name = person.display_name if person and is_holder and "name" in request.args else None
    made = certificate.draw(node, held, language=_language(), name=name)
    return _download(made, "application/pdf", f"badge-{address[:8]}.pdf")


def _language() -> str:
    return str(get_locale() or "en").split("_")[0]


def _download(data: bytes, media_type: str, name: str) -> Response:
    response = Response(data, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return unlisted(response)
