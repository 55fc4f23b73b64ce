"""The rest of an achievement's data model as the kernel writes it into documents."""

from collections.abc import Sequence

from colnode.badges.more import More, ResultGiven, ResultKind
from colnode.badges.results import check_results
from colnode.openbadges import building

__all__ = ["alignments_of", "result_descriptions", "results_given"]


def alignments_of(more: More) -> tuple[building.Alignment, ...]:
    """The matches as the kernel writes them."""
    return tuple(
        building.Alignment(item.name, item.url, framework=item.framework, code=item.code)
        for item in more.matches
    )


def result_descriptions(more: More, url: str) -> tuple[building.ResultDescription, ...]:
    """The results as the kernel writes them; their addresses follow the achievement's `url`."""
    return tuple(
        _description(item, f"{url}#result-{place}") for place, item in enumerate(more.results, 1)
    )


def results_given(
    more: More, url: str, given: Sequence[ResultGiven]
) -> tuple[building.Result, ...]:
    """What a person reached, as the kernel writes it (Open Badges 3.0 section B.1.17).

    A level is named by its address, a status by its word (required there), anything else is a
    value. Raises Invalid as results.check_results does.
    """
    described = dict(
        zip((item.name for item in more.results), result_descriptions(more, url), strict=True)
    )
    return tuple(
        _result(described[one.name], one.value) for one in check_results(more.results, given)
    )


def _description(item: ResultKind, address: str) -> building.ResultDescription:
    """Open Badges 3.0 section B.1.18."""
    is_rubric = item.kind == "RubricCriterionLevel"
    levels = {
        name: building.RubricLevel(f"{address}-level-{index}", name, level=str(index))
        for index, name in enumerate(item.values if is_rubric else (), 1)
    }
    return building.ResultDescription(
        id=address,
        name=item.name,
        type=item.kind,
        allowed_values=() if is_rubric else item.values,
        levels=tuple(levels.values()),
        required_level=levels[item.required].id if is_rubric and item.required else None,
        required_value=None if is_rubric else item.required,
    )


def _result(described: building.ResultDescription, value: str) -> building.Result:
    if described.type == "Status":
        return building.Result(description_id=described.id, status=value)
    level = next((level.id for level in described.levels if level.name == value), None)
    return building.Result(
        description_id=described.id, value=None if level else value, level_id=level
    )
