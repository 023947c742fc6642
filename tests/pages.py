"""What the documentation's pages hold for the tests: files, shell commands, links.

A Python block whose first line is `# name.py` is the file of that name.
"""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
ADDRESS: Final = "localhost:9092"  # As the pages have it.
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"^```.*?^```$|^    .*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def write_files(page: str, folder: Path) -> dict[str, Path]:
    """Write the files that a page shows; returns their paths by name."""
    found: dict[str, Path] = {}
    for language, text in _blocks(page):
        name = re.match(r"# (\w+\.py)\n", text)
        if language == "python" and name is not None:
            path = folder / name[1]
            path.write_text(text, encoding="utf-8")
            found[name[1]] = path
    return found


def shell_lines(page: str) -> list[str]:
    """The commands of a page's shell blocks, in order."""
    return [
        line for language, text in _blocks(page) if language == "shell" for line in text.split("\n")
    ]


def local_links(path: Path) -> list[str]:
    """The links of a page that lead to files: relative, without their anchors."""
    targets = _LINK.findall(_CODE.sub("", path.read_text(encoding="utf-8")))
    return [t.partition("#")[0] for t in targets if "://" not in t and not t.startswith("#")]


def feature_rows() -> list[list[str]]:
    """Feature, where and tests of each row of the README's table of what works."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    part = text.partition("## What works")[2].partition("\n| not there yet")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return rows[2:]


def _blocks(page: str) -> list[tuple[str, str]]:
    return _BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
