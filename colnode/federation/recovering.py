"""Finding out what others have read of this city, and going on from there.

docs/federation.md section 9. Nothing here decides by itself that a city is whole: it compares the
database with the witness file and with the checkpoints that other cities hold, all signed by this
city's own keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete

from colnode import audit
from colnode.errors import ColnodeError, Refused, _
from colnode.federation import identity, pulling_back, ruling, sequencer, serving, standing, witness
from colnode.federation.models import LogCheckpoint, LogHead
from colnode.identity import keys

if TYPE_CHECKING:
    from colnode.federation.checkpoint import Checkpoint
    from colnode.federation.identity import Identity
    from colnode.federation.pulling_back import Copy
    from colnode.node import Node
    from colnode.openbadges.keys import SigningKey

__all__ = ["Finding", "Recovered", "Source", "look", "recover"]


@dataclass(frozen=True)
class Source:
    """What one place knows of this city's log; `problem` says why it knows nothing."""

    name: str
    epoch: int = 0
    size: int = 0
    problem: ColnodeError | None = None


@dataclass
class Finding:
    """How the database stands beside everything that was signed and shown.

    `copy` is the catalogue as another city holds it, when that is later than the database.
    """

    epoch: int
    size: int
    sources: list[Source] = field(default_factory=list)
    is_behind: bool = False
    is_forked: bool = False
    copy: "Copy | None" = None

    @property
    def answers(self) -> int:
        """How many places know something."""
        return sum(1 for source in self.sources if source.problem is None)

    @property
    def is_complete(self) -> bool:
        """Whether the database is the newest there is."""
        return not self.is_behind and not self.is_forked


@dataclass(frozen=True)
class Recovered:
    """How it went: the log now, entries that came back from others, the next recovery key."""

    epoch: int
    size: int
    entries: int = 0
    recovery_text: str = ""


def look(node: "Node", addresses: Sequence[str]) -> Finding:
    """Compare the database with the witness and with what the cities at these addresses hold.

    Asks the network; changes nothing. A city that does not answer is named with its reason.
    """
    with node.reading():
        head = node.db.get_one(LogHead, 1)
        found = Finding(head.epoch, head.size)
        shown = witness.read(node.config)
        if shown is not None and shown.node_id == node.id:
            found.sources.append(Source("witness.json", *shown.place))
            found.is_behind = shown.place > (head.epoch, head.size)
            found.is_forked = shown.place == (head.epoch, head.size) and (
                shown.frontier != head.frontier
            )
    best: tuple[str, Identity, Checkpoint] | None = None
    for url in addresses:
        held = _ask(node, url, found)
        if held is not None and (best is None or _place(held[1]) > _place(best[2])):
            best = (url, *held)
    if best is not None and found.is_behind and not found.is_forked:
        _fetch(node, found, best)
    return found


def _place(checkpoint: "Checkpoint") -> tuple[int, int]:
    return checkpoint.epoch, checkpoint.size


def _ask(node: "Node", url: str, found: Finding) -> "tuple[Identity, Checkpoint] | None":
    """What the city at an address holds of this one, noted in the finding."""
    try:
        held = standing.held_by(node, url)
    except ColnodeError as error:
        found.sources.append(Source(url, problem=error))
        return None
    if held is None:
        found.sources.append(Source(url, problem=Refused(_("It does not read this city."))))
        return None
    found.sources.append(Source(url, *_place(held[1])))
    with node.reading():
        fault = standing.judge(node, *held)
    if fault is not None:
        is_behind = standing.is_behind(fault)
        found.is_behind = found.is_behind or is_behind
        found.is_forked = found.is_forked or not is_behind
    return held


def _fetch(node: "Node", found: Finding, best: "tuple[str, Identity, Checkpoint]") -> None:
    """Get the newest copy that another city holds, if it gives it out."""
    url, theirs, _held = best
    try:
        copy = pulling_back.fetch(node, url, theirs)
    except ColnodeError as error:
        found.sources.append(Source(url, problem=error))
        return
    with node.reading():
        if pulling_back.agrees(node, node.db.get_one(LogHead, 1), copy):
            found.copy = copy
        else:
            found.is_forked = True


def recover(
    node: "Node",
    found: Finding,
    *,
    recovery: "SigningKey | None" = None,
    is_stolen: bool = False,
    has_lost_key: bool = False,
) -> Recovered:
    """Make the city whole as far as the finding allows and let it write, in the caller's unit.

    What another city holds comes back. When entries are missing for good, or the key is lost or
    stolen, the recovery key has to say how the log goes on; its next one is in the result and
    kept nowhere. Raises Refused when it is needed and was not given, Invalid when it is another.
    """
    head = sequencer.lock_head(node, is_checked=False)
    entries, is_whole = 0, found.is_complete
    if found.copy is not None and not is_stolen:
        entries, is_whole = pulling_back.take_in(node, head, found.copy)
    if _go_to_witness(node, head):
        is_whole = False
    has_key = not has_lost_key and _signs(node)
    if not is_stolen and is_whole and has_key:
        standing.resume(node)
        _note(node, head, entries)
        return Recovered(head.epoch, head.size, entries)
    if recovery is None:
        raise Refused(
            _(
                "The recovery key is needed: entries are missing for good, a second copy has "
                "signed others, or the key is not here. Take the recovery sheet out of the safe."
            )
        )
    standing.resume(node)
    if is_whole and not is_stolen:
        _public, text = ruling.replace_key(node, recovery)
    else:
        _public, text = ruling.begin_epoch(node, recovery, is_stolen=is_stolen)
    _note(node, head, entries)
    return Recovered(head.epoch, head.size, entries, text)


def _signs(node: "Node") -> bool:
    """Whether the key that the log names is here."""
    named = identity.read_identity(serving.identity_lines(node), node.id).key
    return keys.node_signing_key(node).public == named


def _go_to_witness(node: "Node", head: LogHead) -> bool:
    """Put the head where the witness saw it, if that is later: what lay between is lost."""
    shown = witness.read(node.config)
    if shown is None or shown.node_id != node.id or shown.place <= (head.epoch, head.size):
        return False
    if shown.epoch != head.epoch:
        raise Refused(
            _(
                "The backup is from before a new epoch began. Let another city give the log back: "
                "colnode recover --from https://..."
            )
        )
    head.size, head.frontier = shown.size, shown.frontier
    node.db.execute(delete(LogCheckpoint).where(LogCheckpoint.size == shown.size))
    node.db.add(
        LogCheckpoint(
            size=shown.size,
            note=shown.note,
            frontier=shown.frontier,
            expires_at=node.clock.now(),
        )
    )
    node.db.flush()
    return True


def _note(node: "Node", head: LogHead, entries: int) -> None:
    audit.record(
        node,
        "node.recovered",
        subject_type="node",
        subject_id=node.id,
        detail={"epoch": head.epoch, "size": head.size, "entries": entries},
    )
