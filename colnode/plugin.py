"""The public plugin API: everything that a plugin may import, and nothing else is promised.

docs/plugin-api.md explains each name. The core never imports this module.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import flask
import flask_babel
from markupsafe import Markup

from colnode import audit, catalogue, jobs, media
from colnode.badges import (
    applications,
    art,
    completing,
    earned,
    endorsing,
    offering,
    passport,
    rules,
    sheets,
    stamps,
    verifying,
)
from colnode.badges.blocks import Block, BlockStyle
from colnode.db import LangMap, UTCDateTime, insert_into, new_id
from colnode.db import PluginBase as Base
from colnode.errors import (
    ColnodeError,
    ConfigurationError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Refused,
    TooLarge,
    Unavailable,
    _,
)
from colnode.host import deprecated
from colnode.host.hookspecs import hookimpl
from colnode.host.types import (
    AwardRule,
    Command,
    DemoPart,
    DemoScene,
    Facet,
    Indexed,
    JobKind,
    Link,
    NavItem,
    NavPlace,
    Notification,
    Pages,
    Panel,
    Permission,
    Picture,
    RecordType,
    Role,
    Setting,
)
from colnode.identity import (
    joining,
    key_file,
    keys,
    notifications,
    organisations,
    people,
    plugin_settings,
)
from colnode.later import submodules as modules_when_used
from colnode.node import Node
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person, current_person_id, may, require
from colnode.web.documents import qr_markup
from colnode.web.facets import facet_groups
from colnode.web.measures import age_words, duration_words
from colnode.web.rendering import error_text, links_for, pick_language, render
from colnode.web.security import allow_images_from

if TYPE_CHECKING:
    from colnode.badges.values import EarnedBadge, SignedEndorsement
    from colnode.openbadges.findings import Finding, FindingStatus, Verdict

__all__ = [
    "AwardRule",
    "Base",
    "Block",
    "BlockStyle",
    "ColnodeError",
    "Command",
    "ConfigurationError",
    "Conflict",
    "DemoPart",
    "DemoScene",
    "EarnedBadge",
    "Facet",
    "Finding",
    "FindingStatus",
    "Forbidden",
    "Gone",
    "Indexed",
    "Invalid",
    "JobKind",
    "LangMap",
    "Link",
    "NavItem",
    "NavPlace",
    "Node",
    "NotFound",
    "Notification",
    "Pages",
    "Panel",
    "Permission",
    "Picture",
    "RecordType",
    "Refused",
    "Role",
    "Setting",
    "SignedEndorsement",
    "TooLarge",
    "UTCDateTime",
    "Unavailable",
    "_",
    "age_words",
    "allow_images_from",
    "ask_for_badge",
    "audit",
    "carry_endorsements",
    "catalogue",
    "complete_record",
    "completed_records",
    "create_rule",
    "current_node",
    "current_person",
    "current_person_id",
    "did_of",
    "draw_cover",
    "draw_pdf",
    "duration_words",
    "earned_achievements",
    "end_rule",
    "enqueue",
    "error_text",
    "facet_groups",
    "fetch",
    "find_earned",
    "gettext",
    "has_earned",
    "holder_of",
    "hookimpl",
    "insert_into",
    "join_by_mail",
    "let_people_ask",
    "look_at_rules",
    "may",
    "media",
    "modules_when_used",
    "names_of_people",
    "new_id",
    "ngettext",
    "notify",
    "offer_badge",
    "operation",
    "organisations",
    "pick_language",
    "qr_markup",
    "record_links",
    "render",
    "require",
    "revoke_endorsement",
    "secret",
    "send_mail",
    "setting",
    "sign_endorsement",
    "structured_data",
    "uncomplete_record",
    "url",
    "verify_document",
]


_WHEN_ASKED = {
    "EarnedBadge": "colnode.badges.values",
    "Finding": "colnode.openbadges.findings",
    "FindingStatus": "colnode.openbadges.findings",
    "SignedEndorsement": "colnode.badges.values",
}


def __getattr__(name: str) -> Any:
    """What no start needs, and names that have another one by now. Raises AttributeError."""
    if name in _WHEN_ASKED:
        value = globals()[name] = getattr(import_module(_WHEN_ASKED[name]), name)
        return value
    wanted = deprecated.new_name(name)
    if wanted is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals()[wanted]


def url(endpoint: str, /, **values: Any) -> str:
    """The address of an endpoint, as Flask's url_for gives it."""
    return flask.url_for(endpoint, **values)


def gettext(text: str, /, **values: object) -> str:
    """A text in the person's language, with %(name)s filled in."""
    translated: str = flask_babel.gettext(text, **values)
    return translated


def record_links(record: catalogue.RecordView) -> Sequence[Link]:
    """What plugins link to from a page about a record, for whoever asks: see the hook `links`."""
    return links_for("record", record)


def structured_data(document: Mapping[str, Any]) -> Markup:
    """What a page is about, as schema.org JSON-LD for its head; safe whatever its texts are."""
    from colnode.web import structured

    return structured.script(document)


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """A text for a number in the person's language; %(num)s is the number."""
    translated: str = flask_babel.ngettext(one, many, number, **values)
    return translated


