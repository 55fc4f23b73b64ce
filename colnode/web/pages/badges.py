"""Badges that can be earned, their pages, images and documents; issuers and status lists."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as text

from colnode import media
from colnode.badges import (
    achievements,
    applications,
    confirming,
    copying,
    documents,
    images,
    status,
    versions,
)
from colnode.catalogue import Query, RecordView, search
from colnode.errors import NotFound, _
from colnode.host.types import NavItem
from colnode.identity import organisations
from colnode.web import structured
from colnode.web.addresses import picture_url, record_url
from colnode.web.auth import current_node, makes_badges, may, require
from colnode.web.documents import document, picture, prefers
from colnode.web.rendering import links_for, panels_for, pick_language, render

if TYPE_CHECKING:
    from colnode.badges.models import Achievement

__all__ = ["NAVIGATION", "bp"]

bp = Blueprint("badges", __name__)

NAVIGATION = (NavItem("Badges", "badges.catalogue", "award", order=30),)

_OFFERED = {
    "html": ("text/html", "application/xhtml+xml"),
    "json": ("application/ld+json", "application/json"),
}


@bp.route("/badges")
@require("public.read")
def catalogue() -> ResponseReturnValue:
    """Every badge that can be earned here and in the cities that this one reads."""
    asked = request.args
    tags = tuple(tag for tag in asked.getlist("tag") if tag)[:5]
    query = Query(
        text=asked.get("q", "")[:200],
        types=("achievement",),
        languages=tuple(code for code in asked.getlist("language") if code)[:5],
        tags=tags,
        own_first=True,
        limit=24,
        cursor=asked.get("cursor"),
        with_facets=True,
    )
    found = search(current_node(), query)
    return render(
        "badges/catalogue.html",
        query=query,
        found=found,
        badges=[_card(view) for view in found.items],
        tag_chips=_tag_chips(found.facets.get("tag", {}), tags),
        next_url=_with(cursor=found.next_cursor) if found.next_cursor else None,
    )


@bp.route("/badges/<achievement_id>")
@require("public.read")
def show(achievement_id: str) -> ResponseReturnValue:
    """One badge: as a page for people, as Open Badges JSON-LD for programs."""
    if prefers(_OFFERED, "html") == "json":
        return show_json(achievement_id)
    node = current_node()
    achievement = _visible(achievement_id)
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    page = Response(
        render(
            "badges/show.html",
            achievement=achievement,
            organisation=organisation,
            issued=achievements.count_issued(node, achievement.id),
            image=(image := documents.image_url(node, achievement.id)),
            structured=structured.badge(achievement, organisation, image=image),
            can_ask=applications.reviewer_of(node, achievement.id) is not None,
            more=achievements.content_of(achievement).more,
            copy_url=_copy_url(achievement),
            can_manage=may("badge.award", achievement.organisation_id),
            panels=panels_for("achievement", achievement),
            links=links_for("achievement", achievement),
        )
    )
    page.vary.add("Accept")
    return page


@bp.route("/badges/<achievement_id>.json")
@require("public.read")
def show_json(achievement_id: str) -> Response:
    """The Achievement document (Open Badges 3.0 section B.1.1), in ?language= or its main one."""
    node = current_node()
    achievement = achievements.get_public(node, achievement_id)
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    language = request.args.get("language", achievement.main_language)
    body = documents.public_achievement(node, achievement, organisation, language=language)
    return document(body, "application/ld+json")


@bp.route("/badges/<achievement_id>/versions/<int:number>")
@require("public.read")
def version(achievement_id: str, number: int) -> ResponseReturnValue:
    """What one version said and what it changed; for programs, its Achievement document."""
    node = current_node()
    achievement = achievements.get_public(node, achievement_id)
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    if prefers(_OFFERED, "html") == "json":
        found = versions.achievement_at(node, achievement, number)
        body = documents.public_achievement(node, found, organisation, language=found.main_language)
        return document(body, "application/ld+json")
    content = versions.content_at(node, achievement_id, number)
    before = versions.content_at(node, achievement_id, number - 1) if number > 1 else None
    page = Response(
        render(
            "badges/version.html",
            achievement=achievement,
            organisation=organisation,
            number=number,
            content=content,
            changes=[
                (_field_name(change.field), change)
                for change in (versions.changes(before, content) if before else ())
            ],
            versions=versions.list_versions(node, achievement_id),
        )
    )
    page.vary.add("Accept")
    return page


def _field_name(field: str) -> str:
    names: Mapping[str, str] = {
        "name": text("Name"),
        "description": text("What it stands for"),
        "criteria": text("How to earn it"),
        "main_language": text("Main language"),
        "tags": text("Topics"),
        "kind": text("Kind"),
        "valid_days": text("Valid for how many days?"),
        "picture": text("Picture"),
        "art": text("How it looks"),
        "matches": text("Skills it stands for"),
        "results": text("Results that people can reach"),
        "related": text("Badges that belong to it"),
        "credits": text("Credits"),
        "field_of_study": text("Field of study"),
        "specialization": text("Specialisation"),
        "human_code": text("Code of the course"),
        "licence": text("Licence"),
    }
    return names[field]


@bp.route("/badges/<achievement_id>/image.png")
@require("public.read")
def image_png(achievement_id: str) -> Response:
    """The badge's image, 800 pixels wide; the address that credentials name."""
    return _image(achievement_id, None)


