"""What the certification as Host asks, tried from both sides: as provider and as client."""

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from colnode import jobs
from colnode.conformance.stage import Stage, need
from colnode.exchange import keeping, scopes, sites
from colnode.http import GuardedClient, Response
from colnode.openbadges.schema import schema_error

__all__ = [
    "exports_without_loss",
    "fetches_badges_and_profile",
    "gives_pages",
    "gives_profile",
    "keeps_profile",
    "keeps_what_is_sent",
    "lets_itself_in",
    "lets_programs_in",
    "reads_every_format",
    "refreshes",
    "requires_scopes",
    "revokes",
]

_API = "/ims/ob/v3p0"
_BACK = "http://localhost/back"
_START = "/my-badges/from-another-site"


class _Program:
    """A client of the standard's API, written after the standard alone."""

    def __init__(self, stage: Stage) -> None:
        self.city = stage.home
        self.http = GuardedClient(allow_loopback=True)
        self.service = sites.read_service(self.http, self.city.url, own_url="")
        self.tokens: dict[str, Any] = {}
        self.id = self.secret = ""

    def register(self) -> None:
        """RFC 7591 with the members that the guide's test system sends."""
        answer = self.http.post_json(
            self.service.registration_url,
            {
                "client_name": "Conformance",
                "client_uri": "https://1edtech.example",
                "redirect_uris": [_BACK],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "client_secret_basic",
                "scope": " ".join(scopes.SUPPORTED),
            },
        )
        need(answer.status == 201, f"registration answers {answer.status}")
        document = json.loads(answer.body)
        self.id, self.secret = document["client_id"], document["client_secret"]

    def connect(self, wanted: str) -> None:
        """Ask, have the learner say yes, and swap the code."""
        client = sites.client_for(
            self.http, sites.Credentials(self.id, self.secret), own_url=self.city.url
        )
        url, _state = client.create_authorization_url(
            self.service.authorisation_url,
            state="state",
            code_verifier="v" * 43,
            redirect_uri=_BACK,
            scope=wanted.split(),
        )
        need(self.city.get(url).status_code == 200, "the question is not shown")
        location = self.city.post(url, answer="yes").location
        (code,) = parse_qs(urlsplit(location).query)["code"]
        self.token("authorization_code", code=code, redirect_uri=_BACK, code_verifier="v" * 43)

    def token(self, grant_type: str, **form: str) -> None:
        """Ask the token endpoint."""
        pair = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        answer = self._form(
            self.service.token_url,
            {"grant_type": grant_type, **form},
            {"Authorization": f"Basic {pair}"},
        )
        need(answer.status == 200, f"the token endpoint answers {answer.status}")
        self.tokens = json.loads(answer.body)

    def revoke(self) -> None:
        """RFC 7009."""
        pair = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        need(self.service.revocation_url, "there is no revocation endpoint")
        answer = self._form(
            str(self.service.revocation_url),
            {"token": self.tokens["refresh_token"]},
            {"Authorization": f"Basic {pair}"},
        )
        need(answer.status == 200, f"revocation answers {answer.status}")

    def _form(self, url: str, form: dict[str, str], headers: dict[str, str]) -> Response:
        named = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        return self.http.post_text(url, urlencode(form), headers=named)

    def get(self, path: str) -> Response:
        """GET with the access token."""
        return self.http.get(f"{self.city.url}{_API}{path}", headers=self.bearer)

    @property
    def bearer(self) -> dict[str, str]:
        """The header with the access token, none without one."""
        token = self.tokens.get("access_token")
        return {"Authorization": f"Bearer {token}"} if token else {}


def _program(stage: Stage) -> _Program:
    program = stage.memory.get("program")
    need(isinstance(program, _Program), "no program was let in")
    assert isinstance(program, _Program)
    return program


def reads_every_format(stage: Stage) -> str:
    """Baked PNG, baked SVG and the address of a badge, brought into another city and verified."""
    url = f"{stage.home.url}/credentials/{stage.memory['address']}"
    looked = stage.away.post("/my-badges/bring-in/look", url=url)
    by_address = re.search(r'name="carried" value="([^"]+)"', looked.text)
    need(by_address is not None, "the address is not read")
    carried = {form: base64.b64encode(stage.memory[form]).decode() for form in ("png", "svg")}
    carried["address"] = by_address[1] if by_address else ""
    for form, document in carried.items():
        _bring(stage, form, document)
    return "PNG, SVG and address imported and verified"


def _bring(stage: Stage, form: str, document: str) -> None:
    """Bring a badge in, have it checked, read what its page says, and remove it again."""
    there = stage.away.post("/my-badges/bring-in", carried=document)
    need(there.status_code == 302, f"the {form} is not imported")
    jobs.run_due(stage.away.node)
    need("valid today" in stage.away.get(there.location).text, f"the {form} is not verified")
    stage.away.post(f"{there.location}/remove")


def lets_programs_in(stage: Stage) -> str:
    """Discovery, registration, consent and token as somebody else's program."""
    program = _Program(stage)
    program.register()
    program.connect(" ".join(scopes.SUPPORTED))
    need(program.tokens.get("refresh_token"), "there is no refresh token")
    stage.memory["program"] = program
    return f"let in, with a token for {program.tokens['expires_in']} seconds"


