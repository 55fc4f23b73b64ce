"""A plain message becomes a letter in the city's colour, with the same words."""

from colnode.letters import letter_html

TEXT = "Hello,\n\nopen this:\n\nhttps://learn.city.example/link/abc?x=1&y=2\n\nIt works once.\n"


def letter(text: str = TEXT, colour: str = "#f0e442") -> str:
    return letter_html(text, city="Šiauliai & Co", colour=colour, home_url="https://city.example")


def test_an_address_on_its_own_line_is_a_button_that_names_its_host() -> None:
    html = letter()
    assert ">learn.city.example &rarr;</a>" in html
    assert 'href="https://learn.city.example/link/abc?x=1&amp;y=2"' in html


def test_what_people_wrote_never_becomes_markup() -> None:
    html = letter("<script>alert(1)</script> wrote <b>you</b>: https://a.example/<i>")
    assert "<script" not in html
    assert "<b>" not in html
    assert "Šiauliai &amp; Co" in html


def test_a_pale_colour_is_darkened_under_white_words() -> None:
    assert "background:#f0e442" not in letter()
    assert "background:#1a3696" in letter(colour="#1a3696")


def test_a_letter_loads_nothing() -> None:
    html = letter("See https://a.example. Bye")
    assert "<img" not in html
    assert "url(" not in html
    assert '">https://a.example</a>. Bye' in html
