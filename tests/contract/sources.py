"""Reads the project's own sources for the contract tests."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Import:
    """One import statement that runs: the file, its line and the module that it names."""

    file: Path
    line: int
    module: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.module}"


def python_files(*folders: str) -> list[Path]:
    """Every Python file below the folders, sorted."""
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def imports_of(file: Path, source: str | None = None) -> Iterator[Import]:
    """The imports of a file; those for types alone do not count."""
    tree = ast.parse(source if source is not None else file.read_text(encoding="utf-8"))
    yield from _walk(file, tree)


def _walk(file: Path, node: ast.AST) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _is_type_checking(child.test):
            for other in child.orelse:
                yield from _walk(file, other)
            continue
        if isinstance(child, ast.Import):
            for name in child.names:
                yield Import(file, child.lineno, name.name)
        elif isinstance(child, ast.ImportFrom) and child.module and child.level == 0:
            yield Import(file, child.lineno, child.module)
            for name in child.names:
                yield Import(file, child.lineno, f"{child.module}.{name.name}")
        yield from _walk(file, child)


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
