"""Sends a badge to /verify and reads the verdict from the page; a network of known pages."""

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from colnode.errors import Unavailable
from colnode.http import Response

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


SCOPES = ("badge.edit", "badge.award", "badge.revoke", "account.use", "organisation.edit")


class KnownPages:
    """In the place of the guarded HTTP client: these addresses answer, all others are away."""

    def __init__(self) -> None:
        self._pages: dict[str, bytes] = {}

    def __setitem__(self, url: str, body: bytes) -> None:
        self._pages[url] = body

    def get(self, url: str, **_options: Any) -> Response:
        """The page at an address."""
        if url not in self._pages:
            raise Unavailable("{url} could not be reached.", url=url)
        headers: Mapping[str, str] = {}
        return Response(200, headers, self._pages[url], url)


def send(client: "FlaskClient", data: bytes, name: str = "badge.json") -> "TestResponse":
    return client.post("/verify", data={"file": (BytesIO(data), name)})


def paste(client: "FlaskClient", text: str) -> "TestResponse":
    return client.post("/verify", data={"text": text})


def verdict_of(answer: "TestResponse") -> str:
    assert answer.status_code == 200, answer.text
    return next(
        word for word in ("valid", "invalid", "indeterminate")
        if f'class="verdict is-{word}"' in answer.text
    )  # fmt: skip


class Api:
    """Calls the API with a person's token."""

    def __init__(self, client: "FlaskClient", token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def __call__(
        self, method: str, path: str, body: Any = None, *, key: str | None = None
    ) -> "TestResponse":
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        return self._client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
