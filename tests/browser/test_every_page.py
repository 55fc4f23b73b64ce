"""Every page of the demonstration city, wide and narrow: whole, quiet, reachable, readable.

`--screenshots FOLDER` keeps a picture of each; `make screenshots` renews those of the README.
"""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page

from tests.browser.conftest import WIDTHS, Watched

pytestmark = pytest.mark.browser

PAGES: dict[str, tuple[str | None, str, str | None]] = {
    # name: who looks, where they start, the link that is followed there
    "home": (None, "/", None),
    "map": (None, "/map", None),
    "activity": (None, "/map", "a[href^='/activities/']"),
    "playlists": (None, "/playlists", None),
    "playlist": ("learner", "/my/playlists", "main .card a[href^='/playlists/']"),
    "my-playlists": ("learner", "/my/playlists", None),
    "search": (None, "/search?q=robot", None),
    "badges": (None, "/badges", None),
    "badge": (None, "/badges", "main a[href^='/badges/']"),
    "organisations": (None, "/organisations", None),
    "organisation": (None, "/organisations", "main .card a[href^='/organisations/']"),
    "verify": (None, "/verify", None),
    "about": (None, "/about", None),
    "privacy": (None, "/privacy", None),
    "network": (None, "/network", None),
    "sign-in": (None, "/sign-in", None),
    "sign-up": (None, "/sign-up", None),
    "my-badges": ("learner", "/my-badges", None),
    "my-badge": ("learner", "/my-badges", "main a[href^='/credentials/']"),
    "bring-in": ("learner", "/my-badges/bring-in", None),
    "take-along": ("learner", "/my-badges/take", None),
    "new-collection": ("learner", "/my-badges/collections/new", None),
    "public-page": ("learner", "/my-badges/public-page", None),
    "hidden-badges": ("learner", "/my-badges/hidden", None),
    "identities": ("learner", "/my-badges/identities", None),
    "join-accounts": ("learner", "/account/merge", None),
    "from-another-site": ("learner", "/my-badges/from-another-site", None),
    "account": ("learner", "/account", None),
    "messages": ("learner", "/account/messages", None),
    "programs": ("learner", "/account/tokens", None),
    "organiser": ("organiser", "/organiser", None),
    "organiser-badge": ("organiser", "/organiser", "main a[href^='/organiser/badges/']"),
    "organiser-give": ("organiser", "/organiser", "main a[href$='/give']"),
    "requests": ("learner", "/requests", None),
    "my-activities": ("learner", "/my/activities", None),
    "organiser-activities": ("organiser", "/organiser/activities", None),
    "organiser-activity": ("organiser", "/organiser/activities", "main a[href$='/activities']"),
    "admin": ("admin", "/admin", None),
    "admin-people": ("admin", "/admin/people", None),
    "admin-organisations": ("admin", "/admin/organisations", None),
    "admin-peers": ("admin", "/admin/peers", None),
    "admin-audit": ("admin", "/admin/audit", None),
    "admin-plugins": ("admin", "/admin/plugins", None),
    "admin-plugin": ("admin", "/admin/plugins", "main a[href^='/admin/plugins/']"),
    "admin-map": ("admin", "/admin/map", None),
    "components": (None, "/dev/components", None),
    "mail": (None, "/dev/mail", None),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(
    name: str, visit: Callable[..., Watched], request: pytest.FixtureRequest
) -> None:
    """Wide, then narrow, as when a window is made smaller or a tablet is turned."""
    role, path, link = PAGES[name]
    watched = visit(path, role=role)
    page = watched.page
    if link is not None:
        target = page.locator(link).first.get_attribute("href")
        assert target, f"{path} has no link {link}"
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + target)
        page.wait_for_load_state("load")
    assert page.locator("h1").count() == 1
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        keep_picture(page, request, f"{name}-{width}")
        assert too_wide(page) == []
        assert serious_faults(page) == []
    watched.check()


@pytest.mark.parametrize("name", ["home", "map", "badge", "my-badges", "verify"])
def test_a_page_is_readable_in_the_dark(
    name: str, visit: Callable[..., Watched], request: pytest.FixtureRequest
) -> None:
    role, path, _link = PAGES[name]
    watched = visit(path, role=role, scheme="dark")
    keep_picture(watched.page, request, f"{name}-dark")
    assert serious_faults(watched.page) == []
    watched.check()


@pytest.mark.parametrize("name", ["home", "map", "badges", "organisations", "verify", "my-badges"])
def test_a_page_works_without_scripts(name: str, visit: Callable[..., Watched]) -> None:
    role, path, _link = PAGES[name]
    page = visit(path, role=role, scripts=False).page
    assert page.locator("main a, main form").count() > 0
    assert len(page.inner_text("main")) > 50


def keep_picture(page: Page, request: pytest.FixtureRequest, name: str) -> None:
    """Write a screenshot, small enough for a repository, if the run asked for them."""
    folder = request.config.getoption("--screenshots")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(400)  # let the map's dots arrive
    taken = Image.open(BytesIO(page.screenshot())).convert("RGB")
    colours = taken.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours.save(Path(folder) / f"{name}.png", optimize=True)


def too_wide(page: Page) -> list[str]:
    """Whether the page can be scrolled sideways."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    seen: int = page.evaluate("document.documentElement.clientWidth")
    return [f"{width} px in {seen} px"] if width > seen else []


def serious_faults(page: Page) -> list[str]:
    """What axe calls serious or critical under WCAG 2.2 AA."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in found.response["violations"]
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
        if not is_where_it_must_be(fault["id"], node["html"])
    ]


def is_where_it_must_be(rule: str, html: str) -> bool:
    """Dots on a map may stand close: their place is essential (WCAG 2.2, 2.5.8, Essential)."""
    return rule == "target-size" and "leaflet-marker-icon" in html
