"""Printed pages: as many as the texts need, in any script, with links that can be clicked."""

import re
from collections.abc import Callable

import pytest

from colnode.node import Node
from colnode.plugin import Block, BlockStyle, draw_pdf

pytestmark = pytest.mark.databases("sqlite")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_long_text_goes_on_over_the_pages(node: Node, language: str) -> None:
    blocks = [Block("محطة – Stop", BlockStyle.HEADING), Block("Read on. " * 60)]
    for number in range(60):
        blocks.append(Block(f"{number}. Stop", BlockStyle.STOP, "https://x.example/stop"))
        blocks.append(Block("What to do there. " * 12, BlockStyle.NOTE))
    with node.reading():
        paper = draw_pdf(node, "A guide \N{ROBOT FACE}", blocks, language=language)
    assert paper.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", paper)) >= 4
    assert b"https://x.example/stop" in paper


def test_pages_without_texts_are_one_page(make_node: Callable[..., Node]) -> None:
    node = make_node(plugins=())
    with node.reading():
        paper = draw_pdf(node, "Empty", [], language="lt")
    assert len(re.findall(rb"/Type /Page\b", paper)) == 1
