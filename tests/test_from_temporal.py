"""`docs/from-temporal.md` says for each public name of Temporal's Python SDK how it stands here.

`tests/data/temporal-names.json` holds the names, read from Temporal's package, with why some differ
or are absent; `temporal-signatures.json` what each takes and has, read by `read_names.py`. What is
missing here is found by comparing, so that `same` is never a mere claim.
`pytest tests/test_from_temporal.py --rewrite` writes the table anew.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from read_names import described, module_of

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "from-temporal.md"
DATA: dict[str, Any] = json.loads((ROOT / "tests/data/temporal-names.json").read_text("utf-8"))
THEIRS: dict[str, Any] = json.loads(
    (ROOT / "tests/data/temporal-signatures.json").read_text(encoding="utf-8")
)
BEGIN = "<!-- written by tests/test_from_temporal.py --rewrite -->\n"


def status_of(module: str, name: str) -> tuple[str, str]:
    """How a name stands, and why."""
    full_name = f"{module}.{name}"
    ours = module_of("duralog", module)
    if not hasattr(ours, name):
        why = next(why for pattern, why in DATA["absent"] if re.search(pattern, full_name))
        return "absent", why
    missing = lacking(full_name, described(getattr(ours, name), "duralog"))
    parts = [DATA["differs"].get(full_name, "")]
    parts += [f"without {', '.join(f'`{one}`' for one in missing)}"] if missing else []
    why = "; ".join(part for part in parts if part)
    return ("differs", why) if why else ("same", "")


def lacking(full_name: str, ours: dict[str, Any]) -> list[str]:
    """What Temporal's has and ours has not: parameters, members, keys."""
    theirs = THEIRS[full_name] if ours else {}  # What is a module here has rows of its own.
    missing = [key for key in theirs.get("keys", ()) if key not in ours.get("keys", ())]
    call: list[str] = []
    if not re.search(DATA["made by the SDK"], full_name):
        call = _not_taken(theirs.get("call"), ours.get("call"))
    missing += call
    our_members = ours.get("members", {})
    for member, parameters in theirs.get("members", {}).items():
        if member in our_members:
            not_taken = _not_taken(parameters, our_members[member])
            missing += [f".{member}({', '.join(not_taken)})"] if not_taken else []
        elif f"{member}=" not in call:  # A field, which was counted as a parameter.
            missing.append(f".{member}")
    return sorted({one for one in missing if not _is_nowhere(one)})


def _is_nowhere(missing: str) -> bool:
    """Whether the page's introduction says it once for all."""
    return any(re.search(pattern, missing) for pattern in DATA["nowhere"])


def _not_taken(theirs: dict[str, bool] | None, ours: dict[str, bool] | None) -> list[str]:
    """Parameters that ours does not take, or must be given where Temporal's need not."""
    if theirs is None or ours is None:
        return []
    missing = [f"{name}=" for name in theirs if name not in ours]
    missing += [f"{name}=" for name, must in ours.items() if must and not theirs.get(name, 1)]
    return [one for one in missing if not _is_nowhere(one)]


def table() -> str:
    """What is nowhere, then all rows, by module."""
    parts = ["\n| nowhere | why |", "|---|---|"]
    parts += [f"| {said} | {why} |" for said, why in DATA["nowhere"].values()]
    for module, names in DATA["modules"].items():
        parts += [f"\n### temporalio.{module}\n", "| name | here | why |", "|---|---|---|"]
        parts += ["| `{}` | {} | {} |".format(name, *status_of(module, name)) for name in names]
    return "\n".join(parts) + "\n"


def test_the_table_is_true(request: pytest.FixtureRequest) -> None:
    head, begin, rows = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    assert begin, f"{PAGE.name} has lost the line {BEGIN!r}"
    if request.config.getoption("--rewrite"):
        PAGE.write_text(head + begin + table(), encoding="utf-8")
    else:
        assert rows == table(), "run: pytest tests/test_from_temporal.py --rewrite"


def test_what_differs_exists() -> None:
    names = {f"{module}.{name}" for module, names in DATA["modules"].items() for name in names}
    assert DATA["differs"].keys() <= names
    for full_name in DATA["differs"]:
        module, _, name = full_name.rpartition(".")
        ours = module_of("duralog", module)
        assert hasattr(ours, name), f"{full_name} differs, and is not there"


def test_a_missing_parameter_is_found() -> None:
    ours = described(module_of("duralog", "workflow").sleep, "duralog")
    assert lacking("workflow.sleep", ours) == []
    del ours["call"]["summary"]
    assert lacking("workflow.sleep", ours) == ["summary="]
