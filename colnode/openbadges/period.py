"""The time in which a credential holds. Source: VC Data Model 2.0 section 4.9, 1.1 section 4.6."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from colnode.openbadges.dates import parse_datetime
from colnode.openbadges.findings import Finding, finding

__all__ = ["check_period"]

# Two machines' clocks differ a little; a badge that was signed a moment ago is not in the future.
_CLOCK_SKEW = timedelta(seconds=60)


def check_period(credential: Mapping[str, Any], now: datetime) -> list[Finding]:
    """not_yet_valid, expired, date_malformed, or in_period.

    Source: Open Badges 3.0 section 9.1 step 4, VC Data Model 2.0 section 4.9 (validity period).
    """
    found = []
    for name in ("validFrom", "issuanceDate", "validUntil", "expirationDate"):
        if name not in credential:
            continue
        try:
            moment = parse_datetime(credential[name])
        except ValueError:
            found.append(finding("date_malformed", name=name))
            continue
        date = moment.date().isoformat()
        if name in ("validFrom", "issuanceDate"):
            if moment > now + _CLOCK_SKEW:
                found.append(finding("not_yet_valid", date=date))
        elif moment <= now:
            found.append(finding("expired", date=date))
    return found or [finding("in_period")]
