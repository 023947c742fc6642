"""What a local broker is told."""

from pathlib import Path

import pytest

from duralog.connectors.embedded.configuration import (
    BrokerOptions,
    argument_file,
    format_arguments,
    java_command,
    last_lines,
    render_properties,
    server_properties,
)

LOG_DIR = Path("/data/kafka")


def options(**changes: object) -> BrokerOptions:
    values: dict[str, object] = {
        "data_dir": Path("/data"),
        "port": 9092,
        "controller_port": 9093,
        **changes,
    }
    return BrokerOptions(**values)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_listens_on_loopback_only() -> None:
    properties = server_properties(options(), log_dir=LOG_DIR)
    assert properties["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert properties["advertised.listeners"] == properties["listeners"]


def test_scram_has_a_listener_of_its_own() -> None:
    properties = server_properties(options(sasl_port=9094), log_dir=LOG_DIR)
    assert properties["listeners"].endswith(",SASL://127.0.0.1:9094")
    assert properties["listener.name.sasl.sasl.enabled.mechanisms"] == "SCRAM-SHA-256"


def test_without_users_there_is_no_trace_of_sasl() -> None:
    properties = server_properties(options(), log_dir=LOG_DIR)
    assert not [name for name in properties if "sasl" in name]


def test_the_callers_properties_win() -> None:
    changed = options(server_properties={"num.io.threads": "1", "new.one": "x"})
    properties = server_properties(changed, log_dir=LOG_DIR)
    assert (properties["num.io.threads"], properties["new.one"]) == ("1", "x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auto.create.topics.enable", "false"),
        ("group.initial.rebalance.delay.ms", "0"),
        ("message.max.bytes", "5242880"),
        ("transaction.state.log.min.isr", "1"),
        ("log.dirs", "/data/kafka"),
    ],
)
def test_what_duralog_relies_on(name: str, value: str) -> None:
    assert server_properties(options(), log_dir=LOG_DIR)[name] == value


def test_properties_escape_backslashes() -> None:
    assert render_properties({"b": "x\\y", "a": "1"}) == "a=1\nb=x\\\\y\n"


def test_an_argument_file_keeps_spaces_and_quotes() -> None:
    assert argument_file(["a b", 'c"d', "e\\f"]) == '"a b"\n"c\\"d"\n"e\\\\f"\n'


def test_a_member_of_a_cluster_names_all_voters() -> None:
    member = options(node_id=2, voters={1: 9093, 2: 9095, 3: 9097}, controller_port=9095)
    properties = server_properties(member, log_dir=LOG_DIR)
    assert properties["node.id"] == "2"
    assert properties["controller.quorum.voters"] == (
        "1@127.0.0.1:9093,2@127.0.0.1:9095,3@127.0.0.1:9097"
    )
    assert "controller.quorum.bootstrap.servers" not in properties


def test_a_cluster_of_one_votes_for_itself() -> None:
    properties = server_properties(options(), log_dir=LOG_DIR)
    assert (properties["node.id"], "controller.quorum.voters" in properties) == ("1", False)


def test_only_a_cluster_of_one_is_formatted_as_such() -> None:
    arguments = format_arguments(
        properties=Path("p"), cluster_id="id", scram_users={}, standalone=False
    )
    assert arguments == [
        *("kafka.tools.StorageTool", "format", "--cluster-id", "id"),
        *("--config", "p"),
    ]


def test_each_user_is_added_at_format() -> None:
    arguments = format_arguments(
        properties=Path("p"), cluster_id="id", scram_users={"ada": "x", "bob": "y"}
    )
    assert arguments[:3] == ["kafka.tools.StorageTool", "format", "--standalone"]
    assert arguments[-4:] == [
        "--add-scram",
        "SCRAM-SHA-256=[name=ada,password=x]",
        "--add-scram",
        "SCRAM-SHA-256=[name=bob,password=y]",
    ]


def test_java_gets_a_heap_and_the_class_path() -> None:
    command = java_command(java=Path("java"), class_path="a:b", log4j2=Path("l"), heap_mb=64)
    assert command[:4] == ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m"]
    assert command[-2:] == ["-cp", "a:b"]


def test_last_lines_leave_stack_frames_out() -> None:
    log = "one\n\tat a.b.C\n\ntwo\nthree\n"
    assert last_lines(log, lines_max=2) == "two\nthree"


def test_a_directory_with_meta_properties_is_formatted(tmp_path: Path) -> None:
    fresh = options(data_dir=tmp_path)
    assert not fresh.is_formatted
    fresh.log_dir.mkdir()
    (fresh.log_dir / "meta.properties").touch()
    assert fresh.is_formatted
