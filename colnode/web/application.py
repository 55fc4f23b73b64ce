"""The Flask application in the steps that colnode.app lists."""

import threading
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, request, send_from_directory
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from colnode.host.types import NavItem
from colnode.identity import key_file
from colnode.web import auth, compression, errors, rendering, security, standing, translations

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from colnode.node import Node

__all__ = ["check", "init_services", "new_app", "register_api", "register_pages"]

PAGES = (
    "site",
    "identity",
    "account",
    "messages",
    "programs",
    "keys",
    "organisations",
    "badges",
    "claims",
    "passport",
    "other_sites",
    "old_backpacks",
    "bringing",
    "collections",
    "taking",
    "embedding",
    "holder_dids",
    "credentials",
    "verify",
    "organiser",
    "organiser_badges",
    "organiser_copies",
    "organiser_awards",
    "organiser_giving",
    "organiser_standing",
    "requests",
    "admin",
    "admin_plugins",
    "network",
)
DEMO_PAGES = ("dev",)
FOR_PROGRAMS = (
    "colnode.web.federation",
    "colnode.web.news",
    "colnode.web.oai",
    "colnode.web.sitemap",
)
"""What stands beside the pages for other cities, harvesters, feed readers and search engines."""
API: tuple[str, ...] = (
    "identity",
    "addresses",
    "messages",
    "organisations",
    "keys",
    "people",
    "office",
    "plugins",
    "catalogue",
    "federation",
    "badges",
    "giving",
    "earning",
    "standing",
    "versions",
    "passport",
    "programs",
    "old_copies",
    "brought",
    "holder_dids",
    "other_sites",
    "collections",
    "public_pages",
    "taking",
)
API_PREFIXES = {"/api/": "/api/v1", "/ims/": "/ims/ob/v3p0"}
"""Where the API's application answers, and what stands before the routes of each part."""
_SAFE = {"GET", "HEAD", "OPTIONS"}


class _Failed(Exception):
    """Carries an error answer out of a unit, so that the unit is rolled back."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class _Rule(Rule):
    """A route whose address builder is compiled when an address of it is first built.

    Werkzeug compiles two functions a route when the route is added: a tenth of a start.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder
        made: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, *values: Any, **named: Any) -> tuple[str, str]:
            if not made:
                made.append(compile_now(append_unknown))
            return made[0](rule, *values, **named)

        return build


class _App(Flask):
    """One request is one transaction: kept when the answer is not an error, undone when it is."""

    url_rule_class = _Rule

    def full_dispatch_request(self) -> Response:
        node: Node = self.extensions["colnode"]
        view = self.view_functions.get(request.endpoint or "")
        if request.method in _SAFE or getattr(view, "reads_only", False):
            with node.reading():
                return super().full_dispatch_request()
        try:
            with node.unit():
                response = super().full_dispatch_request()
                if response.status_code >= 400:
                    raise _Failed(response)
                return response
        except _Failed as failed:
            return failed.response


def new_app(node: "Node", *, static_folder: str | None = "static") -> Flask:
    """An application with limits and secrets and no routes but static files."""
    app = _App("colnode.web", static_folder=static_folder, static_url_path="/static")
    config = node.config
    app.extensions["colnode"] = node
    app.config.update(
        SECRET_KEY=key_file.derive_secret(config, "web session"),
        MAX_CONTENT_LENGTH=config.limits.upload_bytes,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        SESSION_COOKIE_NAME="colnode_form",
        SESSION_COOKIE_SECURE=config.server.base_url.startswith("https:"),
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        BABEL_DEFAULT_LOCALE=config.main_language,
    )
    if config.server.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def init_services(app: Flask, node: "Node") -> None:
    """Forgery protection, permissions, languages, templates, headers, error pages."""
    compression.init_compression(app)

    @app.before_request
    def _guard() -> None:
        auth.authorise()
        standing.refuse_writes()
        if not request.path.startswith("/federation/") and request.path != "/oai":
            security.refuse_forged()

    translations.init_translations(app, node)
    security.init_security(app, node)
    errors.init_errors(app)
    rendering.init_rendering(app, node, _navigation(node))


