"""A program of somebody else, as it talks to a city: registers, asks, gets tokens, uses them."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

BASE = "http://localhost:8000"
API = "/ims/ob/v3p0"
BACK = "https://app.example/back"
SCOPE = "https://purl.imsglobal.org/spec/ob/v3p0/scope/"
ALL = tuple(
    SCOPE + name
    for name in ("credential.readonly", "credential.upsert", "profile.readonly", "profile.update")
)


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class Program:
    """One registered program. `browser` is the person's; the program itself sends no cookie."""

    browser: FlaskClient
    auth_method: str = "client_secret_basic"
    scopes: tuple[str, ...] = ALL
    id: str = ""
    secret: str | None = None
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    tokens: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wire = self.browser.application.test_client(use_cookies=False)

    def register(self, **changes: Any) -> TestResponse:
        """Ask for an id; what is None in `changes` is left out."""
        metadata: dict[str, Any] = {
            "client_name": "Skill Wallet",
            "client_uri": "https://app.example",
            "redirect_uris": [BACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": self.auth_method,
            "scope": " ".join(self.scopes),
        }
        wanted = {name: item for name, item in (metadata | changes).items() if item is not None}
        answer = self.wire.post(f"{API}/oauth/register", json=wanted, base_url=BASE)
        if answer.status_code == 201:
            self.id, self.secret = answer.json["client_id"], answer.json.get("client_secret")
        return answer

    def question(self, **changes: str | None) -> str:
        """Where the program sends the person."""
        words: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": BACK,
            "scope": " ".join(self.scopes),
            "state": "a-state",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        words |= changes
        return "/oauth/authorise?" + urlencode({k: v for k, v in words.items() if v is not None})

    def answer(self, says: str = "yes", **changes: str | None) -> TestResponse:
        """The person reads the question and answers it."""
        return self.browser.post(self.question(**changes), data={"answer": says}, base_url=BASE)

    def code(self, **changes: str | None) -> str:
        """The code that a yes gives."""
        return query_of(self.answer(**changes).location)["code"]

    def _post(self, path: str, form: dict[str, str | None]) -> TestResponse:
        headers = {}
        if self.auth_method == "client_secret_basic":
            pair = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        else:
            form = {"client_id": self.id, **form}
        words = {name: value for name, value in form.items() if value is not None}
        return self.wire.post(f"{API}/oauth/{path}", data=words, headers=headers, base_url=BASE)

    def swap(self, code: str, **changes: str | None) -> TestResponse:
        """Swap a code for tokens."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": self.verifier,
        }
        answer = self._post("token", form | changes)
        if answer.status_code == 200:
            self.tokens = answer.json
        return answer

    def refresh(self, token: str | None = None, **changes: str) -> TestResponse:
        """Swap the refresh token for a new pair."""
        wanted = token or self.tokens["refresh_token"]
        answer = self._post(
            "token", {"grant_type": "refresh_token", "refresh_token": wanted, **changes}
        )
        if answer.status_code == 200:
            self.tokens = answer.json
        return answer

    def revoke(self, token: str) -> TestResponse:
        """Give a token back."""
        return self._post("revoke", {"token": token})

    def call(self, method: str, path: str, token: str | None = None, **words: Any) -> TestResponse:
        """Use the API with the access token."""
        bearer = {"Authorization": f"Bearer {token or self.tokens['access_token']}"}
        headers = bearer | words.pop("headers", {})
        return self.wire.open(API + path, method=method, headers=headers, base_url=BASE, **words)


def connect(browser: FlaskClient, **wishes: Any) -> Program:
    """A program that the signed-in person allowed everything."""
    program = Program(browser, **wishes)
    assert program.register().status_code == 201
    assert program.swap(program.code()).status_code == 200
    return program