def draw_cover(
    seed: str,
    kind: Literal["activity", "organisation", "playlist"],
    colours: Sequence[str] = (),
    *,
    icon: str | None = None,
) -> str:
    """A picture for something that has none, as SVG of 640 by 360 units.

    Equal input gives an equal picture. `colours` are names of line colours (blue, vermilion, green,
    rose, amber, sky, violet, slate), `icon` is a lucide name.
    """
    return art.draw_cover(
        seed, art.CoverKind(kind), [art.Colour(name) for name in colours], icon=icon
    )


def draw_pdf(node: Node, title: str, blocks: Sequence[Block], *, language: str) -> bytes:
    """Printed pages with a title and texts below each other, as PDF in the city's colour."""
    return sheets.draw(node, title, blocks, language=language)


def earned_achievements(node: Node, person_id: str) -> set[str]:
    """The addresses of what a person has earned, as achievements' `id`s.

    A badge counts while it stands; one from elsewhere only when it was found valid and is proven
    to be the person's own.
    """
    return stamps.earned_achievements(node, person_id)


def has_earned(earned: Iterable[str], address: str) -> bool:
    """Whether the badge at an address is among `earned_achievements`, in any of its versions."""
    return stamps.has_earned(earned, address)


def setting(node: Node, name: str) -> Any:
    """The value of a plugin's setting, e.g. setting(node, "map.tile_url"). Raises KeyError.

    Ask for it each time it is needed: an admin may have changed it since.
    """
    plugin, _dot, key = name.partition(".")
    return plugin_settings.value_of(node, plugin, key)


def send_mail(
    node: Node, to: str, *, subject: str, text: str, language: str = "", **parameters: object
) -> None:
    """Mail to an address, enqueued in the caller's transaction; for people use `notify`.

    `subject` and `text` are templates marked with `_`, in `language` or the city's main one, filled
    in with `parameters` (`{city}` is always there). Raises Invalid for what is no address.
    """
    language = language or node.config.main_language
    given = {"city": node.config.city.name, **parameters}
    subject, text = (node.translate(words, language).format(**given) for words in (subject, text))
    node.mail.send(node, to, subject, text)


def fetch(
    node: Node,
    address: str,
    *,
    accept: str = "*/*",
    max_bytes: int = 1024 * 1024,
    timeout_seconds: float = 20,
) -> tuple[int, bytes]:
    """GET an address of another machine; the status and the body. Ask from a job, not from a page.

    Only https and public addresses, bounded in bytes and time. Raises Untrusted for an address
    that may not be asked, Unavailable when nothing whole comes in time, TooLarge.
    """
    answer = node.http.get(
        address, accept=accept, max_bytes=max_bytes, timeout_seconds=timeout_seconds
    )
    return answer.status, answer.body


def enqueue(
    node: Node, kind: str, payload: Mapping[str, Any] | None = None, *, key: str | None = None
) -> None:
    """Add background work in the caller's transaction; `kind` is a registered JobKind's name."""
    jobs.enqueue(node, kind, payload, key=key)


def names_of_people(node: Node, person_ids: Iterable[str]) -> dict[str, str]:
    """The names that people go by, by id; who left the city has none."""
    return people.names_of(node, person_ids)


def offer_badge(
    node: Node,
    person_id: str,
    achievement_id: str,
    *,
    organisation_id: str,
    actor_id: str | None = None,
) -> bool:
    """Offer a badge of the organisation to a person and mail it, in the caller's transaction.

    False when it cannot be, or they hold it already. Without an actor an owner of the organisation
    offers it. Raises NotFound.
    """
    result = offering.offer_badge(
        node, person_id, achievement_id, organisation_id=organisation_id, actor_id=actor_id
    )
    return result is not None and result.outcome == "sent"


def secret(node: Node, purpose: str) -> bytes:
    """32 secret bytes of this city for one purpose, such as "trail stamps", the same each time.

    For signing what comes back: hmac.digest(secret(node, "trail stamps"), message, "sha256").
    """
    return key_file.derive_secret(node.config, f"plugin {purpose}")


def look_at_rules(node: Node, person_id: str) -> None:
    """Say, in the same transaction, that a person has come further: see register_award_rules."""
    rules.look_at(node, person_id)


def complete_record(
    node: Node,
    person_id: str,
    reference: str,
    *,
    source: str,
    completed_at: datetime | None = None,
) -> bool:
    """Note that a person has done the record `ORIGIN/type/id` (`self` for this city's own).

    Saying it again changes nothing; True when it is news. It looks at the rules, and calls the hook
    record_completed after the commit. `source` is the plugin's name. Raises Invalid and NotFound.
    """
    return completing.complete_record(
        node, person_id, reference, source=source, completed_at=completed_at
    )


def uncomplete_record(node: Node, person_id: str, reference: str, *, source: str) -> bool:
    """Take back what the same source noted by mistake; True when there was something."""
    return completing.uncomplete_record(node, person_id, reference, source=source)


