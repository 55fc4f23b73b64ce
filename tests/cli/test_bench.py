"""`colnode bench sign`: its gates hold and it says what was asked beside what was measured."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from colnode.bench import sign


@contextmanager
def silent(_label: str, _total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _count: None


def test_signing_is_measured_beside_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign, "ROUNDS", 1)
    rows = sign.measure(silent)
    asked = {row["case"]: row for row in rows if row["at most"] is not None}
    assert len(asked) == 7
    assert asked["colnode : PyLD, then Ed25519"]["at most"] == 0.02
    # Whoever else uses the machine meanwhile, the quick way stays far from the long one.
    assert asked["colnode : PyLD, then Ed25519"]["ratio"] < 0.1
    assert asked["colnode, all checks : PyLD, then Ed25519"]["ratio"] < 0.25
