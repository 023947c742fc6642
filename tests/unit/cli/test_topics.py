"""A number of engine partitions that is asked for, and the one that is there."""

import pytest

from duralog.cli.shell import UserError
from duralog.cli.topics import require_chosen_partitions
from duralog.connectors.admin import MISSING, SAME, TopicState
from duralog.connectors.topic_plan import TopicSizes, plan_topics
from duralog.schemas.topics import TopicNames

NAMES = TopicNames(prefix="duralog", namespace="orders")


def states(partitions: int) -> list[TopicState]:
    """The topics of a namespace with that many engine partitions; 0: none are there."""
    sizes = TopicSizes(partitions=partitions or 8)
    return [
        TopicState(plan=plan, state=SAME if partitions else MISSING, partitions=partitions)
        for plan in plan_topics(NAMES, sizes)
    ]


def test_another_number_than_there_is_cannot_be_had() -> None:
    with pytest.raises(UserError, match=r"'duralog\.orders\.requests' has 3 partitions, for ever"):
        require_chosen_partitions(states(3), 5)


@pytest.mark.parametrize(("there", "chosen"), [(3, 3), (3, None), (0, 5)])
def test_silence_the_same_number_and_a_new_namespace_are_fine(
    there: int, chosen: int | None
) -> None:
    require_chosen_partitions(states(there), chosen)
