"""Making a badge: the form with its live drawing, publishing, retiring, and its page to manage."""

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from colnode.badges import (
    achievements,
    applications,
    art,
    claims,
    codes,
    images,
    measuring,
    offers,
    passport,
    states,
)
from colnode.badges.kinds import KINDS, LICENCES, RESULT_KINDS
from colnode.errors import Conflict, Invalid
from colnode.identity import organisations, people
from colnode.web import badge_forms
from colnode.web.auth import current_node, current_person_id, require
from colnode.web.documents import picture
from colnode.web.icons import icon
from colnode.web.rendering import error_text, language_name, pick_language, render

if TYPE_CHECKING:
    from colnode.badges.models import Achievement
    from colnode.identity.models import Organisation

__all__ = ["bp"]

bp = Blueprint("organiser_badges", __name__)

_HOLDERS_A_PAGE = 50
_OFFERS_SHOWN = 200

ICONS = (
    "award", "book-open", "bot", "brush", "camera", "chef-hat", "clapperboard", "code", "compass",
    "cpu", "drama", "dumbbell", "flame", "flask-conical", "flower-2", "globe", "graduation-cap",
    "guitar", "hammer", "handshake", "heart-pulse", "landmark", "languages", "leaf", "lightbulb",
    "map", "mic", "microscope", "mountain", "music", "palette", "pen-tool", "puzzle", "recycle",
    "rocket", "scissors", "ship", "sprout", "star", "telescope", "tent", "trophy", "users",
    "wrench",
)  # fmt: skip


@bp.route("/organiser/badge-art.svg")
@require("account.use")
def preview() -> Response:
    """The drawing of what is in the form, while it is being filled in."""
    asked = request.args
    main = asked.get("main_language") or current_node().config.main_language
    title = asked.get(f"name.{main}") or next(
        (text for key, text in asked.items() if key.startswith("name.") and text), _("Your badge")
    )
    spec = images.art_spec(badge_forms.read_art(asked), title=title, foot=asked.get("foot", ""))
    return picture(art.draw_svg(spec).encode("utf-8"), "image/svg+xml", is_public=False)


@bp.route("/organiser/<organisation_id>/badges/new", methods=["GET", "POST"])
@require("badge.edit")
def new(organisation_id: str) -> ResponseReturnValue:
    """Make a badge; it starts as a draft."""
    node = current_node()
    organisation = organisations.get_organisation(node, organisation_id)
    if request.method != "POST":
        values = {"seed": secrets.token_hex(4), "shape": "scallop", "icon": "award"}
        return _form(organisation, None, values, {})
    try:
        made = achievements.create(
            node,
            organisation_id,
            content=badge_forms.read_content(node, picture=None),
            actor_id=current_person_id(),
        )
    except Invalid as error:
        return _form(organisation, None, _typed(), error.fields), 422
    flash(_("Saved as a draft. Nobody else sees it yet."), "success")
    return redirect(url_for("organiser_badges.manage", achievement_id=made.id))


@bp.route("/organiser/badges/<achievement_id>/edit", methods=["GET", "POST"])
@require("badge.edit", organisation_of=achievements)
def edit(achievement_id: str) -> ResponseReturnValue:
    """Change a badge. What was given stays as it was signed."""
    node = current_node()
    achievement = achievements.get_achievement(node, achievement_id)
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    if request.method != "POST":
        values = badge_forms.form_values(achievements.content_of(achievement))
        return _form(organisation, achievement, values, {})
    try:
        achievements.edit(
            node,
            achievement_id,
            content=badge_forms.read_content(
                node,
                picture=achievement.picture,
                source=achievements.content_of(achievement).more.source,
            ),
            actor_id=current_person_id(),
            revision=request.form.get("revision", type=int),
        )
    except Invalid as error:
        return _form(organisation, achievement, _typed(), error.fields), 422
    except Conflict as error:
        typed = _typed() | {"revision": achievement.revision}
        return _form(organisation, achievement, typed, {"name": error.message}), 409
    flash(_("Saved. Badges that were given already stay as they were."), "success")
    return redirect(url_for("organiser_badges.manage", achievement_id=achievement_id))


