"""What each public name of a package takes and has: Temporal's SDK and ours are compared by it.

With a Python that has Temporal's SDK, `python tests/read_names.py temporalio` prints it as JSON for
`tests/data/temporal-signatures.json`.
"""

import inspect
import json
import sys
from collections.abc import Callable, Iterable
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

NAMES = Path(__file__).parent / "data" / "temporal-names.json"


def module_of(package: str, name: str) -> Any:
    """A module by its name below the package; None when there is none."""
    if name == "workflow.unsafe":
        return import_module(f"{package}.workflow").unsafe
    try:
        return import_module(f"{package}.{name}")
    except ModuleNotFoundError:
        return None


def parameters(fn: Callable[..., Any]) -> dict[str, bool] | None:
    """Each parameter, and whether it must be given; None when nobody can tell."""
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        return None
    found: dict[str, bool] = {}
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            found.update(_options(parameter.annotation))
        elif parameter.kind is parameter.VAR_POSITIONAL:
            found[f"*{parameter.name}"] = False
        elif parameter.name != "self":
            found[parameter.name] = parameter.default is parameter.empty
    return found


def _options(annotation: Any) -> dict[str, bool]:
    """The keys of `**options: Unpack[SomeTypedDict]`."""
    for options in get_args(annotation):
        if hasattr(options, "__required_keys__"):
            return {name: name in options.__required_keys__ for name in options.__annotations__}
    return {}


def described(thing: Any, package: str) -> dict[str, Any]:
    """`call`: its parameters; `members`: those of its methods, None for others; or `keys`."""
    if isinstance(thing, type) and issubclass(thing, Enum):
        return {"keys": sorted(thing.__members__)}
    if isinstance(thing, type) and hasattr(thing, "__required_keys__"):
        return {"keys": sorted(thing.__annotations__)}
    if not isinstance(thing, type):
        return {"call": parameters(thing)} if inspect.isroutine(thing) else {}
    members: dict[str, Any] = {}
    for cls in reversed(thing.__mro__):
        if cls.__module__.partition(".")[0] == package:
            for name in [*vars(cls), *vars(cls).get("__annotations__", {})]:
                if not name.startswith("_"):
                    value = getattr(thing, name, None)
                    members[name] = parameters(value) if inspect.isroutine(value) else None
    return {"call": parameters(thing), "members": members}


def read(package: str, modules: dict[str, Iterable[str]]) -> dict[str, dict[str, Any]]:
    """All names that the package has, by module and name."""
    found: dict[str, dict[str, Any]] = {}
    for module_name, names in modules.items():
        module = module_of(package, module_name)
        for name in names:
            if hasattr(module, name):
                found[f"{module_name}.{name}"] = described(getattr(module, name), package)
    return found


if __name__ == "__main__":
    data = json.loads(NAMES.read_text(encoding="utf-8"))
    lines = [
        f"{json.dumps(name)}: {json.dumps(one, sort_keys=True)}"
        for name, one in read(sys.argv[1], data["modules"]).items()
    ]
    print("{\n" + ",\n".join(lines) + "\n}")  # that is what it is for
