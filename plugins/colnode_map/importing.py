"""Importing activities from a spreadsheet or GeoJSON: look first, then write in small steps.

Every row has a key, so the same file twice changes nothing and a run that was cut off goes on where
it was. Nothing is written while a row is wrong, unless the good rows alone are asked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from colnode.plugin import Invalid, NotFound, Refused, _, audit, catalogue, new_id, organisations
from colnode_map import records
from colnode_map.changes import follow_edit
from colnode_map.content import Content, missing_for_publishing
from colnode_map.features import is_geojson, read_features
from colnode_map.models import Activity, ImportRun
from colnode_map.rows import NOT_IN_SHEETS, Fault, ReadRow, read_rows
from colnode_map.sheet import Sheet, read_sheet
from colnode_map.states import ImportState, Mode, State
from colnode_map.stored import content_of, locked, show

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = [
    "IMPORT_JOB",
    "Check",
    "check",
    "forget_old_runs",
    "get_run",
    "import_rows",
    "run_import",
    "start_run",
    "upload",
]

IMPORT_JOB = "map.import"

_ROWS_AT_ONCE = 250
_FAULTS_KEPT = 500
_DAYS_KEPT = 30
_KEPT = NOT_IN_SHEETS | {"achievements", "picture", "panorama", "panorama_text"}
"""What a row does not change in an activity that is there."""


@dataclass(frozen=True)
class Check:
    """What importing a file would do. `drafts` counts rows that cannot be shown yet."""

    rows: Sequence[ReadRow]
    faults: Sequence[Fault]
    new: int
    changed: int
    unchanged: int
    drafts: int
    without_point: int

    def summary(self) -> dict[str, Any]:
        """The counts, the faults and the first rows as JSON values, for a page that shows them."""
        counts = ("new", "changed", "unchanged", "drafts", "without_point")
        return {
            **{name: getattr(self, name) for name in counts},
            "good": len(self.rows),
            "wrong": len({fault.row for fault in self.faults}),
            "faults": [asdict(fault) for fault in self.faults[:_FAULTS_KEPT]],
        }


def check(node: "Node", organisation_id: str, data: bytes) -> Check:
    """Read a file and compare it with what is there; writes nothing.

    Raises Invalid when the file as a whole cannot be read, TooLarge.
    """
    rows, faults = read_rows(node, _read(node, data))
    known = _known(node, organisation_id, [row.key for row in rows])
    new = [row for row in rows if row.key not in known]
    changed = [row for row in rows if row.key in known and known[row.key].digest != row.digest]
    return Check(
        rows=rows,
        faults=sorted(faults, key=lambda fault: fault.row),
        new=len(new),
        changed=len(changed),
        unchanged=len(rows) - len(new) - len(changed),
        drafts=sum(1 for row in rows if missing_for_publishing(row.content)),
        without_point=sum(1 for row in rows if _is_lost(row.content)),
    )


def _read(node: "Node", data: bytes) -> Sheet:
    most_rows = node.config.limits.import_rows
    if is_geojson(data):
        return read_features(data, most_rows=most_rows)
    return read_sheet(data, language=node.config.main_language, most_rows=most_rows)


def _is_lost(content: Content) -> bool:
    return content.mode == Mode.IN_PERSON and content.latitude is None


def import_rows(
    node: "Node",
    organisation_id: str,
    rows: Sequence[ReadRow],
    *,
    actor_id: str | None,
    publishes: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Mapping[str, int]:
    """Write the rows, a few hundred in each transaction of its own; call it outside of a unit.

    A row that can be shown is published when `publishes` and the city has confirmed the
    organisation, else it becomes a draft. Returns how many were new, changed, unchanged,
    published.
    """
    counts = {"new": 0, "changed": 0, "unchanged": 0, "published": 0}
    for some in _portions(rows):
        with node.unit():
            step = _Step(node, organisation_id, actor_id, publishes)
            for name, number in step.write(some).items():
                counts[name] += number
        if progress is not None:
            progress(sum(counts[name] for name in ("new", "changed", "unchanged")), len(rows))
    with node.unit():
        audit.record(
            node,
            "activities.imported",
            subject_type="organisation",
            subject_id=organisation_id,
            actor_id=actor_id,
            detail=counts,
        )
    return counts


def _portions(rows: Sequence[ReadRow]) -> Iterator[Sequence[ReadRow]]:
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        yield rows[start : start + _ROWS_AT_ONCE]


@dataclass(frozen=True)
class _Known:
    id: str
    digest: str | None
    state: str
    revision: int


def _known(node: "Node", organisation_id: str, keys: Sequence[str]) -> dict[str, _Known]:
    known = {}
    for start in range(0, len(keys), 500):
        query = select(
            Activity.source_key,
            Activity.id,
            Activity.source_digest,
            Activity.state,
            Activity.revision,
        ).where(
            Activity.organisation_id == organisation_id,
            Activity.source_key.in_(keys[start : start + 500]),
        )
        for key, activity_id, digest, state, revision in node.db.execute(query):
            known[str(key)] = _Known(activity_id, digest, state, revision)
    return known


class _Step:
    """Writes one portion of rows in the open unit, with bulk statements."""

    def __init__(
        self, node: "Node", organisation_id: str, actor_id: str | None, publishes: bool
    ) -> None:
        self._node = node
        self._actor_id = actor_id
        organisation = organisations.get_organisation(node, organisation_id)
        self._organiser = records.Organiser(organisation.id, dict(organisation.name))
        self._publishes = publishes and organisation.is_verified
        self._now = node.clock.now()

    def write(self, rows: Sequence[ReadRow]) -> Mapping[str, int]:
        known = _known(self._node, self._organiser.id, [row.key for row in rows])
        inserts: list[dict[str, Any]] = []
        updates: list[dict[str, Any]] = []
        shown: list[tuple[str, Mapping[str, Any]]] = []
        changed: list[str] = []
        published = 0
        for row in rows:
            old = known.get(row.key, _Known(new_id(), None, State.DRAFT, 0))
            after = self._state(row.content, old.state)
            if old.digest == row.digest and after == old.state:
                continue
            values = self._values(row, old, after)
            (updates if row.key in known else inserts).append(values)
            published += after == State.PUBLISHED and old.state != State.PUBLISHED
            if old.revision == 0 and after == State.PUBLISHED:
                shown.append((old.id, self._body(row.content)))
            changed += [old.id] if old.revision else []
        before = self._contents(changed)
        self._store(inserts, updates)
        catalogue.publish_many(self._node, "activity", shown)
        self._follow(before)
        return {
            "new": len(inserts),
            "changed": len(updates),
            "unchanged": len(rows) - len(inserts) - len(updates),
            "published": published,
        }

    def _state(self, content: Content, state: str) -> str:
        """A cancelled activity stays so; any other is shown while it is complete and may be."""
        if state == State.CANCELLED:
            return state
        may_be_shown = self._publishes or state == State.PUBLISHED
        is_shown = may_be_shown and not missing_for_publishing(content)
        return State.PUBLISHED if is_shown else State.DRAFT

    def _values(self, row: ReadRow, old: _Known, state: str) -> dict[str, Any]:
        content = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(row.content).items()
            if name not in _KEPT
        }
        if not row.content.keywords:  # a row that names none leaves those that are there
            del content["keywords"]
        return content | {
            "id": old.id,
            "state": state,
            "revision": old.revision + 1,
            "source_key": row.key,
            "source_digest": row.digest,
            "changed_at": self._now,
        }

    def _store(self, inserts: list[dict[str, Any]], updates: list[dict[str, Any]]) -> None:
        first: dict[str, Any] = {
            "organisation_id": self._organiser.id,
            "achievements": [],
            "keywords": [],
            "picture": None,
            "panorama": None,
            "panorama_text": {},
            "created_by": self._actor_id,
            "created_at": self._now,
        }
        if inserts:
            self._node.db.execute(insert(Activity), [first | values for values in inserts])
        if updates:
            self._node.db.execute(update(Activity), updates)

    def _contents(self, ids: Sequence[str]) -> Mapping[str, Content]:
        return {each: content_of(locked(self._node, each)) for each in ids}

    def _follow(self, before: Mapping[str, Content]) -> None:
        """Bring the catalogue, and those who joined, up to date with what was changed."""
        self._node.db.expire_all()
        for activity_id, content in before.items():
            activity = locked(self._node, activity_id)
            show(self._node, activity)
            if activity.state == State.PUBLISHED:
                follow_edit(self._node, activity, content)

    def _body(self, content: Content) -> dict[str, Any]:
        return records.write(content, self._organiser, node_id=self._node.id)


def upload(
    node: "Node", organisation_id: str, data: bytes, *, file_name: str, person_id: str
) -> ImportRun:
    """Keep an uploaded file with what importing it would do. Raises as `check` does."""
    found = check(node, organisation_id, data)
    run = ImportRun(
        organisation_id=organisation_id,
        person_id=person_id,
        file_name=file_name[:200],
        content=data,
        state=ImportState.CHECKED,
        publishes=True,
        done=0,
        total=len(found.rows),
        result=found.summary(),
        created_at=node.clock.now(),
    )
    node.db.add(run)
    node.db.flush()
    return run


def get_run(node: "Node", organisation_id: str, run_id: str) -> ImportRun:
    """An upload of this organisation. Raises NotFound."""
    run = node.db.get(ImportRun, run_id)
    if run is None or run.organisation_id != organisation_id:
        raise NotFound(_("There is no such import."))
    return run


def start_run(
    node: "Node", organisation_id: str, run_id: str, *, publishes: bool, skips_wrong: bool
) -> ImportRun:
    """Mark an upload as running; the caller enqueues the job. Twice is the same as once.

    Raises Refused while rows are wrong and are not to be left out.
    """
    run = get_run(node, organisation_id, run_id)
    if run.state in {ImportState.RUNNING, ImportState.DONE}:
        return run
    if run.result["wrong"] and not skips_wrong:
        raise Refused(_("Some rows are wrong. Correct the file, or import the other rows only."))
    if not run.result["good"]:
        raise Refused(_("There is no row that could be imported."))
    run.publishes = publishes
    run.state = ImportState.RUNNING
    run.done = 0
    node.db.flush()
    return run


def run_import(node: "Node", run_id: str) -> None:
    """The job: import an upload, noting how far it has come. Can be cut off and called again."""
    with node.unit():
        run = node.db.get(ImportRun, run_id)
        if run is None or run.state != ImportState.RUNNING:
            return
        try:
            found = check(node, run.organisation_id, run.content)
        except Invalid as error:
            run.state, run.result = ImportState.FAILED, {**run.result, "reason": str(error)}
            return
    counts = import_rows(
        node,
        run.organisation_id,
        found.rows,
        actor_id=run.person_id,
        publishes=run.publishes,
        progress=lambda done, _total: _note_progress(node, run_id, done),
    )
    with node.unit():
        done = node.db.get_one(ImportRun, run_id)
        done.state = ImportState.DONE
        done.content = b""
        done.result = {**done.result, "counts": dict(counts)}


def _note_progress(node: "Node", run_id: str, done: int) -> None:
    with node.unit():
        node.db.execute(update(ImportRun).where(ImportRun.id == run_id).values(done=done))


def forget_old_runs(node: "Node") -> None:
    """The daily job: spreadsheets that were sent a month ago are not kept."""
    before = node.clock.now() - timedelta(days=_DAYS_KEPT)
    with node.unit():
        node.db.execute(delete(ImportRun).where(ImportRun.created_at < before))
