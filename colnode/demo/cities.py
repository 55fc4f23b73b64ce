"""The demonstration cities: their configuration and their accounts."""

from collections.abc import Mapping
from dataclasses import dataclass

from colnode.config import CityConfig

__all__ = ["CITIES", "PASSWORD", "DemoAccount", "DemoCity"]

PASSWORD = "walk-the-lines-2030"  # noqa: S105 - printed at each start of a demonstration


@dataclass(frozen=True)
class DemoAccount:
    """Somebody who can sign in to look around. `role` is what the person may do, in words."""

    email: str
    password: str
    role: str


@dataclass(frozen=True)
class DemoCity:
    """One demonstration: the key names its files, `port` is where it is served."""

    key: str
    name: str
    port: int
    city: CityConfig
    accounts: tuple[DemoAccount, ...]


_ACCOUNTS = (
    DemoAccount("admin@demo.example", PASSWORD, "city admin"),
    DemoAccount("organiser@demo.example", PASSWORD, "organiser: makes badges and activities"),
    DemoAccount("learner@demo.example", PASSWORD, "learner: has earned some badges"),
)

_VILNIUS = CityConfig(
    name="Vilnius",
    country="LT",
    tagline={
        "en": "A whole city is your school: pick a stop and get on.",
        "lt": "Visas miestas – tavo mokykla: pasirink stotelę ir lipk.",
    },
    languages=["en", "lt"],
    time_zone="Europe/Vilnius",
    latitude=54.6872,
    longitude=25.2797,
    radius_km=18.0,
    colour="#0a6e5c",
    contact="hello@demo.example",
)

_LJUBLJANA = CityConfig(
    name="Ljubljana",
    country="SI",
    tagline={
        "en": "Between the river and the hill there is always something to learn.",
        "sl": "Med reko in gričem se je vedno česa naučiti.",
    },
    languages=["en", "sl"],
    time_zone="Europe/Ljubljana",
    latitude=46.0511,
    longitude=14.5051,
    radius_km=12.0,
    colour="#a3352b",
    contact="hello@demo.example",
)

CITIES: Mapping[str, DemoCity] = {
    "vilnius": DemoCity("vilnius", "Vilnius", 8000, _VILNIUS, _ACCOUNTS),
    "ljubljana": DemoCity("ljubljana", "Ljubljana", 8001, _LJUBLJANA, _ACCOUNTS),
}
"""By key; the first one is shown when none is named."""
