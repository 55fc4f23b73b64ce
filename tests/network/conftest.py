"""The cities of the federation tests."""

from tests.federation.conftest import put, two_cities

__all__ = ["put", "two_cities"]
