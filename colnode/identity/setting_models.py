"""The table of plugins' settings, by itself: the first page asks for one, and for nobody."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base

__all__ = ["PluginSetting"]


class PluginSetting(Base):
    """A setting of a plugin that an admin changed on its page; a secret one is sealed."""

    __tablename__ = "plugin_setting"

    plugin: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str | None]
    sealed_value: Mapped[bytes | None] = mapped_column(LargeBinary)
    changed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
