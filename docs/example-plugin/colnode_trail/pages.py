"""Pages: parse, call one verb, render. Each route names its permission."""

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    Invalid,
    catalogue,
    current_node,
    current_person,
    error_text,
    facet_groups,
    gettext,
    render,
    require,
    setting,
    url,
)
from colnode_trail import service
from colnode_trail.records import LEVELS, level_word

bp = Blueprint("trail", __name__)


@bp.route("/trails")
@require("public.read")
def index() -> ResponseReturnValue:
    """Trails of this and of other cities, by level."""
    node = current_node()
    level = dict(word.partition(":")[::2] for word in request.args.getlist("facet"))
    found = catalogue.search(
        node,
        catalogue.Query(
            types=("trail",),
            facets={"trail_level": [level["trail_level"]] if "trail_level" in level else []},
            own_first=True,
            with_facets=True,
        ),
    )
    return render(
        "trail/index.html",
        greeting=setting(node, "trail.greeting"),
        records=found.items,
        groups=facet_groups(found.facets, "trail.index"),
    )


@bp.route("/trails/<trail_id>")
@require("public.read")
def show(trail_id: str) -> ResponseReturnValue:
    """One trail."""
    node, person = current_node(), current_person()
    trail = service.get(node, trail_id)
    has_walked = person is not None and trail_id in service.walked(node, person.id)
    return render(
        "trail/show.html", trail=trail, level=level_word(trail.level), has_walked=has_walked
    )


@bp.route("/trails/<trail_id>/walk", methods=["POST"])
@require("trail.walk")
def walk(trail_id: str) -> ResponseReturnValue:
    """Say that one has walked it."""
    person = current_person()
    assert person is not None
    service.walk(current_node(), trail_id, person_id=person.id)
    flash(gettext("Noted. Well done!"), "success")
    return redirect(url("trail.show", trail_id=trail_id))


@bp.route("/trails/new", methods=["GET", "POST"])
@require("trail.edit")
def new() -> ResponseReturnValue:
    """Lay a trail out."""
    person = current_person()
    if request.method != "POST" or person is None:
        return _form({}, {}, 200)
    form = request.form
    try:
        trail = service.lay_out(
            current_node(),
            title={current_node().config.main_language: form.get("title", "")},
            level=form.get("level", ""),
            actor_id=person.id,
        )
    except Invalid as error:
        faults = {name: error_text(text, {}) for name, text in error.fields.items()}
        return _form(form, faults, error.status)
    return redirect(url("trail.show", trail_id=trail.id))


def _form(values: object, errors: object, status: int) -> ResponseReturnValue:
    levels = [(level, level_word(level)) for level in LEVELS]
    return render("trail/new.html", values=values, errors=errors, levels=levels), status
