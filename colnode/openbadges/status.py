"""Whether a credential was revoked or suspended since it was signed.

Source: Bitstring Status List 1.0 section 3.2 (validate algorithm), 1EdTech Revocation List Status
Method 1.0.
"""

from collections.abc import Mapping
from typing import Any

from colnode.errors import Invalid, Unavailable
from colnode.openbadges import strict_json
from colnode.openbadges.credential_types import Kind
from colnode.openbadges.did import as_list
from colnode.openbadges.findings import Finding, FindingStatus, Outcome, Verdict, finding
from colnode.openbadges.reading import Unreadable, read
from colnode.openbadges.refresh import ACCEPT_CREDENTIAL
from colnode.openbadges.run import Run
from colnode.openbadges.status_list import BitstringStatusList
from colnode.openbadges.summary import issuer_id

__all__ = ["check_status"]

MAX_ENTRIES = 8
_PURPOSES = {
    "revocation": ("revoked", "not_revoked"),
    "suspension": ("suspended", "not_suspended"),
}
_PERIOD_FINDINGS = frozenset({"expired", "not_yet_valid"})


def check_status(credential: Mapping[str, Any], run: Run) -> list[Finding]:
    """One finding for each status entry. An entry that is not understood is never passed over.

    Source: Open Badges 3.0 section 9.1 step 4, Bitstring Status List 1.0 section 3.2.
    """
    if "credentialStatus" not in credential:
        return [finding("status_absent")]
    entries = as_list(credential["credentialStatus"])
    if not entries or len(entries) > MAX_ENTRIES or _share_an_id(entries):
        return [finding("status_incomplete")]
    return [_check_entry(entry, credential, run) for entry in entries]


def _share_an_id(entries: list[Any]) -> bool:
    """Whether two different entries have one id: in the signed dataset their members would mix."""
    known: dict[str, Any] = {}
    return any(
        known.setdefault(entry["id"], entry) != entry
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("id"), str)
    )


def _check_entry(entry: object, credential: Mapping[str, Any], run: Run) -> Finding:
    if not isinstance(entry, dict) or not as_list(entry.get("type")):
        return finding("status_incomplete")
    types = as_list(entry["type"])
    if "BitstringStatusListEntry" in types:
        return _check_bit(entry, credential, run)
    if "1EdTechRevocationList" in types:
        return _check_revocation_list(entry, credential, run)
    return finding("status_unsupported")


def _check_bit(entry: Mapping[str, Any], credential: Mapping[str, Any], run: Run) -> Finding:
    purpose, url = entry.get("statusPurpose"), entry.get("statusListCredential")
    index = _index(entry.get("statusListIndex"))
    if not isinstance(purpose, str) or not isinstance(url, str) or index is None:
        return finding("status_incomplete")
    if purpose not in _PURPOSES or entry.get("statusSize", 1) != 1:
        return finding("status_unsupported")
    verdict = _list_verdict(url, run)
    problem = _list_problem(verdict, url, credential)
    if problem is not None or verdict is None or verdict.credential is None:
        return problem or finding("status_unreachable")
    subject = verdict.credential["credentialSubject"]
    if purpose not in as_list(subject.get("statusPurpose")):
        return finding("status_mismatch", reason="it has another purpose.")
    try:
        is_set = BitstringStatusList.decode(subject["encodedList"])[index]
    except Invalid as error:
        return finding("status_mismatch", reason=str(error))
    when_set, when_clear = _PURPOSES[purpose]
    return finding(when_set, reason="") if is_set else finding(when_clear)


def _index(value: object) -> int | None:
    """A statusListIndex: a decimal number as text; a plain number is read as well."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None


def _list_verdict(url: str, run: Run) -> Verdict | None:
    """The verdict on the list at `url`, None when there is no credential to be had there."""
    if url not in run.lists:
        try:
            reading = read(run.resolver.fetch(url, ACCEPT_CREDENTIAL))
            run.lists[url] = run.verify(reading, run.for_list())
        except (Unavailable, Unreadable):
            run.lists[url] = None
    return run.lists[url]


def _list_problem(
    verdict: Verdict | None, url: str, credential: Mapping[str, Any]
) -> Finding | None:
    """Why the list cannot be used, or None when it is this issuer's own and proven."""
    if verdict is None or verdict.credential is None:
        return finding("status_unreachable")
    mismatch = _mismatch(verdict.kind, verdict.credential, url, credential)
    if mismatch is not None:
        return finding("status_mismatch", reason=mismatch)
    failed = [item for item in verdict.findings if item.status is FindingStatus.FAILED]
    if verdict.outcome is Outcome.INDETERMINATE:
        return finding("status_unverified")
    if failed and all(item.id in _PERIOD_FINDINGS for item in failed):
        return finding("status_stale")
    return finding("status_mismatch", reason=failed[0].text) if failed else None


def _mismatch(
    kind: Kind | None, found: Mapping[str, Any], url: str, credential: Mapping[str, Any]
) -> str | None:
    """How what was found differs from the list that the credential names."""
    if kind is not Kind.STATUS_LIST:
        return "it is no status list."
    if issuer_id(found) != issuer_id(credential):
        return "it has another issuer."
    return None if found.get("id") == url else "it has another address."


def _check_revocation_list(
    entry: Mapping[str, Any], credential: Mapping[str, Any], run: Run
) -> Finding:
    """The unsigned list of 1EdTech: what the issuer's own site answers over https."""
    url = entry.get("id")
    if not isinstance(url, str):
        return finding("status_incomplete")
    try:
        document = strict_json.loads(run.resolver.fetch(url, "application/json"))
    except (Unavailable, strict_json.StrictJsonError):
        return finding("status_unreachable")
    if not isinstance(document, dict) or not _REVOKED_MEMBERS & set(document):
        return finding("status_unreachable")
    if document.get("id", url) != url:
        return finding("status_mismatch", reason="it has another address.")
    issuer = document.get("issuer")
    listed_issuer = issuer.get("id") if isinstance(issuer, dict) else issuer
    if listed_issuer is not None and listed_issuer != issuer_id(credential):
        return finding("status_mismatch", reason="it has another issuer.")
    return _in_revocation_list(document, credential)


_REVOKED_MEMBERS = frozenset({"revokedCredential", "revokedCredentials"})


def _in_revocation_list(document: Mapping[str, Any], credential: Mapping[str, Any]) -> Finding:
    for member in _REVOKED_MEMBERS:
        for item in as_list(document.get(member)):
            listed = item.get("id") if isinstance(item, dict) else item
            if listed != credential.get("id"):
                continue
            if isinstance(item, dict) and item.get("revoked") is False:
                continue
            reason = item.get("revocationReason", "") if isinstance(item, dict) else ""
            return finding("revoked", reason=str(reason))
    return finding("not_revoked")
