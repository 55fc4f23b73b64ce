"""Joining, signing in and out, and the links that are mailed."""

from flask import Blueprint, Response, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from colnode.errors import ColnodeError, Throttled
from colnode.host.types import Role
from colnode.identity import links, people, sessions
from colnode.web.addresses import keep_page, kept_page, local_path
from colnode.web.auth import SESSION_COOKIE, current_node, current_person, require
from colnode.web.forms import field_errors
from colnode.web.rendering import pick_language, render

__all__ = ["bp"]

bp = Blueprint("identity", __name__)

_SIGNED_UP = "signed_up"


@bp.route("/sign-in", methods=["GET", "POST"])
@require("public.read")
def sign_in() -> ResponseReturnValue:
    """Sign in with a password, or ask for a link by mail."""
    target = local_path(request.values.get("next", ""), otherwise=url_for("site.home"))
    if request.method != "POST":
        return redirect(target) if current_person() else _sign_in_form(target)
    client = request.remote_addr or ""
    email = request.form.get("email", "")
    try:
        if request.form.get("way") == "link":
            links.request_link(current_node(), email=email, client=client)
            if target != url_for("site.home"):
                keep_page(target)
            return redirect(url_for("identity.look_into_mail"))
        person = people.authenticate(
            current_node(), email=email, password=request.form.get("password", ""), client=client
        )
    except ColnodeError as error:
        return _sign_in_form(target, error)
    return _signed_in(redirect(target), person.id)


def _sign_in_form(target: str, error: ColnodeError | None = None) -> ResponseReturnValue:
    page = render(
        "identity/sign_in.html",
        target=target,
        values=request.form,
        errors=field_errors(error, otherwise="email") if error else {},
        sign_up_is_open=current_node().config.accounts.sign_up == "open",
    )
    return _answer(page, error)


def _answer(page: str, error: ColnodeError | None) -> Response:
    response = Response(page, error.status if error else 200)
    if isinstance(error, Throttled):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _signed_in(response: ResponseReturnValue, person_id: str, *, by_link: bool = False) -> Response:
    """Give the browser its session; what another person left in it goes."""
    node = current_node()
    old = request.cookies.get(SESSION_COOKIE)
    if old:
        sessions.end(node, old)
    token = sessions.start(
        node, person_id, user_agent=request.headers.get("User-Agent", ""), is_by_link=by_link
    )
    session.pop(_SIGNED_UP, None)
    assert isinstance(response, Response)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=node.config.accounts.session_days * 86_400,
        httponly=True,
        samesite="Lax",
        secure=node.config.server.base_url.startswith("https:"),
    )
    return response


@bp.route("/sign-out", methods=["POST"])
@require("public.read")
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        sessions.end(current_node(), token)
    session.clear()
    flash(_("You are signed out."), "success")
    response = redirect(url_for("site.home"))
    response.delete_cookie(SESSION_COOKIE)
    return response


@bp.route("/sign-up", methods=["GET", "POST"])
@require("public.read")
def sign_up() -> ResponseReturnValue:
    """Open an account; a mail proves the address, and its link leads back to `next`."""
    if request.method != "POST":
        target = local_path(request.args.get("next", ""), otherwise="")
        if target:
            keep_page(target)
        return redirect(url_for("account.profile")) if current_person() else _sign_up_form()
    form = request.form
    try:
        person_id = links.request_account(
            current_node(),
            email=form.get("email", ""),
            display_name=form.get("display_name", ""),
            password=form.get("password") or None,
            language=str(get_locale()),
            client=request.remote_addr or "",
        )
    except ColnodeError as error:
        return _sign_up_form(error)
    if person_id is not None:
        session[_SIGNED_UP] = person_id
    return redirect(url_for("identity.look_into_mail"))


def _sign_up_form(error: ColnodeError | None = None) -> ResponseReturnValue:
    page = render(
        "identity/sign_up.html",
        way=current_node().config.accounts.sign_up,
        values=request.form,
        errors=field_errors(error, otherwise="email") if error else {},
    )
    return _answer(page, error)


@bp.route("/look-into-your-mail")
@require("public.read")
def look_into_mail() -> ResponseReturnValue:
    """The one answer to everybody who asked for a mail, known or not."""
    return render("identity/look_into_mail.html")


@bp.route("/link/<token>", methods=["GET", "POST"])
@require("public.read")
def link(token: str) -> ResponseReturnValue:
    """Show what a mailed link will do; use it only when the button is pressed."""
    node = current_node()
    view = links.look_at_link(node, token)
    if request.method != "POST":
        return _link_page(view)
    form = request.form
    person = current_person()
    try:
        used = links.use_link(
            node,
            token,
            person_id=person.id if person else None,
            signed_up_id=session.get(_SIGNED_UP),
            email=form.get("email"),
            display_name=form.get("display_name"),
            password=form.get("password") or None,
            language=str(get_locale()),
        )
    except ColnodeError as error:
        return _link_page(view, error)
    _tell(used, view)
    response = redirect(_after(used))
    if used.signs_in:
        return _signed_in(response, used.person.id, by_link=True)
    return response


def _link_page(view: "links.LinkView", error: ColnodeError | None = None) -> ResponseReturnValue:
    needs_account = view.needs_account and (
        view.purpose == links.LinkPurpose.FIRST_ADMIN or current_person() is None
    )
    page = render(
        "identity/link.html",
        link=view,
        needs_account=needs_account,
        role=_role_words(view.role) if view.role else None,
        values=request.form,
        errors=field_errors(error, otherwise="display_name") if error else {},
    )
    response = _answer(page, error)
    response.headers["Cache-Control"] = "no-store"
    return response


def _role_words(role: Role) -> str:
    words = {Role.OWNER: _("owner"), Role.EDITOR: _("editor"), Role.AWARDER: _("awarder")}
    return str(words[role])


def _tell(used: "links.UsedLink", view: "links.LinkView") -> None:
    if used.purpose == links.LinkPurpose.ADD_EMAIL:
        flash(_("%(email)s is on your account now.", email=view.email), "success")
    elif used.purpose == links.LinkPurpose.MERGE_ACCOUNTS:
        flash(_("Your two accounts are one now."), "success")
    elif used.purpose == links.LinkPurpose.JOIN_ORGANISATION:
        name = pick_language(view.organisation_name)
        flash(_("You work with %(organisation)s now.", organisation=name), "success")
    elif used.purpose == links.LinkPurpose.SIGN_IN:
        flash(_("Welcome back, %(name)s.", name=used.person.display_name), "success")
    else:
        flash(_("Welcome, %(name)s.", name=used.person.display_name), "success")


def _after(used: "links.UsedLink") -> str:
    if used.purpose in {links.LinkPurpose.ADD_EMAIL, links.LinkPurpose.MERGE_ACCOUNTS}:
        return url_for("account.signing_in")
    if used.purpose == links.LinkPurpose.FIRST_ADMIN:
        return url_for("admin.overview")
    if used.organisation_id is not None:
        return url_for("organisations.by_id", organisation_id=used.organisation_id)
    return kept_page(otherwise=url_for("site.home"))
