"""Achievements, offers, claim links, credentials, status lists and the passport.

Start reading at achievements.py (what can be earned), then awards.py and claims.py (how), then
issuing.py (the one transaction in which a badge comes to be) and passport.py (who has it).
"""

from colnode import later

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = later.submodules(__name__)
