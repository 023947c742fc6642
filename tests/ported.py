"""Programs for Temporal, moved as `docs/from-temporal.md` says: `sed s/temporalio/duralog/`.

`tests/programs` holds them as a Temporal user writes them. They are never imported as they are.
"""

import importlib
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

PROGRAMS: Final = Path(__file__).parent / "programs"
PACKAGE: Final = "ported_programs"  # Not `ported`, which is this module.


def port(directory: Path) -> Path:
    """Write the moved programs into a package below `directory`; returns the package's folder."""
    package = directory / PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text('"""Programs that were written for Temporal."""\n')
    for path in sorted(PROGRAMS.glob("*.py")):
        text = path.read_text(encoding="utf-8").replace("temporalio", "duralog")
        (package / path.name).write_text(text, encoding="utf-8")
    return package


class Ported:
    """The moved programs, each imported when it is asked for."""

    def module(self, name: str) -> ModuleType:
        """A program by the name of its file."""
        return importlib.import_module(f"{PACKAGE}.{name}")


@contextmanager
def ported(directory: Path) -> Generator[Ported]:
    """The moved programs can be imported within; nothing is left behind."""
    port(directory)
    sys.path.insert(0, str(directory))
    try:
        yield Ported()
    finally:
        sys.path.remove(str(directory))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]
