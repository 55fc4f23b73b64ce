"""The table of the plugin host."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base

__all__ = ["PluginFault"]


class PluginFault(Base):
    """The last fault of one plugin in one hook, and how often one was written down."""

    __tablename__ = "plugin_fault"

    plugin: Mapped[str] = mapped_column(primary_key=True)
    hook: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    count: Mapped[int]
    last_at: Mapped[datetime]
