"""Organisers' pages for importing a spreadsheet of activities."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    Invalid,
    TooLarge,
    current_node,
    enqueue,
    error_text,
    gettext,
    ngettext,
    organisations,
    render,
    require,
    url,
)
from colnode_map import importing, states
from colnode_map.organising import actor_id

__all__ = ["bp"]

bp = Blueprint("map_importing", __name__)


@bp.route("/organiser/<organisation_id>/activities/import")
@require("activity.edit")
def ask_file(organisation_id: str) -> ResponseReturnValue:
    """Choose a spreadsheet."""
    return _import_page(organisation_id)


@bp.route("/organiser/<organisation_id>/activities/import", methods=["POST"])
@require("activity.edit")
def send_file(organisation_id: str) -> ResponseReturnValue:
    """Look at the spreadsheet; nothing is imported yet."""
    node, sent, person_id = current_node(), request.files.get("file"), actor_id()
    if sent is None or not sent.filename:
        return _import_page(organisation_id, error=gettext("Choose a file.")), Invalid.status
    try:
        run = importing.upload(
            node, organisation_id, sent.read(), file_name=sent.filename, person_id=person_id or ""
        )
    except (Invalid, TooLarge) as error:
        return _import_page(
            organisation_id, error=error_text(error.message, error.parameters)
        ), error.status
    return redirect(
        url("map_importing.show_import", organisation_id=organisation_id, run_id=run.id), 303
    )


def _import_page(organisation_id: str, *, error: str | None = None) -> str:
    node = current_node()
    organisation = organisations.get_organisation(node, organisation_id)
    return render("map/import.html", organisation=organisation, error=error)


@bp.route("/organiser/<organisation_id>/activities/import/<run_id>")
@require("activity.edit")
def show_import(organisation_id: str, run_id: str) -> ResponseReturnValue:
    """What importing would do, how far it is, or what it did."""
    node = current_node()
    run = importing.get_run(node, organisation_id, run_id)
    faults = [
        {
            "row": fault["row"],
            "column": fault["column"],
            "text": error_text(fault["message"], fault["parameters"]),
        }
        for fault in run.result["faults"]
    ]
    return render(
        "map/import_run.html",
        organisation=organisations.get_organisation(node, organisation_id),
        run=run,
        faults=faults,
        is_running=run.state == states.ImportState.RUNNING,
    )


@bp.route("/organiser/<organisation_id>/activities/import/<run_id>", methods=["POST"])
@require("activity.edit")
def start_import(organisation_id: str, run_id: str) -> ResponseReturnValue:
    """Import in the background; the page shows how far it is."""
    node = current_node()
    run = importing.start_run(
        node,
        organisation_id,
        run_id,
        publishes="publish" in request.form,
        skips_wrong="skip_wrong" in request.form,
    )
    if run.state == states.ImportState.RUNNING:
        enqueue(
            node, importing.IMPORT_JOB, {"run_id": run.id}, key=f"{importing.IMPORT_JOB}:{run.id}"
        )
    flash(
        ngettext("One row is being imported.", "%(num)s rows are being imported.", run.total),
        "success",
    )
    return redirect(
        url("map_importing.show_import", organisation_id=organisation_id, run_id=run.id), 303
    )
