"""Writes the record classes of `duralog.schemas` from `avsc/`, the contract for every language.

Run it with `make schemas` after a change of an .avsc; a test fails while the two differ. The
newest version of a
schema becomes the class; older versions stay readable (see `duralog.schemas.codec`).
"""
# pyright: basic

import argparse
import json
import keyword
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PACKAGE = HERE / "duralog" / "schemas"
GROUPS = {
    "events": "Event: what happened in a Workflow Execution; numbered, in order, never changed.",
    "requests": "Request: what clients and workers ask of one Workflow Execution.",
    "commands": "Command: what a Workflow Task returns.",
    "tasks": "Task: what lies on a Task Queue topic.",
    "transitions": "Transition: changes of state that stand outside the Event History.",
    "replies": "Reply: what the engine answers through the inbox.",
    "states": "State: what the Store keeps of runs; internal, never on a topic.",
}
PRIMITIVES = {
    "string": "str",
    "long": "int",
    "int": "int",
    "boolean": "bool",
    "bytes": "bytes",
    "double": "float",
}

WIRE = {"str": "string", "int": "long", "bool": "boolean", "bytes": "bytes", "float": "double"}
_ZERO_IS_ONE_BYTE = ("str", "int", "bytes")
BASES = {"Payload": "(PayloadMessage)"}
"""What is inherited beside the fields: see `duralog.schemas.payload_message`."""
ALIAS = {
    "events": "Event",
    "requests": "Request",
    "commands": "Command",
    "tasks": "Task",
    "transitions": "Transition",
    "replies": "ReplyRecord",
    "states": "StateRecord",
}


def snake(name: str) -> str:
    """`ActivityTaskStarted` -> `activity_task_started`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Field:
    """One field of a record: its Python type, default, and conversions to and from a dict of
    fastavro.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self.name: str = schema["name"]
        assert not keyword.iskeyword(self.name), self.name
        self.doc: str = schema.get("doc", "")
        self.required = "default" not in schema
        self._default = schema.get("default")
        kind: Any = schema["type"]
        self.nullable = isinstance(kind, list)
        inner: Any = kind[1] if self.nullable else kind
        self.shape: str = (
            inner["type"] if isinstance(inner, dict) and inner["type"] != "record" else ""
        )
        item: Any = inner.get("items", inner.get("values")) if self.shape else inner
        if isinstance(item, dict):
            item = item["name"]
        self.record = "" if item in PRIMITIVES else item.removeprefix("duralog.")
        self.item = self.record or PRIMITIVES[item]

    @property
    def annotation(self) -> str:
        """The Python type."""
        one = {"array": f"list[{self.item}]", "map": f"dict[str, {self.item}]"}.get(
            self.shape, self.item
        )
        return f"{one} | None" if self.nullable else one

    @property
    def declaration(self) -> str:
        """The line of the dataclass."""
        if self.required:
            return f"    {self.name}: {self.annotation}"
        if self.shape:
            factory = self.annotation
            return f"    {self.name}: {factory} = field(default_factory={factory})"
        value = b"" if self.annotation == "bytes" else self._default
        text = f'"{value}"' if isinstance(value, str) else repr(value)
        return f"    {self.name}: {self.annotation} = {text}"

    @property
    def _stem(self) -> str:
        return snake(self.record) if self.record else WIRE[self.item]

    def encode(self) -> str:
        """The expression that gives the bytes of the attribute."""
        source = f"r.{self.name}"
        zero = 'b"\\x00"'
        if self.shape:
            return f"(write_{self.shape}({source}, write_{self._stem}) if {source} else {zero})"
        one = f"write_{self._stem}({source})"
        if self.nullable:
            return f'({zero} if {source} is None else b"\\x02" + {one})'
        if self.item in _ZERO_IS_ONE_BYTE:
            return f"({one} if {source} else {zero})"  # Most are empty: this saves the call.
        return one

    def decode(self) -> list[str]:
        """The statements that read the attribute into a local of its name."""
        if self.shape:
            return [f"{self.name}, at = read_{self.shape}(data, at, read_{self._stem})"]
        read = f"{self.name}, at = read_{self._stem}(data, at)"
        if not self.nullable:
            return [read]
        local = f"{self.name}: {self.annotation} = None"
        return ["present, at = read_branch(data, at)", local, "if present:", f"    {read}"]


def frame_of(schema: dict[str, Any]) -> bytes:
    """Confluent's magic byte and schema id."""
    return b"\x00" + int(schema["schema_id"]).to_bytes(4, "big")


