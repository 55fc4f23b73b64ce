"""Ages and durations in words, in the person's language."""

from flask_babel import gettext, ngettext

__all__ = ["age_words", "duration_words"]


def age_words(low: int | None, high: int | None) -> str | None:
    """From which age to which, in years; None when it is for everybody."""
    words: str | None = None
    if low is not None and high is not None:
        words = gettext("%(low)s to %(high)s years", low=low, high=high)
    elif low is not None:
        words = gettext("From %(low)s years", low=low)
    elif high is not None:
        words = gettext("Up to %(high)s years", high=high)
    return words


def duration_words(minutes: int) -> str:
    """A number of minutes as people say it."""
    hours, rest = divmod(minutes, 60)
    words: str
    if not hours:
        words = ngettext("%(num)s minute", "%(num)s minutes", minutes)
    elif rest:
        words = gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
    else:
        words = ngettext("%(num)s hour", "%(num)s hours", hours)
    return words
