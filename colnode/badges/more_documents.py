"""The rest of an achievement's data model as the kernel writes it into documents."""

from collections.abc import Sequence

from colnode.badges.checking import check_text
from colnode.badges.more import More, ResultGiven
from colnode.errors import Invalid, _
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
    found = []
    for number, item in enumerate(more.results, 1):
        address = f"{url}#result-{number}"
        is_rubric = item.kind == "RubricCriterionLevel"
        levels = tuple(
            building.RubricLevel(f"{address}-level-{index}", name, level=str(index))
            for index, name in enumerate(item.values, 1)
        )
        found.append(
            building.ResultDescription(
                id=address,
                name=item.name,
                type=item.kind,
                allowed_values=() if is_rubric else item.values,
                levels=levels if is_rubric else (),
            )
        )
    return tuple(found)


def results_given(
    more: More, url: str, given: Sequence[ResultGiven]
) -> tuple[building.Result, ...]:
    """What a person reached, as the kernel writes it (Open Badges 3.0 section B.1.17).

    Raises Invalid for a result that the achievement does not describe or a value it may not have.
    """
    described = {
        item.name: (item, written)
        for item, written in zip(more.results, result_descriptions(more, url), strict=True)
    }
    found = []
    for one in given:
        item, written = described.get(one.name, (None, None))
        if item is None or written is None or (item.values and one.value not in item.values):
            message = _("“{name}” cannot have this result.")
            raise Invalid(message, fields={"results": message}, name=one.name)
        level = next((level.id for level in written.levels if level.name == one.value), None)
        value = None if level else check_text(one.value, longest=120)
        found.append(building.Result(description_id=written.id, value=value, level_id=level))
    return tuple(found)
