"""Programs written for Temporal run on a real Kafka after `sed s/temporalio/duralog/`."""

from collections.abc import Iterator

import pytest

from integration.stack import Stack
from ported import Ported, ported
from program_checks import CHECKS, fan_out


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ported]:
    with ported(tmp_path_factory.mktemp("programs")) as found:
        yield found


@pytest.mark.parametrize("name", sorted(CHECKS.keys() - {"fan_out"}))
async def test_a_program_for_temporal_runs(name: str, programs: Ported, stack: Stack) -> None:
    async with await stack.client() as client:
        await CHECKS[name](programs.module(name), client, False)


async def test_a_batch_of_five_thousand(programs: Ported, stack: Stack) -> None:
    async with await stack.client() as client:
        await fan_out(programs.module("fan_out"), client, False, size=5000)