@bp.route("/badges/<achievement_id>/image.webp")
@require("public.read")
def image_small(achievement_id: str) -> Response:
    """The badge's image for pages, 320 pixels wide."""
    return _image(achievement_id, 320)


@bp.route("/badges/<achievement_id>/image.svg")
@require("public.read")
def image_svg(achievement_id: str) -> Response:
    """The badge's image as a drawing."""
    achievement = _visible(achievement_id)
    return picture(
        images.draw(current_node(), achievement).encode("utf-8"),
        "image/svg+xml",
        is_public=achievement.is_public,
    )


@bp.route("/organisations/<slug>/profile.json")
@require("public.read")
def profile(slug: str) -> Response:
    """The issuer's Profile document (Open Badges 3.0 section B.1.18)."""
    node = current_node()
    organisation = organisations.by_slug(node, slug)
    if not organisation.is_verified:
        raise NotFound(_("There is no such organisation."))
    return document(documents.public_profile(node, organisation), "application/ld+json")


@bp.route("/status/<status_list_id>")
@require("public.read")
def status_list(status_list_id: str) -> Response:
    """The BitstringStatusListCredential (Bitstring Status List section 2.2), always up to date."""
    found = status.get_list(current_node(), status_list_id)
    response = document(found.document, "application/vc")
    response.headers["Cache-Control"] = "public, no-cache"
    return response


@bp.route("/confirmations/<digest>")
@require("public.read")
def confirmation(digest: str) -> Response:
    """Confirm that the document with this SHA-256 was given here; 404 when it was not."""
    return document(confirming.confirmation(current_node(), digest), "application/json")


def _copy_url(achievement: "Achievement") -> str | None:
    """Where somebody who makes badges copies this one: their own, or one that its maker lets go."""
    is_own = may("badge.edit", achievement.organisation_id)
    if not is_own and not (copying.may_copy(achievement) and makes_badges()):
        return None
    return url_for("organiser_copies.choose", source=achievement.id)


def _visible(achievement_id: str) -> "Achievement":
    achievement = achievements.get_achievement(current_node(), achievement_id)
    if not achievement.is_public and not may("badge.award", achievement.organisation_id):
        raise NotFound(_("There is no such badge."))
    return achievement


def _image(achievement_id: str, width: int | None) -> Response:
    achievement = _visible(achievement_id)
    if achievement.image is None:
        raise NotFound(_("There is no such picture."))
    file = media.file_of(current_node(), achievement.image, width=width)
    return picture(file.path.read_bytes(), file.media_type, is_public=achievement.is_public)


def _card(view: RecordView) -> Mapping[str, Any]:
    return {
        "title": pick_language(view.title),
        "url": record_url(view),
        "image_url": picture_url(view.picture, 320),
        "organisation": view.body["creator"]["name"],
        "origin_name": None if view.is_own else pick_language(view.origin_name),
    }


def _tag_chips(counts: Mapping[str, int], chosen: tuple[str, ...]) -> list[Mapping[str, Any]]:
    shown = dict.fromkeys([*chosen, *list(counts)[:12]])
    return [
        {
            "label": tag,
            "is_on": tag in chosen,
            "count": None if tag in chosen else counts.get(tag),
            "url": _with(tag=[one for one in chosen if one != tag] + [tag] * (tag not in chosen)),
        }
        for tag in shown
    ]


def _with(**changes: object) -> str:
    """The address of this page with some of the query changed; the cursor starts anew."""
    kept: dict[str, object] = {
        name: request.args.getlist(name) for name in request.args if name != "cursor"
    }
    return url_for("badges.catalogue", **(kept | changes))  # type: ignore[arg-type]
