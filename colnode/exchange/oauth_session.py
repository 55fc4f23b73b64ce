"""What Authlib's OAuth client needs of an HTTP library, over the guarded client."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from colnode.errors import Unavailable, Untrusted, _

if TYPE_CHECKING:
    from colnode.http import GuardedClient, Response

__all__ = ["GuardedSession"]

_MOST_BYTES = 100_000


class _Answer:
    """An answer as Authlib reads it."""

    def __init__(self, answer: "Response") -> None:
        self._answer = answer
        self.status_code = answer.status

    def json(self) -> Any:
        """The body as JSON; ValueError for anything else."""
        return json.loads(self._answer.body)

    def raise_for_status(self) -> None:
        """Raise for an error of the other side."""
        if self.status_code >= 500:
            raise Unavailable(_("The other site has a problem. Try again later."))


class GuardedSession:
    """Sends forms; Authlib signs them by `auth`. Redirects are not followed."""

    def __init__(self, http: "GuardedClient") -> None:
        self._http = http

    def post(
        self,
        url: str,
        data: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        auth: Any = None,
    ) -> _Answer:
        """POST a form. Raises as GuardedClient.get does."""
        body, sent = urlencode(data), dict(headers or {})
        sent.pop("Content-Length", None)
        if auth is not None:
            target, sent, body = auth.prepare("POST", url, sent, body)
            if target != url:
                raise Untrusted(_("This is not an address that can be fetched."))
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        return _Answer(self._http.post_text(url, body, headers=sent, max_bytes=_MOST_BYTES))
