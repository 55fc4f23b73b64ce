"""Changing the stops of a playlist one at a time: adding, moving, removing, branching.

Each function gives a new Content; service.edit checks and keeps it.
"""

from collections.abc import Sequence
from dataclasses import replace

from colnode.plugin import NotFound, _
from colnode_playlists.content import Branch, Content, Step, new_step_id

__all__ = ["NEW_BRANCH", "add", "change", "change_branch", "move", "remove"]

NEW_BRANCH = "new"
"""Stands for a branch that is made with the step that goes into it."""


def add(content: Content, step: Step) -> Content:
    """The content with a step at its end."""
    return replace(content, steps=(*content.steps, step))


def change(content: Content, step: Step) -> Content:
    """The content with this step in the place of the one that has its id. Raises NotFound.

    A step that goes into NEW_BRANCH opens a branch of which one stop is enough.
    """
    _find(content, step.id)
    branches = content.branches
    if step.branch == NEW_BRANCH:
        branch = Branch(new_step_id(), 1)
        branches = (*branches, branch)
        step = replace(step, branch=branch.id)
    steps = tuple(step if other.id == step.id else other for other in content.steps)
    return _fitting(replace(content, steps=steps, branches=branches))


def change_branch(content: Content, branch: Branch) -> Content:
    """The content with this branch in the place of the one that has its id. Raises NotFound."""
    if content.branch(branch.id) is None:
        raise NotFound(_("There is no such branch."))
    branches = tuple(branch if other.id == branch.id else other for other in content.branches)
    return replace(content, branches=branches)


def remove(content: Content, step_id: str) -> Content:
    """The content without a step; nothing waits for it any more. Raises NotFound."""
    _find(content, step_id)
    return _fitting(
        replace(content, steps=tuple(step for step in content.steps if step.id != step_id))
    )


def move(content: Content, step_id: str, by: int) -> Content:
    """The content with a step one place further up (-1) or down (1). Raises NotFound.

    Inside a branch it changes places with its neighbour; at the branch's edge the whole branch
    moves. At the end of the line nothing changes.
    """
    step = _find(content, step_id)
    blocks = _blocks(content.steps)
    at = next(number for number, block in enumerate(blocks) if step in block)
    block = blocks[at]
    within = block.index(step) + by
    if 0 <= within < len(block):
        _swap(block, within - by, within)
    elif 0 <= at + by < len(blocks):
        blocks[at], blocks[at + by] = blocks[at + by], blocks[at]
    return replace(content, steps=tuple(step for block in blocks for step in block))


def _swap(block: list[Step], one: int, other: int) -> None:
    block[one], block[other] = block[other], block[one]


def _blocks(steps: Sequence[Step]) -> list[list[Step]]:
    """Single steps and whole branches, in order."""
    blocks: list[list[Step]] = []
    for step in steps:
        if step.branch and blocks and blocks[-1][0].branch == step.branch:
            blocks[-1].append(step)
        else:
            blocks.append([step])
    return blocks


def _fitting(content: Content) -> Content:
    """Branches that are not empty and ask for what is there, and steps that wait for these."""
    branches = tuple(
        replace(branch, needed=min(branch.needed, len(inside)))
        for branch in content.branches
        if (inside := content.in_branch(branch.id))
    )
    content = replace(content, branches=branches)
    steps = tuple(
        replace(step, after=tuple(name for name in step.after if name in content.ids))
        for step in content.steps
    )
    return replace(content, steps=steps)


def _find(content: Content, step_id: str) -> Step:
    step = content.step(step_id)
    if step is None:
        raise NotFound(_("There is no such stop."))
    return step
