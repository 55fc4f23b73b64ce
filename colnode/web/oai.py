"""The address that harvesters ask: OAI-PMH 2.0, by GET and by POST."""

from flask import Blueprint, Response, request

from colnode.web.auth import current_node, reads_only, require

__all__ = ["bp"]

bp = Blueprint("oai", __name__)


@bp.route("/oai", methods=["GET", "POST"])
@require("public.read")
@reads_only
def answer() -> Response:
    """Own records as Dublin Core. Errors of the protocol are answers, with status 200."""
    from colnode.federation import oai_pmh

    node = current_node()
    arguments = (request.form if request.method == "POST" else request.args).to_dict(flat=False)
    base_url = f"{node.config.server.base_url}/oai"
    response = Response(oai_pmh.answer(node, arguments, base_url=base_url), mimetype="text/xml")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-cache"
    return response
