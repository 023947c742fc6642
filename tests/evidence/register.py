"""Is a register linearizable? A search for one order of its operations that explains all answers.

Source: Wing and Gong, "Testing and Verifying Concurrent Objects" (1993), as Porcupine has it: take
any operation that began before the first end of those left, see whether its answer fits, go on; a
state (what is done, the value) that has failed before is not tried again.
"""

from collections.abc import Sequence
from typing import Final

from evidence.model import Call

NEVER: Final = 1 << 62


def is_linearizable(calls: Sequence[Call]) -> bool:
    """True when some order of `calls` explains their answers; the register begins as "".

    argument: `set x` (answers the value before), `get`, or `cas x y` (answers true or false). A
    call of unknown outcome may have taken effect at any time after its begin, or never.
    """
    ordered = sorted(calls, key=lambda call: call.begin_ms)
    ends = [call.end_ms if call.outcome == "ok" else NEVER for call in ordered]
    failed: set[tuple[int, str]] = set()
    certain = sum(1 << i for i, call in enumerate(ordered) if call.outcome == "ok")
    stack: list[tuple[int, str]] = [(0, "")]
    while stack:
        done, value = stack.pop()
        if done & certain == certain:
            return True
        if (done, value) in failed:
            continue
        failed.add((done, value))
        left = [i for i in range(len(ordered)) if not done >> i & 1]
        first_end = min(ends[i] for i in left)
        for i in left:
            if ordered[i].begin_ms > first_end:
                break
            answer, after = _apply(ordered[i].argument, value)
            if ordered[i].outcome != "ok" or answer == ordered[i].answer:
                stack.append((done | 1 << i, after))
    return False


def _apply(operation: str, value: str) -> tuple[str, str]:
    """Answer and value afterwards."""
    name, *arguments = operation.split(" ")
    if name == "get":
        return value, value
    if name == "set":
        return value, arguments[0]
    assert name == "cas", operation
    if value == arguments[0]:
        return "true", arguments[1]
    return "false", value
