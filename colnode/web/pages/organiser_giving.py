"""The ways to give a badge: choosing one, a table of people, printed codes, rules."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode import media
from colnode.badges import (
    achievements,
    applications,
    award_tables,
    claims,
    code_printing,
    codes,
    results,
    rules,
)
from colnode.errors import Invalid, TooLarge
from colnode.identity import organisations
from colnode.web.auth import current_node, current_person_id, require
from colnode.web.forms import field_errors, read_end_of_day, read_whole_number
from colnode.web.rendering import error_text, long_date, pick_language, render
from colnode.web.results import read_results, result_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colnode.badges.models import Achievement, CodeSheet, GivingRule

__all__ = ["bp"]

bp = Blueprint("organiser_giving", __name__)


@bp.route("/organiser/badges/<achievement_id>/give")
@require("badge.award", organisation_of=achievements)
def give(achievement_id: str) -> ResponseReturnValue:
    """Every way to give a badge, to choose one."""
    node = current_node()
    achievement = achievements.get_achievement(node, achievement_id)
    return render(
        "organiser/give.html",
        achievement=achievement,
        organisation=organisations.get_organisation(node, achievement.organisation_id),
        reviewer=applications.reviewer_of(node, achievement_id),
        waiting=applications.count_waiting(node, achievement_id=achievement_id),
        rule_count=len(rules.list_rules(node, achievement_id)),
    )


@bp.route("/organiser/badges/<achievement_id>/table", methods=["GET", "POST"])
@require("badge.award", organisation_of=achievements)
def table(achievement_id: str) -> ResponseReturnValue:
    """A CSV file: looked at first, then sent; one result per row."""
    node = current_node()
    achievement = achievements.get_achievement(node, achievement_id)
    if request.method != "POST":
        return _table_page(achievement, "", {})
    text = request.form.get("table", "")
    is_sending = request.form.get("step") == "send"
    try:
        upload = request.files.get("file")
        if upload is not None and upload.filename:
            text = award_tables.decode(upload.read())
        results = award_tables.award_table(
            node,
            achievement_id,
            text=text,
            actor_id=current_person_id(),
            is_trial=not is_sending,
        )
    except (Invalid, TooLarge) as error:
        errors = field_errors(error, otherwise="file")
        return _table_page(achievement, text, errors), 422
    return render(
        "organiser/table_results.html",
        achievement=achievement,
        rows=[(row, error_text(row.result.reason, row.result.parameters)
               if row.result.reason else None)
              for row in results],
        text=text,
        is_check=not is_sending,
        sent=sum(row.result.outcome == "sent" for row in results),
    )  # fmt: skip


@bp.route("/organiser/badges/<achievement_id>/table.csv")
@require("badge.award", organisation_of=achievements)
def sample(achievement_id: str) -> Response:
    """A table to fill in."""
    text = award_tables.sample(current_node(), achievement_id)
    response = Response("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="badges.csv"'
    return response


@bp.route("/organiser/badges/<achievement_id>/codes", methods=["GET", "POST"])
@require("badge.award", organisation_of=achievements)
def new_sheet(achievement_id: str) -> ResponseReturnValue:
    """Make codes to print."""
    node = current_node()
    achievement = achievements.get_achievement(node, achievement_id)
    errors: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            sheet = codes.create_sheet(
                node,
                achievement_id,
                count=read_whole_number("count") or 0,
                actor_id=current_person_id(),
                expires_at=read_end_of_day("expires_on"),
                label=request.form.get("label"),
                valid_until=read_end_of_day("valid_until"),
                results=read_results(achievement),
            )
        except Invalid as error:
            errors = field_errors(error, otherwise="label")
        else:
            return redirect(url_for("organiser_giving.sheet", code_sheet_id=sheet.id))
    page = render(
        "organiser/codes.html",
        achievement=achievement,
        sheets=codes.list_sheets(node, achievement_id),
        values=request.form,
        results=result_fields(achievement),
        errors=errors,
    )
    return page, 422 if errors else 200


@bp.route("/organiser/code-sheets/<code_sheet_id>")
@require("badge.award", organisation_of=codes)
def sheet(code_sheet_id: str) -> ResponseReturnValue:
    """A sheet of codes: how many are left, to print or to close."""
    node = current_node()
    view = codes.view_sheet(node, code_sheet_id)
    return render(
        "organiser/code_sheet.html",
        view=view,
        achievement=achievements.get_achievement(node, view.sheet.achievement_id),
    )


@bp.route("/organiser/code-sheets/<code_sheet_id>.pdf")
@require("badge.award", organisation_of=codes)
def sheet_pdf(code_sheet_id: str) -> Response:
    """The codes that are left, to print and to cut out."""
    node = current_node()
    left = codes.open_codes(node, code_sheet_id)
    found = codes.get_sheet(node, code_sheet_id)
    achievement = achievements.get_achievement(node, found.achievement_id)
    cards = [
        code_printing.Card(claims.claim_url(node, link), claims.spaced(link.code)) for link in left
    ]
    picture = media.file_of(node, achievement.image or "", width=320)
    data = code_printing.draw_sheet(cards, _texts(achievement, found), picture.path.read_bytes())
    response = Response(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="codes.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.route("/organiser/code-sheets/<code_sheet_id>/close", methods=["POST"])
@require("badge.award", organisation_of=codes)
def close_sheet(code_sheet_id: str) -> ResponseReturnValue:
    """End the codes of a sheet now."""
    codes.close_sheet(current_node(), code_sheet_id, actor_id=current_person_id())
    flash(_("The codes are closed. Badges that they gave stay."), "success")
    return redirect(url_for("organiser_giving.sheet", code_sheet_id=code_sheet_id))


@bp.route("/organiser/badges/<achievement_id>/rules", methods=["GET", "POST"])
@require("badge.edit", organisation_of=achievements)
def new_rule(achievement_id: str) -> ResponseReturnValue:
    """The rules by which a badge gives itself, and a new one."""
    node = current_node()
    achievement = achievements.get_achievement(node, achievement_id)
    errors: Mapping[str, str] = {}
    if request.method == "POST":
        rule = request.form.get("rule", "")
        try:
            rules.create_rule(
                node,
                achievement_id,
                rule=rule,
                things=request.form.getlist(f"things.{rule}"),
                actor_id=current_person_id(),
            )
        except Invalid as error:
            errors = field_errors(error, otherwise="things")
        else:
            flash(_("From now on the badge is offered by itself, within minutes."), "success")
            return redirect(url_for("organiser_giving.new_rule", achievement_id=achievement_id))
    page = render(
        "organiser/rules.html",
        achievement=achievement,
        current=[_described(item) for item in rules.list_rules(node, achievement_id)],
        kinds=_kinds(achievement),
        chosen=request.form,
        errors=errors,
    )
    return page, 422 if errors else 200


@bp.route("/organiser/rules/<giving_rule_id>/end", methods=["POST"])
@require("badge.edit", organisation_of=rules)
def end_rule(giving_rule_id: str) -> ResponseReturnValue:
    """Let a rule give nothing any more."""
    ended = rules.end_rule(current_node(), giving_rule_id, actor_id=current_person_id())
    flash(_("The rule has ended. Badges that it gave stay."), "success")
    return redirect(url_for("organiser_giving.new_rule", achievement_id=ended.achievement_id))


def _table_page(achievement: "Achievement", text: str, errors: "Mapping[str, str]") -> str:
    return render(
        "organiser/table.html",
        achievement=achievement,
        results=[award_tables.column_of(kind) for kind in results.kinds_of(achievement)],
        text=text,
        errors=errors,
    )


def _kinds(achievement: "Achievement") -> list[dict[str, object]]:
    """Every kind of rule that has something to choose from."""
    node = current_node()
    found: list[dict[str, object]] = []
    for kind in node.host.award_rules.values():
        choices = rules.choices_of(node, achievement, kind.name)
        if choices:
            options = [(thing, pick_language(name)) for thing, name in choices.items()]
            found.append({"name": kind.name, "label": kind.label, "options": options})
    return found


def _described(item: "GivingRule") -> dict[str, object]:
    node = current_node()
    kind = node.host.award_rules.get(item.rule)
    names = kind.choices(node, item.organisation_id) if kind else {}
    return {
        "rule": item,
        "label": kind.label if kind else item.rule,
        "things": [pick_language(names.get(thing)) or thing for thing in item.things],
    }


def _texts(achievement: "Achievement", found: "CodeSheet") -> "code_printing.SheetTexts":
    node = current_node()
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    address = node.config.domain + url_for("claims.enter")
    how = _("Scan it with your phone, or open %(address)s and type the code.", address=address)
    until = None
    if found.expires_at is not None:
        until = _("Until %(date)s.", date=long_date(found.expires_at))
    return code_printing.SheetTexts(
        pick_language(achievement.name), pick_language(organisation.name), how, until
    )
