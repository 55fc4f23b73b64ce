"""Operations under /api/v1 for importing a spreadsheet of activities."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from colnode.plugin import (
    Invalid,
    _,
    current_node,
    current_person,
    enqueue,
    error_text,
    operation,
    require,
)
from colnode_map import importing

__all__ = ["bp"]

bp = Blueprint("map_import_api", __name__)
_TAG = "activities"


def _actor_id() -> str | None:
    person = current_person()
    return person.id if person else None


class ImportInput(BaseModel):
    """CSV text, or a file (CSV, .xlsx, GeoJSON) in Base64. With `dry_run` nothing is kept."""

    model_config = ConfigDict(extra="forbid")

    csv: str | None = Field(None, max_length=20_000_000)
    file: Base64Bytes | None = Field(None, max_length=20_000_000)
    publishes: bool = True
    skips_wrong: bool = False
    dry_run: bool = False


class ImportFault(BaseModel):
    """What is wrong in one row."""

    row: int
    column: str | None
    text: str


class ImportOutput(BaseModel):
    """What an import would do, does or did. `id` is None for a dry run."""

    id: str | None
    state: str
    done: int
    total: int
    new: int
    changed: int
    unchanged: int
    drafts: int
    without_point: int
    faults: list[ImportFault]


@bp.route("/organisations/<organisation_id>/activities/imports", methods=["POST"])
@require("activity.edit")
@operation(tag=_TAG, body=ImportInput, response=ImportOutput, status=202)
def import_activities(organisation_id: str, json: ImportInput) -> ImportOutput:
    """Import a spreadsheet in the background, or say row by row what that would do."""
    node = current_node()
    if (json.csv is None) is (json.file is None):
        raise Invalid(_("Send either csv or file."))
    data = json.file if json.file is not None else (json.csv or "").encode()
    if json.dry_run:
        found = importing.check(node, organisation_id, data)
        return _import(None, "checked", 0, len(found.rows), found.summary())
    run = importing.upload(
        node, organisation_id, data, file_name="api", person_id=_actor_id() or ""
    )
    importing.start_run(
        node,
        organisation_id,
        run.id,
        publishes=json.publishes,
        skips_wrong=json.skips_wrong,
    )
    enqueue(node, importing.IMPORT_JOB, {"run_id": run.id}, key=f"{importing.IMPORT_JOB}:{run.id}")
    return _import(run.id, run.state, run.done, run.total, run.result)


@bp.route("/organisations/<organisation_id>/activities/imports/<run_id>")
@require("activity.edit")
@operation(tag=_TAG, response=ImportOutput)
def get_import(organisation_id: str, run_id: str) -> ImportOutput:
    """How far an import is, or what it did."""
    run = importing.get_run(current_node(), organisation_id, run_id)
    return _import(run.id, run.state, run.done, run.total, run.result)


def _import(
    run_id: str | None, state: str, done: int, total: int, result: Mapping[str, Any]
) -> ImportOutput:
    counts = ("new", "changed", "unchanged", "drafts", "without_point")
    faults = [
        ImportFault(
            row=fault["row"],
            column=fault["column"],
            text=error_text(fault["message"], fault["parameters"]),
        )
        for fault in result["faults"]
    ]
    return ImportOutput(
        id=run_id,
        state=str(state),
        done=done,
        total=total,
        faults=faults,
        **{name: result[name] for name in counts},
    )
