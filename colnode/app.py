"""Start reading here: how a configuration becomes an open node, and a node a web application."""

from typing import TYPE_CHECKING

from colnode.clock import Clock, SystemClock
from colnode.config import Config
from colnode.db import connect
from colnode.host.loader import load_plugins
from colnode.host.migrate import check_schema
from colnode.node import Node

if TYPE_CHECKING:
    from flask import Flask

    from colnode.http import GuardedClient
    from colnode.mail import Mailer

__all__ = ["create_app", "open_node"]


def open_node(
    config: Config,
    *,
    clock: Clock | None = None,
    http: "GuardedClient | None" = None,
    mail: "Mailer | None" = None,
    migrated: bool = True,
) -> Node:
    """Open the database and the plugins of one city.

    With `migrated` the schema must be up to date; without, only what migrates it may use the node.
    Raises ConfigurationError that says what to do.
    """
    from colnode import rooms

    # 1. the world outside: clock, database, guarded HTTP, mail
    node = Node(
        config,
        clock=clock or SystemClock(),
        engine=connect(config.database_url, pool_size=config.database.pool_size),
        http=http,
        mail=mail,
    )
    try:
        # 2. the plugins that the configuration names
        node.host = load_plugins(config)
        # 3. what the rooms and then the plugins bring: permissions, record types, jobs
        rooms.gather(node)
        # 4. the schema must fit the code
        if migrated:
            check_schema(node.engine, node.host)
            node.host.start(node)
    except BaseException:
        node.close()
        raise
    return node


def create_app(config: Config | None = None, *, node: Node | None = None) -> "Flask":
    """The web application of a node. Raises ConfigurationError when something does not fit."""
    from colnode.web import application

    # 5. the node, opened unless it was handed in
    node = node or open_node(config or Config())
    # 6. an empty application with limits, secrets and one transaction a request
    app = application.new_app(node)
    # 7. language, templates, headers, errors, forgery protection
    application.init_services(app, node)
    # 8. the core's pages and API, then the plugins'
    application.register_pages(app, node)
    application.register_api(app, node)
    # 9. no route without a permission
    application.check(app, node)
    return app