def requires_scopes(stage: Stage) -> str:
    """No token 401, a token of another scope 403, both as Imsx_StatusInfo."""
    nobody = _Program(stage)
    without = nobody.get("/credentials")
    reader = _Program(stage)
    reader.register()
    reader.connect(scopes.PROFILE_READ)
    other = reader.get("/credentials")
    need(without.status == 401, f"without a token: {without.status}")
    need(other.status == 403, f"with another scope: {other.status}")
    for answer in (without, other):
        need(json.loads(answer.body)["imsx_codeMajor"] == "failure", "no Imsx_StatusInfo")
    return "401 and 403"


def gives_pages(stage: Stage) -> str:
    """Every badge on pages of one, led by the Link header, each verified."""
    program = _program(stage)
    stage.home.give("Second")
    seen, offset, total = 0, 0, ""
    while True:
        answer = program.get(f"/credentials?limit=1&offset={offset}")
        need(answer.status == 200, f"getCredentials answers {answer.status}")
        (document,) = json.loads(answer.body)["credential"]
        verdict = stage.verdict(json.dumps(document).encode())
        is_revoked = verdict.find("revoked") is not None
        need(verdict.is_valid or is_revoked, "a badge on the page does not verify")
        seen, total = seen + 1, answer.headers["X-Total-Count"]
        offset += 1
        if 'rel="next"' not in answer.headers["Link"]:
            break
    need(total == str(seen), f"X-Total-Count is {total}, seen {seen}")
    return f"{seen} pages of one badge"


def gives_profile(stage: Stage) -> str:
    """A Profile by its schema."""
    answer = _program(stage).get("/profile")
    need(answer.status == 200, f"getProfile answers {answer.status}")
    document = json.loads(answer.body)
    wrong = schema_error(document, "Profile")
    need(wrong is None, f"the schema says {wrong}")
    return f"Profile of {document['name']}"


def refreshes(stage: Stage) -> str:
    """A new pair, with which the API answers."""
    program = _program(stage)
    old = program.tokens["access_token"]
    program.token("refresh_token", refresh_token=program.tokens["refresh_token"])
    need(program.tokens["access_token"] != old, "the access token stays the same")
    need(program.get("/profile").status == 200, "the new token does not count")
    return "both tokens are new"


def keeps_what_is_sent(stage: Stage) -> str:
    """A badge of another city is sent, and getCredentials gives the same one."""
    program = _program(stage)
    document = stage.away.give("Sent").document
    stage.memory["sent"] = document
    answer = program.http.post_text(
        f"{stage.home.url}{_API}/credentials",
        document,
        headers={**program.bearer, "Content-Type": "application/json"},
    )
    need(answer.status == 201, f"upsertCredential answers {answer.status}")
    need(answer.body.decode() == document, "the answer is another badge")
    need(document in program.get("/credentials").body.decode(), "getCredentials has it not")
    return "201, and getCredentials gives it"


def exports_without_loss(stage: Stage) -> str:
    """What was sent is in getCredentials and in the person's export, nothing lost."""
    program = stage.memory.get("program")
    if program is None:
        lets_programs_in(stage)
    if "sent" not in stage.memory:
        keeps_what_is_sent(stage)
    body = _program(stage).get("/credentials").body.decode()
    need(stage.memory["sent"] in body, "the badge changed on its way")
    export = json.loads(stage.home.get("/account/export").data)
    kept = [base64.b64decode(item["document"]).decode() for item in export["brought_badges"]]
    need(stage.memory["sent"] in kept, "the export lacks it")
    return "byte for byte"


def keeps_profile(stage: Stage) -> str:
    """The Profile of the guide's test is put and given back."""
    program = _program(stage)
    wanted = {
        "@context": ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        "id": "https://1edtech.org/issuers/cert",
        "type": ["Profile"],
        "name": "Conformance",
    }
    client = stage.home.app.test_client(use_cookies=False)
    put = client.put(
        f"{_API}/profile", json=wanted, headers=program.bearer, base_url=stage.home.url
    )
    need(put.status_code == 200, f"putProfile answers {put.status_code}")
    need(json.loads(program.get("/profile").body) == wanted, "getProfile gives another one")
    return "given back as it was put"


def revokes(stage: Stage) -> str:
    """A program of its own, so that the others go on."""
    program = _Program(stage)
    program.register()
    program.connect(scopes.PROFILE_READ)
    need(program.get("/profile").status == 200, "the token does not count")
    program.revoke()
    status = program.get("/profile").status
    need(status == 401, f"after revocation: {status}")
    return "401 after revocation"


def lets_itself_in(stage: Stage) -> str:
    """The other city is the client: it discovers, registers, sends its learner, swaps the code."""
    left = stage.away.post(_START, address=stage.home.url)
    need(left.status_code == 303, f"leaving answers {left.status_code}")
    need(stage.home.get(left.location).status_code == 200, "the question is not shown")
    answered = stage.home.post(left.location, answer="yes")
    back = stage.away.get(answered.location)
    need(back.status_code == 302, f"coming back answers {back.status_code}")
    stage.memory["visit"] = back.location
    return "came back with a token"


def fetches_badges_and_profile(stage: Stage) -> str:
    """The background job fetches; the page shows name and number, the badges are there."""
    node = stage.away.node
    jobs.run_due(node)
    page = stage.away.get(stage.memory["visit"]).text
    need("There you are called" in page, "the profile is not shown")
    with node.reading():
        kept = keeping.list_kept(node, stage.away.learner.id)
        proven = [item for item in kept if item.is_fetched]
    need(proven, "no badge came with its proof")
    return f"{len(kept)} badges, {len(proven)} proven by their own site"
