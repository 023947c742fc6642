"""What Workflow code may not call, and what it should call instead."""

from collections.abc import Mapping
from typing import Final

_TIME: Final = "use workflow.now(), workflow.time() or workflow.time_ns()"
_SLEEP: Final = "use asyncio.sleep() or workflow.sleep()"
_RANDOM: Final = "use workflow.random()"
_UUID: Final = "use workflow.uuid4()"
_THREAD: Final = "use asyncio tasks in a workflow, and threads in activities"
_IO: Final = "do input and output in an activity"
_PROCESS: Final = "start processes in an activity"
_MACHINE: Final = "workers are different machines; ask for it in an activity"

FORBIDDEN: Final[Mapping[str, Mapping[str, str]]] = {
    "builtins": dict.fromkeys(("open", "input"), _IO),
    "io": dict.fromkeys(("open", "open_code"), _IO),
    "time": {
        **dict.fromkeys(
            (
                "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns",
                "process_time", "process_time_ns", "thread_time", "thread_time_ns",
                "clock_gettime", "clock_gettime_ns", "localtime", "gmtime", "ctime",
            ),
            _TIME,
        ),
        "sleep": _SLEEP,
    },
    "random": dict.fromkeys(
        (
            "betavariate", "binomialvariate", "choice", "choices", "expovariate", "gammavariate",
            "gauss", "getrandbits", "getstate", "lognormvariate", "normalvariate", "paretovariate",
            "randbytes", "randint", "random", "randrange", "sample", "seed", "setstate", "shuffle",
            "triangular", "uniform", "vonmisesvariate", "weibullvariate",
        ),
        _RANDOM,
    ),
    "secrets": dict.fromkeys(
        ("choice", "randbelow", "randbits", "token_bytes", "token_hex", "token_urlsafe"),
        "secrets do not belong into a history; make them in an activity",
    ),
    "uuid": dict.fromkeys(("uuid1", "uuid4"), _UUID),
    "os": {
        **dict.fromkeys(
            (
                "access", "chdir", "chmod", "chown", "link", "listdir", "lstat", "makedirs",
                "mkdir", "open", "pipe", "read", "readlink", "remove", "removedirs", "rename",
                "renames", "replace", "rmdir", "scandir", "stat", "symlink", "truncate", "unlink",
                "utime", "walk", "write",
            ),
            _IO,
        ),
        **dict.fromkeys(
            (
                "abort", "execl", "execle", "execlp", "execv", "execve", "execvp", "fork",
                "forkpty", "kill", "killpg", "popen", "posix_spawn", "spawnl", "spawnv", "system",
                "waitpid", "_exit",
            ),
            _PROCESS,
        ),
        **dict.fromkeys(
            (
                "cpu_count", "getcwd", "getenv", "getlogin", "getpid", "getppid", "putenv",
                "times", "uname", "unsetenv",
            ),
            _MACHINE,
        ),
        **dict.fromkeys(("getrandom", "urandom"), _RANDOM),
    },
    "platform": dict.fromkeys(("node", "platform", "uname"), _MACHINE),
    "shutil": dict.fromkeys(
        ("copy", "copy2", "copyfile", "copytree", "disk_usage", "move", "rmtree", "which"), _IO
    ),
    "signal": dict.fromkeys(("alarm", "pause", "setitimer", "signal"), _PROCESS),
    "socket": dict.fromkeys(
        (
            "create_connection", "create_server", "getaddrinfo", "gethostbyname", "getfqdn",
            "gethostname", "socketpair",
        ),
        _IO,
    ),
    "subprocess": dict.fromkeys(
        ("call", "check_call", "check_output", "getoutput", "run"), _PROCESS
    ),
    "tempfile": dict.fromkeys(
        ("gettempdir", "mkdtemp", "mkstemp", "NamedTemporaryFile", "TemporaryFile"), _IO
    ),
    "urllib.request": dict.fromkeys(("urlopen", "urlretrieve"), _IO),
}  # fmt: skip
"""By module: functions, which are replaced in it. What a Python lacks is left out."""

FORBIDDEN_METHODS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("threading", "Thread"): {"start": _THREAD, "join": _THREAD},
    ("concurrent.futures", "ThreadPoolExecutor"): {"submit": _THREAD},
    ("concurrent.futures", "ProcessPoolExecutor"): {"submit": _PROCESS},
    ("subprocess", "Popen"): {"__init__": _PROCESS},
    ("socket", "socket"): {"__init__": _IO},
    ("http.client", "HTTPConnection"): {"__init__": _IO},
    ("pathlib", "Path"): dict.fromkeys(
        (
            "exists", "is_dir", "is_file", "iterdir", "mkdir", "open", "read_bytes", "read_text",
            "rename", "replace", "rmdir", "stat", "touch", "unlink", "write_bytes", "write_text",
        ),
        _IO,
    ),
}  # fmt: skip
"""By class: methods of classes that are written in Python."""

FORBIDDEN_TIMES: Final[Mapping[str, str]] = {"now": _TIME, "utcnow": _TIME}
"""Of datetime.datetime; `today` asks time.time for the time."""