def _navigation(node: "Node") -> list[NavItem]:
    modules = [import_module(f"colnode.web.pages.{name}") for name in _pages(node)]
    items = [item for module in modules for item in getattr(module, "NAVIGATION", ())]
    for _plugin, pages in node.host.collect("register_pages"):
        items += pages.navigation
    return items


def register_pages(app: Flask, node: "Node") -> None:
    """The core's pages, then each plugin's with its static folder."""
    names = (*FOR_PROGRAMS, *(f"colnode.web.pages.{name}" for name in _pages(node)))
    for name in names:
        for blueprint in _blueprints(import_module(name)):
            app.register_blueprint(blueprint)
    for _plugin, pages in node.host.collect("register_pages"):
        app.register_blueprint(pages.blueprint)
    _serve_plugin_files(app, node)


def _pages(node: "Node") -> tuple[str, ...]:
    return (*PAGES, *DEMO_PAGES) if node.config.server.demo else PAGES


def register_api(app: Flask, node: "Node") -> None:
    """Answer /api/ and /ims/ by an application of its own, made when it is first asked.

    Its models cost a third of a start, and a page needs none of them.
    """
    lock = threading.Lock()
    made: list[Flask] = []

    def api() -> Flask:
        with lock:
            if not made:
                made.append(_new_api(node, app))
        return made[0]

    pages = app.wsgi_app

    def choose(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        is_api = environ.get("PATH_INFO", "").startswith(tuple(API_PREFIXES))
        return (api().wsgi_app if is_api else pages)(environ, start_response)

    app.wsgi_app = choose  # type: ignore[method-assign]
    app.extensions["colnode_api"] = api


def _new_api(node: "Node", pages: Flask) -> Flask:
    """The JSON API at /api/v1 with the plugins' part, the Open Badges API, the OpenAPI document.

    Its views may build the addresses of pages, which only the other application knows.
    """
    from colnode.web.api.openapi import init_operations

    app = new_app(node, static_folder=None)
    app.before_request(security.answer_preflight)
    app.before_request(auth.authorise)
    app.before_request(standing.refuse_writes)
    translations.init_translations(app, node)
    security.init_security(app, node)
    errors.init_errors(app)
    for name in API:
        for blueprint in _blueprints(import_module(f"colnode.web.api.{name}")):
            app.register_blueprint(blueprint, url_prefix=API_PREFIXES["/api/"])
    for blueprint in _blueprints(import_module("colnode.web.api.hosting")):
        app.register_blueprint(blueprint, url_prefix=API_PREFIXES["/ims/"])
    for _plugin, blueprint in node.host.collect("register_api"):
        app.register_blueprint(blueprint, url_prefix=API_PREFIXES["/api/"])
    init_operations(app)
    app.url_build_error_handlers.append(lambda _error, name, values: _page_url(pages, name, values))
    check(app, node)
    return app


def _page_url(pages: Flask, endpoint: str, values: dict[str, Any]) -> str:
    base = urlsplit(pages.extensions["colnode"].config.server.base_url)
    wanted = {name: value for name, value in values.items() if not name.startswith("_")}
    adapter = pages.url_map.bind(base.netloc, url_scheme=base.scheme)
    return adapter.build(endpoint, wanted, force_external=bool(values.get("_external")))


def check(app: Flask, node: "Node") -> None:
    """Stop when a route names no permission."""
    auth.check_requirements(app, node.host.permissions)


def _blueprints(module: object) -> Sequence[Blueprint]:
    return [value for value in vars(module).values() if isinstance(value, Blueprint)]


def _serve_plugin_files(app: Flask, node: "Node") -> None:
    folders = {plugin.name: plugin.folder / "static" for plugin in node.host.plugins}

    def plugin_static(plugin: str, filename: str) -> Response:
        folder = folders.get(plugin)
        if folder is None:
            return Response(status=404)
        return send_from_directory(folder, filename, max_age=3600)

    auth.require("public.read")(plugin_static)
    app.add_url_rule("/static/plugins/<plugin>/<path:filename>", "plugin_static", plugin_static)
