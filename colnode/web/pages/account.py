"""A person's own account: profile, addresses, password, sessions, tokens, export, leaving."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, json, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.errors import ColnodeError, Invalid
from colnode.exchange import grants, hosting
from colnode.host.types import NavItem, NavPlace, Role
from colnode.identity import links, memberships, merging, people, sessions, tokens
from colnode.web.auth import SESSION_COOKIE, current_node, current_person, require
from colnode.web.forms import field_errors
from colnode.web.rendering import error_text, links_for, panels_for, render

if TYPE_CHECKING:
    from colnode.identity.models import Person

__all__ = ["NAVIGATION", "bp"]

bp = Blueprint("account", __name__)

NAVIGATION = (
    NavItem("My account", "account.profile", "user-cog", NavPlace.ACCOUNT, Role.PERSON, order=80),
)


def _me() -> "Person":
    person = current_person()
    assert person is not None
    return person


def _token() -> str:
    return request.cookies.get(SESSION_COOKIE, "")


@bp.route("/account", methods=["GET", "POST"])
@require("account.use")
def profile() -> ResponseReturnValue:
    """Name, language and year of birth."""
    person = _me()
    if request.method != "POST":
        return _profile_page(person)
    form = request.form
    try:
        year = form.get("birth_year", "").strip()
        if year and not year.isdecimal():
            message = "This year cannot be right."
            raise Invalid(message, fields={"birth_year": message})
        people.edit_person(
            current_node(),
            person.id,
            display_name=form.get("display_name", ""),
            language=form.get("language", person.language),
            birth_year=int(year) if year else None,
        )
    except ColnodeError as error:
        return _profile_page(person, error)
    flash(_("Saved."), "success")
    return redirect(url_for("account.profile"))


def _profile_page(person: "Person", error: ColnodeError | None = None) -> ResponseReturnValue:
    stored = {
        "display_name": person.display_name,
        "language": person.language,
        "birth_year": person.birth_year or "",
    }
    page = render(
        "account/profile.html",
        values=request.form if error else stored,
        errors=field_errors(error, otherwise="display_name") if error else {},
        memberships=memberships.memberships_of(current_node(), person.id),
        adult_age=current_node().config.accounts.adult_age,
        panels=panels_for("account", None),
        more_links=links_for("account", None),
    )
    return page, error.status if error else 200


@bp.route("/account/signing-in")
@require("account.use")
def signing_in() -> ResponseReturnValue:
    """Addresses, password and the browsers that are signed in."""
    return _signing_in_page()


def _signing_in_page(error: ColnodeError | None = None, field: str = "") -> ResponseReturnValue:
    node, person = current_node(), _me()
    page = render(
        "account/signing_in.html",
        emails=person.emails,
        sessions=sessions.list_sessions(node, person.id),
        this_session=sessions.find(node, _token()),
        asks_current=person.password_hash is not None
        and not sessions.is_fresh_link(node, _token()),
        browser_name=_browser_name,
        values=request.form if error else {},
        errors=field_errors(error, otherwise=field) if error else {},
    )
    return page, error.status if error else 200


_BROWSERS = ("Firefox", "Edg", "OPR", "SamsungBrowser", "Chromium", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux")
_NAMES = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung", "CrOS": "ChromeOS"}


def _browser_name(user_agent: str) -> str:
    """A browser as people call it, from what it says about itself."""
    browser = next((name for name in _BROWSERS if name in user_agent), None)
    system = next((name for name in _SYSTEMS if name in user_agent), None)
    if browser is None or system is None:
        return user_agent[:60] or _("A browser")
    names = {"browser": _NAMES.get(browser, browser), "system": _NAMES.get(system, system)}
    return str(_("%(browser)s on %(system)s", **names))


@bp.route("/account/password", methods=["POST"])
@require("account.use")
def password() -> ResponseReturnValue:
    """Set a password; every other browser is signed out."""
    try:
        people.change_password(
            current_node(),
            _me().id,
            new=request.form.get("password", ""),
            current=request.form.get("current"),
            token=_token(),
        )
    except ColnodeError as error:
        return _signing_in_page(error, "password")
    flash(_("Your password is set. Every other browser is signed out."), "success")
    return redirect(url_for("account.signing_in"))


@bp.route("/account/emails", methods=["POST"])
@require("account.use")
def add_email() -> ResponseReturnValue:
    """Mail a link that adds an address."""
    try:
        links.request_address(current_node(), _me().id, email=request.form.get("email", ""))
    except ColnodeError as error:
        return _signing_in_page(error, "email")
    flash(_("Look into your mail: the link in it adds the address."), "success")
    return redirect(url_for("account.signing_in"))


@bp.route("/account/emails/primary", methods=["POST"])
@require("account.use")
def make_primary() -> ResponseReturnValue:
    """Choose the address that mail goes to."""
    address = request.form.get("address", "")
    return _try(lambda: people.make_primary(current_node(), _me().id, address), _("Saved."))


@bp.route("/account/emails/remove", methods=["POST"])
@require("account.use")
def remove_email() -> ResponseReturnValue:
    """Take an address off the account."""
    address = request.form.get("address", "")
    return _try(
        lambda: people.remove_email(current_node(), _me().id, address), _("The address is gone.")
    )


@bp.route("/account/merge", methods=["GET", "POST"])
@require("account.use")
def merge() -> ResponseReturnValue:
    """Join another account of the person's to this one: explained, then proven, then done."""
    if request.method != "POST":
        return _merge_page()
    node, form = current_node(), request.form
    email = form.get("email", "")
    try:
        if form.get("way") == "link":
            links.request_merge(node, _me().id, email=email)
            flash(_("If there is such an account, a mail is on its way to it."), "success")
            return redirect(url_for("account.merge"))
        merging.merge_by_password(
            node,
            into_id=_me().id,
            email=email,
            password=form.get("password", ""),
            client=request.remote_addr or "",
        )
    except ColnodeError as error:
        return _merge_page(error)
    flash(_("Your two accounts are one now."), "success")
    return redirect(url_for("account.signing_in"))


