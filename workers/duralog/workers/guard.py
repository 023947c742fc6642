"""The guard: what Workflow code may not call raises there, with the fix named, and nowhere else.

Forbidden functions are replaced once per process by objects that look at the event loop of their
thread. Outside of Workflows that is all; inside, the caller's module decides. See
docs/adr/0015-determinism-guard.md for what it costs, and what it cannot see.
"""

import builtins
import ctypes
import datetime as dt
import functools
import gc
import sys
from asyncio.events import _get_running_loop  # pyright: ignore[reportPrivateUsage]
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import FrameType
from typing import Any, Final, cast

from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.forbidden import FORBIDDEN, FORBIDDEN_METHODS, FORBIDDEN_TIMES
from duralog.workflow.sandbox import (
    UNRESTRICTED,
    RestrictedWorkflowAccessError,
    SandboxRestrictions,
)

SELF: Final = "duralog"  # Under all user code there is code of ours: it passes nothing through.


class GuardedFunction:
    """Stands for a function of a module. An object, so that no class makes a method of it."""

    def __init__(self, original: Callable[..., Any], module: str, name: str, fix: str) -> None:
        self.__wrapped__ = original
        self.__name__ = name
        self.__module__ = module
        self.__doc__ = original.__doc__
        self._name = name if module == builtins.__name__ else f"{module}.{name}"
        self._fix = fix

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the original, unless Workflow code calls."""
        loop = _get_running_loop()
        if loop.__class__ is WorkflowEventLoop:
            check(loop, self._name, self._fix)
        return self.__wrapped__(*args, **kwargs)

    # `os.stat in os.supports_fd` stays true.
    def __eq__(self, other: object) -> bool:
        return other is self or other is self.__wrapped__

    def __hash__(self) -> int:
        return hash(self.__wrapped__)

    def __reduce__(self) -> tuple[Any, ...]:
        return find, (self.__module__, self.__name__)


def find(module_name: str, name: str) -> Any:
    """A function by its name: what another process unpickles."""
    return getattr(import_module(module_name), name)


def check(loop: Any, name: str, fix: str) -> None:
    """Raises RestrictedWorkflowAccessError when the caller's caller may not call `name` here."""
    restrictions = loop.runtime.restrictions
    if restrictions is None or loop.evicting or UNRESTRICTED.get():
        return
    frame = sys._getframe(2)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if restrictions.passes(_module(frame)):
        return
    outer: FrameType | None = frame
    while outer is not None:
        module = _module(outer)
        if module.partition(".")[0] != SELF and restrictions.names(module):
            return  # What a module that is passed through calls is its own affair.
        outer = outer.f_back
    raise RestrictedWorkflowAccessError(
        name, override_message=f"Cannot access {name} from inside a workflow: {fix}"
    )


def _module(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__") or ""
    return name


def guarded(restrictions: SandboxRestrictions | None) -> SandboxRestrictions | None:
    """The restrictions of a run, with the guard in its place."""
    if restrictions is not None:
        install()
    return restrictions


@functools.cache
def install() -> None:
    """Replace what is forbidden; once, whoever asks. Costs a fraction of a microsecond a call."""
    modules = {name: import_module(name) for name in FORBIDDEN}  # Before any of them is changed.
    for module_name, functions in FORBIDDEN.items():
        module = modules[module_name]
        for name, fix in functions.items():
            original = getattr(module, name, None)
            if original is not None:
                setattr(module, name, GuardedFunction(original, module_name, name, fix))
    for (module_name, class_name), methods in FORBIDDEN_METHODS.items():
        guarded_class = getattr(import_module(module_name), class_name)
        for name, fix in methods.items():
            _guard_method(guarded_class, f"{module_name}.{class_name}.{name}", name, fix)
    for name, fix in FORBIDDEN_TIMES.items():
        _guard_datetime(name, fix)


def guard_module(module_name: str) -> None:
    """Replace what a module got by `from time import time` before the guard was there."""
    install()
    module = sys.modules.get(module_name)
    if module is None:
        return
    originals = {id(f.__wrapped__): f for f in _guarded()}
    for name, value in list(vars(module).items()):
        guarded = originals.get(id(value))
        if guarded is not None and not isinstance(value, GuardedFunction):
            setattr(module, name, guarded)


def _guarded() -> Iterable[GuardedFunction]:
    for module_name, functions in FORBIDDEN.items():
        module = import_module(module_name)
        for name in functions:
            function = getattr(module, name, None)
            if isinstance(function, GuardedFunction):
                yield function


def _own(guarded_class: Any, name: str) -> Any:
    """A member of a class as it is written there, unbound; None when it has none."""
    return _members(guarded_class).get(name)


def _members(guarded_class: Any) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], vars(guarded_class))


def _guard_method(guarded_class: Any, full_name: str, name: str, fix: str) -> None:
    original = _own(guarded_class, name)
    if original is None:
        return

    @functools.wraps(original)
    def checked(*args: Any, **kwargs: Any) -> Any:
        loop = _get_running_loop()
        if loop.__class__ is WorkflowEventLoop:
            check(loop, full_name, fix)
        return original(*args, **kwargs)

    setattr(guarded_class, name, checked)


def _guard_datetime(name: str, fix: str) -> None:
    """`datetime.now` belongs to a class of C, whose dict Python lets nobody write: we ask ctypes.

    Where that does not work (another Python), the method stays unguarded.
    """
    members = _members(dt.datetime)
    original = members[name]
    namespace = cast(dict[str, Any], next(iter(gc.get_referents(members)), None))
    if not (type(namespace) is dict and namespace.get(name) is original):
        return

    bind: Any = getattr(original, "__get__", None)

    def checked(cls: Any, *args: Any, **kwargs: Any) -> Any:
        loop = _get_running_loop()
        if loop.__class__ is WorkflowEventLoop:
            check(loop, f"datetime.datetime.{name}", fix)
        return bind(None, cls)(*args, **kwargs)

    namespace[name] = classmethod(checked)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(dt.datetime))