@bp.route("/organiser/badges/<achievement_id>")
@require("badge.award", organisation_of=achievements)
def manage(achievement_id: str) -> ResponseReturnValue:
    """One badge with its holders, open offers and links."""
    node = current_node()
    achievement = achievements.get_achievement(node, achievement_id)
    count = passport.count_holders(node, achievement_id)
    pages = max(1, -(-count // _HOLDERS_A_PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    held = passport.list_holders(
        node, achievement_id, limit=_HOLDERS_A_PAGE, offset=(page - 1) * _HOLDERS_A_PAGE
    )
    return render(
        "organiser/manage.html",
        achievement=achievement,
        organisation=organisations.get_organisation(node, achievement.organisation_id),
        holders=[(badge, people.get_person(node, badge.person_id).display_name) for badge in held],
        count=count,
        page=page,
        pages=pages,
        offers=offers.list_offers(node, achievement_id, limit=_OFFERS_SHOWN),
        claim_links=[
            (link, claims.is_open(node, link)) for link in claims.list_links(node, achievement_id)
        ],
        sheets=codes.list_sheets(node, achievement_id),
        requests_waiting=applications.count_waiting(node, achievement_id=achievement_id),
        suspensions=states.suspensions(node, [badge.credential.id for badge in held]),
        rate=measuring.claim_rate(node, achievement_id=achievement_id),
        now=node.clock.now(),
    )


@bp.route("/organiser/badges/<achievement_id>/publish", methods=["POST"])
@require("badge.edit", organisation_of=achievements)
def publish(achievement_id: str) -> ResponseReturnValue:
    """Show it to everybody and let it be given."""
    try:
        achievements.publish(current_node(), achievement_id, actor_id=current_person_id())
    except Invalid as error:
        for message in error.fields.values():
            flash(error_text(message, {}), "error")
        return redirect(url_for("organiser_badges.edit", achievement_id=achievement_id))
    flash(_("Published. Everybody can see the badge, and you can give it now."), "success")
    return redirect(url_for("organiser_badges.manage", achievement_id=achievement_id))


@bp.route("/organiser/badges/<achievement_id>/retire", methods=["GET", "POST"])
@require("badge.edit", organisation_of=achievements)
def retire(achievement_id: str) -> ResponseReturnValue:
    """Stop giving a badge; asks first."""
    achievement = achievements.get_achievement(current_node(), achievement_id)
    if request.method != "POST":
        return render("organiser/retire.html", achievement=achievement)
    achievements.retire(current_node(), achievement_id, actor_id=current_person_id())
    flash(_("Retired. Everybody who has the badge keeps it."), "success")
    return redirect(url_for("organiser_badges.manage", achievement_id=achievement_id))


def _form(
    organisation: "Organisation",
    achievement: "Achievement | None",
    values: Mapping[str, Any],
    errors: Mapping[str, str],
) -> str:
    codes = current_node().config.city.languages
    return render(
        "organiser/badge_form.html",
        organisation=organisation,
        achievement=achievement,
        values=values,
        preview=_preview(organisation, values),
        errors={name: error_text(message, {}) for name, message in errors.items()},
        languages_of_form=[(code, language_name(code)) for code in codes],
        rows={name: _rows_shown(values, name) for name in ("match", "result")},
        result_kinds=[(kind, _result_kind_name(kind)) for kind in RESULT_KINDS],
        licences=[(licence, licence) for licence in LICENCES],
        kinds=[(kind, _kind_name(kind)) for kind in KINDS],
        shapes=[(str(shape), _outline(shape), _shape_name(shape)) for shape in art.Shape],
        colours=[(str(colour), _swatch(colour), _colour_name(colour)) for colour in art.Colour],
        icons=[(name, icon(name), name.replace("-", " ")) for name in ICONS],
    )


def _preview(organisation: "Organisation", values: Mapping[str, Any]) -> dict[str, str]:
    """The query of the drawing as the form stands."""
    texts: Mapping[str, str] = values.get("name", {})
    query = {f"name.{language}": text[:100] for language, text in texts.items() if text}
    query |= {name: str(values[name]) for name in badge_forms.ART if values.get(name)}
    return query | {"foot": pick_language(organisation.name)}


def _typed() -> dict[str, Any]:
    """The form as it was sent, language fields gathered again."""
    values: dict[str, Any] = {"name": {}, "description": {}, "criteria": {}}
    for key, text in request.form.items():
        name, dot, language = key.partition(".")
        if dot and name in values:
            values[name][language] = text
        elif not dot or name in ("match", "result"):
            values[key] = text
    return values


def _outline(shape: "art.Shape") -> Markup:
    return Markup(
        '<svg viewBox="-270 -270 540 540" width="40" height="40" aria-hidden="true">'
        '<path d="{}" fill="currentColor"/></svg>'
    ).format(art.outline(shape).path)


def _swatch(colour: "art.Colour") -> Markup:
    return Markup(
        '<svg viewBox="0 0 24 24" width="32" height="32" aria-hidden="true">'
        '<circle cx="12" cy="12" r="11" fill="{}"/></svg>'
    ).format(art.LINE_COLOURS[colour])


def _rows_shown(values: Mapping[str, Any], name: str) -> range:
    """The rows that say something and one more to fill in."""
    numbers = [
        int(key.split(".")[1])
        for key, text in values.items()
        if key.startswith(f"{name}.") and text and not key.endswith(".kind")
    ]
    return range(min(badge_forms.ROWS, max(numbers, default=-1) + 2))


def _result_kind_name(kind: str) -> str:
    names: Mapping[str, str] = {
        "Result": _("A few words"),
        "Percent": _("Per cent"),
        "RawScore": _("Points"),
        "LetterGrade": _("A grade"),
        "RubricCriterionLevel": _("One of several levels"),
        "Status": _("Passed or not"),
    }
    return names[kind]


def _kind_name(kind: str) -> str:
    names: Mapping[str, str] = {
        "Badge": _("Badge"),
        "Certificate": _("Certificate"),
        "Competency": _("Competence"),
        "Course": _("Course"),
        "Membership": _("Membership"),
        "MicroCredential": _("Micro-credential"),
    }
    return names[kind]


def _shape_name(shape: "art.Shape") -> str:
    names: Mapping[art.Shape, str] = {
        art.Shape.ROUND: _("Round"),
        art.Shape.SCALLOP: _("Scallop"),
        art.Shape.HEXAGON: _("Hexagon"),
        art.Shape.SHIELD: _("Shield"),
        art.Shape.STAMP: _("Postage stamp"),
        art.Shape.BURST: _("Burst"),
        art.Shape.FLOWER: _("Flower"),
        art.Shape.PIN: _("Map pin"),
    }
    return names[shape]


def _colour_name(colour: "art.Colour") -> str:
    names: Mapping[art.Colour, str] = {
        art.Colour.BLUE: _("Blue"),
        art.Colour.VERMILION: _("Vermilion"),
        art.Colour.GREEN: _("Green"),
        art.Colour.ROSE: _("Rose"),
        art.Colour.AMBER: _("Amber"),
        art.Colour.SKY: _("Sky blue"),
        art.Colour.VIOLET: _("Violet"),
        art.Colour.SLATE: _("Slate"),
    }
    return names[colour]
