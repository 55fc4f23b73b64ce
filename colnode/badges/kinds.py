"""The choices that a badge's form offers, and its record allows."""

__all__ = ["KINDS", "LICENCES", "NUMBERS", "RESULT_KINDS", "STATUSES"]

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

# Those of them whose value is a number, so that one can be compared with another.
NUMBERS = ("Percent", "RawScore")

# Open Badges 3.0 section B.1.21, ResultStatusType, in the order of the specification.
STATUSES = (
    "Completed",
    "Enrolled",
    "Failed",
    "InProgress",
    "OnHold",
    "Provisional",
    "Withdrew",
)

LICENCES = ("CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0")
