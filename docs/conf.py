"""How Sphinx builds these pages: Markdown, and the API reference from our docstrings.

Docstrings are plain text with `code` in backticks. `as_rst` brings them into Sphinx's form, so that
they stay readable in an editor.
"""

import re
from importlib import metadata
from typing import Final

from sphinx.application import Sphinx

project = "Duralog"
author = "The Duralog authors"
release = metadata.version("duralog")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"Duralog {release}"
exclude_patterns = ["_build"]
# Pages link to headings of each other, as GitHub names them.
myst_heading_anchors = 3

autodoc_default_options = {"members": True}
# With types, each of the overloads would be shown: six signatures of half a page for one call.
autodoc_typehints = "none"
autodoc_preserve_defaults = True  # As they are written, not as they print.
autodoc_member_order = "alphabetical"

FIELD: Final = re.compile(r"([a-z_]\w*(?:(?:, | and )[a-z_]\w*)*): (.+)")
CODE: Final = re.compile(r"(`[^`]+`)")
SPECIAL: Final = re.compile(r"([\\*_|])")


def as_rst(lines: list[str]) -> list[str]:
    """A docstring of ours as reStructuredText: paragraphs, fields as a list, and code."""
    out: list[str] = []
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
        elif block:
            out += [*_block(block), ""]
            block = []
    return out


def _block(block: list[str]) -> list[str]:
    """One block of lines between empty ones; with deeper lines it is code."""
    is_code = any(line.startswith((" ", "@", "async with", "await ")) for line in block)
    if is_code and not FIELD.fullmatch(block[0]):
        return [".. code-block:: python", "", *(f"    {line}" for line in block)]
    out: list[str] = []
    for line in block:
        field = FIELD.fullmatch(line)
        if field:
            # An empty line before it, or it would be part of the paragraph above.
            out += ["", f"- **{field[1]}**: {_inline(field[2])}"]
        elif line.startswith("Raises "):
            out += ["", _inline(line)]
        else:
            in_item = any(out) and _last_start(out).startswith("- ")
            out.append(f"  {_inline(line.strip())}" if in_item else _inline(line))
    return out


def _last_start(lines: list[str]) -> str:
    """The line with which the last paragraph or item of `lines` begins."""
    start = len(lines) - 1
    while start > 0 and lines[start - 1]:
        start -= 1
    return lines[start]


def _inline(text: str) -> str:
    """Backticks as code; what else means something in reStructuredText stands for itself."""
    parts = CODE.split(text)
    return "".join(
        f"``{part[1:-1]}``" if i % 2 else SPECIAL.sub(r"\\\1", part) for i, part in enumerate(parts)
    )


def _process(
    _app: Sphinx, _what: str, _name: str, _obj: object, _options: object, lines: list[str]
) -> None:
    lines[:] = as_rst(lines)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _process)
