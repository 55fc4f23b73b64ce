"""What `colnode run` is measured against: the smallest Flask and SQLAlchemy application on granian.

One table, one template, one page that asks the database: what every such application has.
"""

import sys

from flask import Flask, render_template_string
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    """The tables."""


class Note(Base):
    """The one table."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


def make_app() -> Flask:
    """The application over an empty database in the folder where it runs."""
    app = Flask(__name__)
    engine = create_engine("sqlite:///empty.sqlite")
    Base.metadata.create_all(engine)

    @app.route("/")
    def home() -> str:
        with Session(engine) as session:
            count = session.scalar(select(func.count()).select_from(Note))
        return render_template_string("<h1>{{ count }} notes</h1>", count=count)

    return app


if __name__ == "__main__":
    Server(
        "empty",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        blocking_threads=4,
        log_level=LogLevels.warning,
    ).serve(target_loader=lambda *_: make_app(), wrap_loader=False)
