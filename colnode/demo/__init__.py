"""Demonstration cities: organisations, badges and learners with real credentials.

Each city is a TOML file beside this module; plugins add their part through register_demo. Nothing
here ever writes into a city that is not a demonstration.
"""

from colnode.demo.building import load
from colnode.demo.cities import CITIES, PASSWORD, DemoAccount, DemoCity

__all__ = ["CITIES", "PASSWORD", "DemoAccount", "DemoCity", "load"]
