"""The real Kafka of those contract tests that are marked integration."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from duralog.connectors.embedded import EmbeddedKafka


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """The broker that all contract tests share."""
    with EmbeddedKafka(data_dir=Path(tmp_path_factory.mktemp("kafka"))) as broker:
        yield broker
