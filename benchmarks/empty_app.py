"""What `colnode run` is measured against: an empty Flask and SQLAlchemy application on granian."""

import sys

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session


def make_app() -> Flask:
    """One page that asks the database once."""
    app = Flask(__name__)
    engine = create_engine("sqlite://")

    @app.route("/")
    def home() -> str:
        with Session(engine) as session:
            return str(session.scalar(text("SELECT 'hello'")))

    return app


if __name__ == "__main__":
    Server(
        "empty",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        blocking_threads=4,
        log_level=LogLevels.warning,
    ).serve(target_loader=lambda *_: make_app(), wrap_loader=False)
