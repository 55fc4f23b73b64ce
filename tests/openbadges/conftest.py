import pytest

from tests.openbadges import samples
from tests.openbadges.world import City

# Other projects' documents are used where they lie beside the repository; where they do not, the
# same behaviours are covered by documents made here.
collect_ignore = [] if samples.folder().exists() else ["test_samples.py", "test_vectors.py"]


@pytest.fixture
def city() -> City:
    return City()