def completed_records(node: Node, person_id: str) -> Mapping[str, datetime]:
    """What a person has done and when, by references that name a node id, never `self`."""
    return completing.completed_records(node, person_id)


def holder_of(node: Node, credential_id: str) -> str | None:
    """The id of the person whose badge it is, None once they have left."""
    return passport.holder_of(node, credential_id)


def create_rule(
    node: Node, achievement_id: str, *, rule: str, things: Sequence[str], actor_id: str
) -> str:
    """Let a badge give itself to whoever meets a registered award rule; returns the rule's id.

    Raises Refused (badge not published, organisation not verified), Invalid (unknown things).
    """
    return rules.create_rule(node, achievement_id, rule=rule, things=things, actor_id=actor_id).id


def end_rule(node: Node, rule_id: str, *, actor_id: str) -> None:
    """Let such a rule give nothing any more; what it gave stays. Raises NotFound."""
    rules.end_rule(node, rule_id, actor_id=actor_id)


def let_people_ask(node: Node, achievement_id: str, *, actor_id: str) -> None:
    """Let people ask for a badge, reviewed by organisers, unless somebody reviews it already."""
    if applications.reviewer_of(node, achievement_id) is None:
        reviewer = applications.Reviewer.ORGANISER
        applications.set_reviewer(node, achievement_id, reviewer=reviewer, actor_id=actor_id)


def ask_for_badge(node: Node, achievement_id: str, *, person_id: str, narrative: str) -> str:
    """Ask for a badge in a person's name; returns the request's id.

    Raises Refused (cannot be asked for, held already), Conflict (asked already) and Invalid.
    """
    asked = applications.apply_for(node, achievement_id, person_id=person_id, narrative=narrative)
    return asked.id


def notify(
    node: Node,
    person_id: str,
    kind: str,
    *,
    subject: str,
    text: str,
    url: str = "",
    parameters: Mapping[str, object] | None = None,
    key: str | None = None,
) -> bool:
    """Tell a person something, on their account page and by mail, in the caller's transaction.

    `subject` and `text` are English templates marked with `_`; they are translated into the
    person's language and filled in with `parameters`, which has `city` in any case; one that is
    a language map is said in their language. `url` is an address or a path of this site. With the
    same `key` a person is told once, so that a job may run twice. Returns whether anything was
    sent: nothing is to somebody who switched the kind off, whose account ended, or who was told
    before. Raises Invalid for a kind that nobody registered.
    """
    return notifications.notify(
        node,
        person_id,
        kind,
        subject=subject,
        text=text,
        url=url,
        parameters=parameters,
        key=key,
    )


def did_of(node: Node, organisation_id: str) -> str:
    """The did:web that an organisation signs as."""
    return keys.did(node, organisation_id)


def sign_endorsement(
    node: Node,
    organisation_id: str,
    *,
    id: str,
    subject_id: str,
    comment: str,
    valid_until: datetime | None = None,
) -> "SignedEndorsement":
    """Sign an EndorsementCredential of `subject_id` with the organisation's own key.

    `id` is the address where the plugin will serve the document; it has an entry in a status list.
    Raises Refused (the city has not verified the organisation) and Invalid.
    """
    return endorsing.sign(
        node,
        organisation_id,
        id=id,
        subject_id=subject_id,
        comment=comment,
        valid_until=valid_until,
    )


def revoke_endorsement(node: Node, endorsement: "SignedEndorsement") -> None:
    """Revoke an endorsement; whoever checks it sees that once the unit is committed."""
    endorsing.revoke(node, endorsement)


def carry_endorsements(
    node: Node, credential_id: str, endorsements: Sequence[Mapping[str, Any]]
) -> None:
    """Let an earned badge carry exactly these endorsements of it; it is signed again for that.

    Raises NotFound, Gone (taken back or left behind), Invalid (about something else), Refused.
    """
    endorsing.carry(node, credential_id, endorsements)


def verify_document(node: Node, data: bytes) -> "Verdict":
    """The verdict on a badge or an endorsement; needs an open unit, better one that only reads."""
    return verifying.verify_bytes(node, data)


def find_earned(node: Node, address: str, *, viewer_id: str | None) -> "EarnedBadge":
    """The earned badge at an address: for its holder always, for others once it is shared.

    Raises NotFound.
    """
    return earned.find_earned(node, address, viewer_id=viewer_id)


def join_by_mail(
    node: Node,
    *,
    email: str,
    display_name: str,
    organisation_name: str,
    url: str = "",
    language: str | None = None,
) -> tuple[str, str]:
    """Open an account for somebody who came by a mailed link, and register their organisation.

    The link has proven the address. The organisation waits for the city like any other. Returns
    both ids. Raises Conflict when the address has an account, and Invalid that names the fields
    display_name, name and url.
    """
    return joining.join_by_mail(
        node,
        email=email,
        display_name=display_name,
        organisation_name=organisation_name,
        url=url,
        language=language,
    )
