"""The arguments of OAI-PMH 2.0 requests: what each verb takes, times, sets, resumption tokens.

A resumption token holds all that is needed to go on, in the open: there is nothing in it to keep
secret or to forge, and it never runs out.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from colnode.errors import ColnodeError
from colnode.federation.harvest import Selection

__all__ = ["OaiError", "SetToken", "Token", "read_arguments", "read_selection", "set_names"]

_HARVEST = {"from", "until", "set"}
_VERBS: Mapping[str, tuple[set[str], set[str]]] = {
    "Identify": (set(), set()),
    "ListMetadataFormats": (set(), {"identifier"}),
    "ListSets": (set(), {"resumptionToken"}),
    "ListIdentifiers": ({"metadataPrefix"}, {*_HARVEST, "resumptionToken"}),
    "ListRecords": ({"metadataPrefix"}, {*_HARVEST, "resumptionToken"}),
    "GetRecord": ({"identifier", "metadataPrefix"}, set()),
}
"""The arguments of each verb: needed, allowed besides (OAI-PMH 2.0 section 4)."""

_SET = re.compile(r"(type|organisation)-([A-Za-z0-9._~-]{1,100})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_MOMENT = r"(?:\d{8}T\d{6}Z)?"
_TOKEN = re.compile(
    rf"r\.(\d{{1,16}})\.(\d{{1,12}})\.(\d{{0,12}})\.({_MOMENT})\.({_MOMENT})\.(.{{0,120}})",
    re.ASCII,
)
_SET_TOKEN = re.compile(r"s\.(\d{1,16})\.(\d{1,12})", re.ASCII)
_COMPACT = "%Y%m%dT%H%M%SZ"


class OaiError(ColnodeError):
    """A request that is answered with an error of OAI-PMH 2.0 section 3.6; `oai_code` names it."""

    status = 200

    def __init__(self, oai_code: str, message: str) -> None:
        super().__init__(message)
        self.oai_code = oai_code


class Token(NamedTuple):
    """Where a list of records goes on: behind which seq, how many were given, of how many."""

    after: int
    done: int
    size: int | None
    selection: Selection

    def to_text(self) -> str:
        """The token as harvesters send it back; safe in addresses as it is."""
        chosen = self.selection
        size = "" if self.size is None else self.size
        moments = f"{_compact(chosen.from_at)}.{_compact(chosen.before)}"
        return f"r.{self.after}.{self.done}.{size}.{moments}.{_set_of(chosen)}"

    @classmethod
    def read(cls, text: str) -> "Token":
        """Read a token. Raises OaiError badResumptionToken."""
        match = _TOKEN.fullmatch(text)
        try:
            if match is None:
                raise ValueError
            after, done, size, from_at, before, set_name = match.groups()
            selection = _selection(_moment(from_at), _moment(before), set_name)
        except ValueError:
            raise _bad_token() from None
        return cls(int(after), int(done), int(size) if size else None, selection)


class SetToken(NamedTuple):
    """Where the list of sets goes on: behind which organisation's seq, how many were given."""

    after: int
    done: int

    def to_text(self) -> str:
        """The token as harvesters send it back."""
        return f"s.{self.after}.{self.done}"

    @classmethod
    def read(cls, text: str) -> "SetToken":
        """Read a token. Raises OaiError badResumptionToken."""
        match = _SET_TOKEN.fullmatch(text)
        if match is None:
            raise _bad_token()
        return cls(int(match[1]), int(match[2]))


def _bad_token() -> OaiError:
    return OaiError("badResumptionToken", "This resumptionToken is none of ours: start again.")


def _compact(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime(_COMPACT).rjust(16, "0")


def _moment(text: str) -> datetime | None:
    return datetime.strptime(text, _COMPACT).replace(tzinfo=UTC) if text else None


def set_names(record_type: str, organisation_id: str | None) -> list[str]:
    """The sets that a record is in: its type's and, where there is one, its organisation's."""
    names = [f"type-{record_type}"]
    return names if organisation_id is None else [*names, f"organisation-{organisation_id}"]


def _set_of(selection: Selection) -> str:
    if selection.type is not None:
        return f"type-{selection.type}"
    return "" if selection.organisation_id is None else f"organisation-{selection.organisation_id}"


def _selection(from_at: datetime | None, before: datetime | None, set_name: str) -> Selection:
    if not set_name:
        return Selection(from_at, before)
    match = _SET.fullmatch(set_name)
    if match is None:
        raise ValueError(set_name)
    kind, value = match.groups()
    if kind == "type":
        return Selection(from_at, before, type=value)
    return Selection(from_at, before, organisation_id=value)


def read_arguments(given: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The arguments of a request, each once and fitting its verb.

    Raises OaiError badVerb and badArgument.
    """
    verbs = given.get("verb", ())
    if len(verbs) != 1 or verbs[0] not in _VERBS:
        raise OaiError("badVerb", "Name one verb of: " + ", ".join(_VERBS) + ".")
    needed, allowed = _VERBS[verbs[0]]
    for name, values in given.items():
        if name not in {"verb", *needed, *allowed}:
            raise OaiError("badArgument", f"{verbs[0]} knows no argument of this name.")
        if len(values) != 1:
            raise OaiError("badArgument", f"The argument {name} came more than once.")
    if "resumptionToken" in given:
        if len(given) > 2:
            raise OaiError("badArgument", "A resumptionToken comes without other arguments.")
    elif missing := sorted(needed - given.keys()):
        raise OaiError("badArgument", f"{verbs[0]} needs the argument {missing[0]}.")
    return {name: values[0] for name, values in given.items()}


def read_selection(arguments: Mapping[str, str]) -> Selection:
    """The selection that from, until and set make. Raises OaiError badArgument, noRecordsMatch."""
    start, end = arguments.get("from"), arguments.get("until")
    if start is not None and end is not None and len(start) != len(end):
        raise OaiError("badArgument", "from and until must be of the same granularity.")
    from_at = None if start is None else _read_time("from", start)
    before = None
    if end is not None:
        step = timedelta(days=1) if _DAY.fullmatch(end) else timedelta(seconds=1)
        try:
            before = _read_time("until", end) + step
        except OverflowError:
            before = None
    if from_at is not None and before is not None and from_at >= before:
        raise OaiError("badArgument", "from is later than until.")
    try:
        return _selection(from_at, before, arguments.get("set", ""))
    except ValueError:
        raise OaiError("noRecordsMatch", "There is no such set.") from None


def _read_time(name: str, text: str) -> datetime:
    try:
        if _DAY.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        if _SECOND.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise OaiError("badArgument", f"{name} must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ in UTC.")
