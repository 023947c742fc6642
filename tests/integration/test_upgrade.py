"""Feature levels are told and raised by the command line, of every partition."""

import json

from duralog.schemas.levels import LEVEL_MAX
from integration.stack import Stack


def test_levels_are_told_and_finalized(stack: Stack) -> None:
    for verb in ("status", "finalize", "status"):
        done = stack.duralog("upgrade", verb, "--output", "json")
        assert done.returncode == 0, done.stderr
        assert [json.loads(line) for line in done.stdout.splitlines()] == [
            {"partition": number, "level": LEVEL_MAX, "known": LEVEL_MAX} for number in range(2)
        ]
