"""Avro schema resolution, both ways, over all versions: what Confluent calls FULL_TRANSITIVE.

A new version must read what every older version wrote, and every older version must read what it
writes. Flat records of ours need only these rules: fields match by name; a field missing on the
writer's side needs a default; a type may not change (Avro's promotions hold in one direction only,
so FULL refuses them).
"""

from typing import Any


def breaks(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Why two versions of a record cannot read each other; empty: they can."""
    return _reads(one, other, one["name"]) + _reads(other, one, one["name"])


def _reads(reader: Any, writer: Any, path: str) -> list[str]:
    if isinstance(reader, list) or isinstance(writer, list):
        if not (isinstance(reader, list) and isinstance(writer, list)):
            return [f"{path}: union against no union"]
        missing = {_name(b) for b in writer} - {_name(b) for b in reader}
        return [f"{path}: branch {m} cannot be read" for m in sorted(missing)]
    if _name(reader) != _name(writer):
        return [f"{path}: {_name(writer)} became {_name(reader)}"]
    if not (isinstance(reader, dict) and isinstance(writer, dict)):
        return []
    if reader["type"] == "record":
        return _fields(reader, writer, path)
    inner = "items" if reader["type"] == "array" else "values"
    return _reads(reader[inner], writer[inner], f"{path}[]")


def _fields(reader: dict[str, Any], writer: dict[str, Any], path: str) -> list[str]:
    written = {f["name"]: f for f in writer["fields"]}
    found: list[str] = []
    for field in reader["fields"]:
        where = f"{path}.{field['name']}"
        if field["name"] in written:
            found += _reads(field["type"], written[field["name"]]["type"], where)
        elif "default" not in field:
            found.append(f"{where}: has no default and is missing in another version")
    return found


def _name(schema: Any) -> str:
    if isinstance(schema, str):
        return schema.removeprefix("duralog.")
    assert isinstance(schema, dict)
    return str(schema["name"] if schema["type"] == "record" else schema["type"])
