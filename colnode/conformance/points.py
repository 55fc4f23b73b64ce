"""The points of the certification guide, and the run that tries each of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from colnode.conformance import displayer, host, issuer
from colnode.conformance.stage import Stage, Unmet, open_stage

__all__ = ["POINTS", "Answer", "Point", "Result", "run"]


class Answer(StrEnum):
    """How a point is answered."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class Point:
    """One thing that a certification asks. `shown_by` is the test that shows it beside the try."""

    role: str
    asks: str
    is_required: bool
    answer: str
    shown_by: str
    attempt: Callable[[Stage], str] | None


@dataclass(frozen=True)
class Result:
    """How a point came out: yes or no, and what was seen."""

    point: Point
    answer: Answer
    detail: str

    def as_json(self) -> dict[str, Any]:
        """The row as a JSON object."""
        row = {name: value for name, value in asdict(self.point).items() if name != "attempt"}
        row["answer_is"], row["detail"] = str(self.answer), self.detail
        return row


_HOST_TESTS = "tests/exchange/test_host_api.py"
_OAUTH_TESTS = "tests/exchange/test_oauth_server.py"
_CLIENT_TESTS = "tests/exchange/test_bringing_from_another_site.py"

POINTS: Sequence[Point] = (
    Point(
        "Issuer",
        "Create a valid badge and issue it to a recipient by e-mail address",
        True,
        "Awarded by e-mail, signed when it is accepted",
        "tests/badges/test_issuing.py",
        issuer.issues_by_email,
    ),
    Point(
        "Issuer",
        "Sign with a supported proof: eddsa-rdfc-2022 or VC-JWT",
        True,
        "Data Integrity eddsa-rdfc-2022 with a did:web key",
        "tests/openbadges/test_vectors.py",
        issuer.signs_as_supported,
    ),
    Point(
        "Issuer",
        "Show how the recipient retrieves the badge, baked into a picture",
        True,
        "The badge's page gives JSON, baked PNG and baked SVG",
        "tests/web/test_badge_pages.py",
        issuer.gives_baked_badge,
    ),
    Point(
        "Issuer",
        "Service Consumer (Write): send a badge to a Host (upsertCredential)",
        False,
        "“Send to another site” on the badge's page",
        _CLIENT_TESTS,
        issuer.sends_badge,
    ),
    Point(
        "Issuer",
        "Service Consumer (Write): send a profile to a Host (putProfile)",
        False,
        "Not offered",
        "",
        None,
    ),
    Point(
        "Displayer",
        "A viewer has a badge verified: a valid one is called valid",
        True,
        "/verify takes a file, pasted text or an address",
        "tests/web/test_verify_page.py",
        displayer.calls_valid_valid,
    ),
    Point(
        "Displayer",
        "A badge that was changed is called invalid",
        True,
        "The signature is checked over what is shown",
        "tests/openbadges/test_mutations.py",
        displayer.calls_forged_invalid,
    ),
    Point(
        "Displayer",
        "A badge that was revoked is called revoked",
        True,
        "BitstringStatusList, asked at each verification",
        "tests/openbadges/test_status.py",
        displayer.calls_revoked_revoked,
    ),
    Point(
        "Host",
        "Import a baked PNG, a baked SVG and a badge by its address, and verify each",
        True,
        "Under My badges, as file or address; kept as they came, and checked",
        "tests/badges/test_bringing.py",
        host.reads_every_format,
    ),
    Point(
        "Host",
        "Export an imported badge without loss",
        True,
        "What was sent comes back byte for byte",
        _HOST_TESTS,
        host.exports_without_loss,
    ),
    Point(
        "Host",
        "Service Consumer (Read): discovery, registration, authorise, token as a client",
        True,
        "“From another site” on the page My badges",
        _CLIENT_TESTS,
        host.lets_itself_in,
    ),
    Point(
        "Host",
        "Service Consumer (Read): getCredentials and getProfile as a client",
        True,
        "Fetched page by page in the background and kept",
        _CLIENT_TESTS,
        host.fetches_badges_and_profile,
    ),
    Point(
        "Host",
        "Service Provider (Read): discovery, registration, authorise, token",
        True,
        "/ims/ob/v3p0/discovery, RFC 7591, code grant with S256",
        _OAUTH_TESTS,
        host.lets_programs_in,
    ),
    Point(
        "Host",
        "Service Provider (Read): access tokens with the right scope are required",
        True,
        "A scope is a permission; without it 401 or 403 as Imsx_StatusInfo",
        _HOST_TESTS,
        host.requires_scopes,
    ),
    Point(
        "Host",
        "Service Provider (Read): getCredentials gives verifiable badges, page by page",
        True,
        "limit, offset, since; X-Total-Count and Link",
        _HOST_TESTS,
        host.gives_pages,
    ),
    Point(
        "Host",
        "Service Provider (Read): getProfile gives the person's Profile",
        True,
        "The name alone, or the Profile that was put",
        _HOST_TESTS,
        host.gives_profile,
    ),
    Point(
        "Host",
        "Service Provider (Read, Write): refreshing gives a new access token",
        False,
        "Both tokens turn over; a copy ends the grant",
        _OAUTH_TESTS,
        host.refreshes,
    ),
    Point(
        "Host",
        "Service Provider (Read, Write): after revocation every call is refused",
        False,
        "RFC 7009; the person can stop a program too",
        _OAUTH_TESTS,
        host.revokes,
    ),
    Point(
        "Host",
        "Service Provider (Write): upsertCredential keeps what was sent",
        True,
        "201 when new, 200 when replaced; verified before it is kept",
        _HOST_TESTS,
        host.keeps_what_is_sent,
    ),
    Point(
        "Host",
        "Service Provider (Write): putProfile",
        False,
        "Kept for the person's programs, apart from the account",
        _HOST_TESTS,
        host.keeps_profile,
    ),
)


def run() -> Iterator[Result]:
    """Try every point in order on temporary cities; a failed try is a no with its reason."""
    with open_stage() as stage:
        for point in POINTS:
            yield _try(stage, point)


def _try(stage: Stage, point: Point) -> Result:
    if point.attempt is None:
        return Result(point, Answer.NO, point.answer)
    try:
        detail = point.attempt(stage)
    except Unmet as error:
        return Result(point, Answer.NO, str(error))
    except Exception as error:  # a broken try is a no, and the others go on
        return Result(point, Answer.NO, f"{type(error).__name__}: {error}")
    return Result(point, Answer.YES, detail)
