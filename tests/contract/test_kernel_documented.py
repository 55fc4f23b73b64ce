"""docs/trust-kernel.md is true: the kernel's two doors keep their signatures, the example runs.

Programs of others import them, so a change here is a change for them.
"""

import inspect
import re
from types import FunctionType, ModuleType

import pytest

import colnode.openbadges
from colnode.openbadges import findings, issuing, resolver, verify
from tests.contract.sources import ROOT

PAGE = (ROOT / "docs" / "trust-kernel.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
MODULES = r"\b(?:datetime|collections\.abc|typing|colnode(?:\.\w+)+)\.(?=[A-Z]|datetime)"


def signature(function: FunctionType) -> str:
    """A function's signature as the page writes it."""
    text = re.sub(MODULES, "", str(inspect.signature(function)))
    return f"{function.__name__}{text}"


@pytest.mark.parametrize("function", [verify.verify, issuing.issue, issuing.issue_jwt])
def test_a_door_has_the_signature_that_the_page_says(function: FunctionType) -> None:
    assert signature(function) in "".join(BLOCKS).splitlines()


def test_the_way_out_has_one_method() -> None:
    names = [name for name in vars(resolver.Resolver) if not name.startswith("_")]
    assert names == ["fetch"]
    arguments = inspect.signature(resolver.Resolver.fetch)
    assert str(arguments) == "(self, url: str, accept: str) -> bytes"
    assert "`fetch(url: str, accept: str) -> bytes`" in PAGE
    assert verify.Resolver is resolver.Resolver
    assert f"at most {resolver.FETCH_LIMIT} addresses" in PAGE


def test_the_package_does_not_hide_the_module_behind_the_function() -> None:
    assert isinstance(colnode.openbadges.verify, ModuleType)


def test_every_word_of_a_verdict_is_explained() -> None:
    for choice in (*findings.Outcome, *findings.FindingStatus):
        assert f"`{choice}`" in PAGE
    for name in findings.Verdict.__dataclass_fields__:
        assert f"`{name}`" in PAGE or name == "other_summary"


def test_the_example_runs() -> None:
    exec(compile(BLOCKS[-1], "docs/trust-kernel.md", "exec"), {})