def _merge_page(error: ColnodeError | None = None) -> ResponseReturnValue:
    page = render(
        "account/merge.html",
        values=request.form,
        errors=field_errors(error, otherwise="email") if error else {},
    )
    return page, error.status if error else 200


@bp.route("/account/sessions/<session_id>/end", methods=["POST"])
@require("account.use")
def end_session(session_id: str) -> ResponseReturnValue:
    """Sign one browser out."""
    return _try(
        lambda: sessions.end_by_id(current_node(), session_id, person_id=_me().id),
        _("That browser is signed out."),
    )


@bp.route("/account/sessions/end-others", methods=["POST"])
@require("account.use")
def end_other_sessions() -> ResponseReturnValue:
    """Sign every other browser out."""
    return _try(
        lambda: sessions.end_all(current_node(), _me().id, but_token=_token()),
        _("Every other browser is signed out."),
    )


def _try(action: Callable[[], None], done: str) -> ResponseReturnValue:
    try:
        action()
    except ColnodeError as error:
        flash(error_text(error.message, error.parameters), "error")
    else:
        flash(done, "success")
    return redirect(url_for("account.signing_in"))


@bp.route("/account/tokens", methods=["GET", "POST"])
@require("account.use")
def personal_tokens() -> ResponseReturnValue:
    """Tokens for a person's own programs; a new one is shown once."""
    if request.method != "POST":
        return _tokens_page()
    form = request.form
    days = form.get("days", "365")
    try:
        made = tokens.create(
            current_node(),
            _me().id,
            label=form.get("label", ""),
            scopes=form.getlist("scopes"),
            days=int(days) if days in {"30", "365"} else None,
        )
    except ColnodeError as error:
        return _tokens_page(error)
    response = Response(_tokens_page(made=made)[0])
    response.headers["Cache-Control"] = "no-store"
    return response


def _tokens_page(error: ColnodeError | None = None, made: str | None = None) -> tuple[str, int]:
    node = current_node()
    scopes = [
        (name, node.host.permissions[name].description)
        for name in tokens.scope_names(node)
        if name != "public.read"
    ]
    page = render(
        "account/tokens.html",
        tokens=tokens.list_tokens(node, _me().id),
        allowed=grants.list_grants(node, _me().id),
        has_profile=hosting.has_put_profile(node, _me().id),
        scopes=scopes,
        chosen=request.form.getlist("scopes") if error else [],
        made=made,
        values=request.form if error else {},
        errors=field_errors(error, otherwise="label") if error else {},
    )
    return page, error.status if error else 200


@bp.route("/account/tokens/<token_id>/revoke", methods=["POST"])
@require("account.use")
def revoke_token(token_id: str) -> ResponseReturnValue:
    """End a token."""
    tokens.revoke(current_node(), token_id, person_id=_me().id)
    flash(_("The token is revoked."), "success")
    return redirect(url_for("account.personal_tokens"))


@bp.route("/account/data")
@require("account.use")
def data() -> ResponseReturnValue:
    """What can be taken along, and the way out."""
    return render("account/data.html")


@bp.route("/account/export")
@require("account.use")
def export() -> ResponseReturnValue:
    """Everything that is kept about the person, as one JSON file."""
    document = people.export(current_node(), _me().id)
    response = Response(
        json.dumps(document, indent=2, ensure_ascii=False), content_type="application/json"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/account/erase", methods=["GET", "POST"])
@require("account.use")
def erase() -> ResponseReturnValue:
    """Ask once, then erase the account."""
    if request.method != "POST":
        return render("account/erase.html")
    person = _me()
    try:
        people.erase(current_node(), person.id, actor_id=person.id)
    except ColnodeError as error:
        page = render("account/erase.html", problem=error_text(error.message, error.parameters))
        return page, error.status
    session.clear()
    flash(_("Your account is erased. Badges that you saved elsewhere stay valid."), "success")
    response = redirect(url_for("site.home"))
    response.delete_cookie(SESSION_COOKIE)
    return response
