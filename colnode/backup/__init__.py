"""A whole city in one file, and a city again from that file.

archive.py is the file and what a hostile one is refused for, tables.py the rows of the database,
making.py and restoring.py the two ways. What a restored city may do: colnode.federation.standing.
"""

from colnode.backup.archive import Archive, Manifest
from colnode.backup.making import make
from colnode.backup.restoring import restore

__all__ = ["Archive", "Manifest", "make", "restore"]
