"""The choices that a badge's form offers, and its record allows."""

__all__ = ["KINDS", "LICENCES", "RESULT_KINDS"]

# Open Badges 3.0 section B.1.3, AchievementType: the values that a page offers.
KINDS = ("Badge", "Certificate", "Competency", "Course", "Membership", "MicroCredential")

# Open Badges 3.0 section B.1.20, ResultType: the values that a page offers.
RESULT_KINDS = (
    "Result",
    "Percent",
    "RawScore",
    "LetterGrade",
    "RubricCriterionLevel",
    "Status",
)

LICENCES = ("CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0")