def record(schema: dict[str, Any], public: bool) -> str:
    """The class of one schema and its two conversions."""
    name, fields = schema["name"], [Field(f) for f in schema["fields"]]
    prefix = "" if public else "_"
    doc = [f'    """{schema["doc"]}', ""]
    doc += [f"    {f.name}: {f.doc}" for f in fields if f.doc]
    text = "\n".join(doc).rstrip() + ('"""' if len(doc) == 2 else '\n    """')
    lines = [
        "",
        "",
        "@dataclass(slots=True, kw_only=True)",
        f"class {name}{BASES.get(name, '')}:",
        text,
        "",
    ]
    if "schema_id" in schema:
        lines += [f"    SCHEMA_ID: ClassVar[int] = {schema['schema_id']}"]
    lines += [f.declaration for f in fields]
    write, read = (f"{w}_{snake(name)}" for w in ("write", "read"))
    lines += ["", "", f"def {prefix}{write}(r: {name}) -> bytes:"]
    lines += [f'    """The Avro body of a `{name}`."""'] if public else []
    frame = [f"        {frame_of(schema)!r}"] if "schema_id" in schema else []
    lines += ['    return b"".join(', "        (", *(f"    {f}," for f in frame)]
    lines += [*(f"            {f.encode()}," for f in fields), "        )", "    )"]
    lines += ["", "", f"def {prefix}{read}(data: bytes, at: int) -> tuple[{name}, int]:"]
    lines += [f'    """The `{name}` at `at`, and the position behind it."""'] if public else []
    for one in fields:
        lines += [f"    {statement}" for statement in one.decode()]
    lines += [f"    record = {name}(", *(f"        {f.name}={f.name}," for f in fields), "    )"]
    lines += ["    return record, at"]
    return "\n".join(lines)


def latest(group: str) -> list[dict[str, Any]]:
    """The newest version of each schema of `group`, by schema id."""
    newest: dict[str, dict[str, Any]] = {}
    for path in (PACKAGE / "avsc" / group).glob("*.avsc"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        known = newest.get(schema["name"])
        if known is None or known["schema_id"] < schema["schema_id"]:
            newest[schema["name"]] = schema
    return sorted(newest.values(), key=lambda s: int(s["schema_id"]))


def named_types(schemas: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every nested record (Payload, Failure, RetryPolicy) by name."""
    found: dict[str, dict[str, Any]] = {}

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            for value in node.values():
                walk(value)
            if node.get("type") == "record" and "schema_id" not in node:
                found[node["name"]] = node

    walk(schemas)
    return found


HEADER = "Generated from avsc/ by `make schemas`; change the .avsc, not this file."


def imports(body: str, source: str, names: list[str]) -> list[str]:
    """One import statement with those of `names` that `body` uses."""
    used = [n for n in names if re.search(rf"\b{n}\b", body)]
    return [f"from {source} import (", *(f"    {n}," for n in used), ")"] if used else []


PRIMITIVE_NAMES = [
    f"{way}_{stem}"
    for way in ("write", "read")
    for stem in (*WIRE.values(), "array", "map", "branch")
]
NAMED = ("Payload", "RetryPolicy", "Failure", "RecordHeader")
NAMED_NAMES = [*NAMED, *(f"{way}_{snake(n)}" for n in NAMED for way in ("write", "read"))]


def module(group: str) -> str:
    """The source of `duralog.schemas.{group}`."""
    schemas = latest(group)
    body = "".join(record(s, public=False) + "\n" for s in schemas)
    out = [f'"""{GROUPS[group]}', "", HEADER, '"""', "", "from collections.abc import Callable"]
    out += ["from dataclasses import dataclass" + (", field" if "= field(" in body else "")]
    out += ["from typing import Any, ClassVar, Final", ""]
    out += imports(body, "duralog.schemas.avro", PRIMITIVE_NAMES)
    out += imports(body, "duralog.schemas.payloads", NAMED_NAMES)
    union = " | ".join(s["name"] for s in schemas)
    out += [body.rstrip(), "", "", f"{ALIAS[group]} = {union}", ""]
    out += [
        "Reader = Callable[[bytes, int], tuple[Any, int]]",
        "CODECS: Final[dict[type, tuple[Callable[[Any], bytes], Reader]]] = {",
    ]
    out += [
        f"    {n}: (_write_{snake(n)}, _read_{snake(n)})," for n in (s["name"] for s in schemas)
    ]
    out += ["}", ""]
    return "\n".join(out)


def payloads() -> str:
    """The source of `duralog.schemas.payloads`."""
    types = named_types([s for g in GROUPS for s in latest(g)])
    body = "\n".join(record(types[name], public=True).rstrip() for name in NAMED)
    out = [
        '"""What records are made of: Payload, Failure, RetryPolicy, RecordHeader.',
        "",
        HEADER,
        '"""',
        "",
    ]
    out += [
        "from __future__ import annotations",
        "",
        "from dataclasses import dataclass, field",
        "",
    ]
    out += imports(body, "duralog.schemas.avro", PRIMITIVE_NAMES)
    out += imports(body, "duralog.schemas.payload_message", ["PayloadMessage"])
    return "\n".join([*out, body, ""])


def sources() -> dict[Path, str]:
    """Every generated file and its text, before formatting."""
    files = {PACKAGE / "payloads.py": payloads()}
    return files | {PACKAGE / f"{group}.py": module(group) for group in GROUPS}


def main() -> None:
    """Write all files, formatted, into the package or the folder given by `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PACKAGE, help="the folder to write into")
    out: Path = parser.parse_args().out
    paths = [str(out / path.name) for path in sources()]
    for path, text in sources().items():
        (out / path.name).write_text(text, encoding="utf-8")
    config = ["--quiet", "--config", str(HERE.parent / "pyproject.toml")]
    for command in (["check", "--select", "I", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *config, *paths], check=True)


if __name__ == "__main__":
    main()
