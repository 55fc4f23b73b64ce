"""Modules that are imported when they are first used, so that a start pays for its first page only.

A package that says `__getattr__ = later.submodules(__name__)` gives `from package import module`
a stand-in, unless that module was imported already. The stand-in imports it the ordinary way, with
its locks, as soon as anything of it is asked for; it never stands in sys.modules itself.

`colnode --help` reads this file, so it imports nothing at the top.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["submodules"]


class _Later:
    """Stands for a module: reading or setting an attribute imports it."""

    __slots__ = ("_name",)
    _name: str

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def __getattr__(self, attribute: str) -> object:
        return getattr(_import(self._name), attribute)

    def __setattr__(self, attribute: str, value: object) -> None:
        setattr(_import(self._name), attribute, value)

    def __delattr__(self, attribute: str) -> None:
        delattr(_import(self._name), attribute)


def submodules(package: str) -> "Callable[[str], object]":
    """The `__getattr__` of a package (PEP 562) that gives its modules as stand-ins.

    A stand-in is made once and kept in the package; importing the module takes its place there.
    """

    def get(name: str) -> object:
        import sys
        from os.path import exists

        full_name = f"{package}.{name}"
        places = [f"{folder}/{name}" for folder in sys.modules[package].__path__]
        is_there = any(exists(f"{place}.py") or exists(place) for place in places)
        if name.startswith("_") or not is_there:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        stand_in = _Later(full_name)
        setattr(sys.modules[package], name, stand_in)
        return stand_in

    return get


def _import(name: str) -> object:
    from importlib import import_module

    return import_module(name)
