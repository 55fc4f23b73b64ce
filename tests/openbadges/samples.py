"""Real documents of other projects. They lie beside the repository, never in it."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """Where the samples are, whether or not they are there."""
    return Path(os.environ.get("COLNODE_SAMPLES", ROOT.parent / "shared" / "samples"))


def existing(*names: str) -> list[Path]:
    """Those of the named samples that exist."""
    return [folder() / name for name in names if (folder() / name).exists()]
