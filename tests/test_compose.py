"""The container files, as far as they can be checked without a container engine.

tests/data/compose-spec.json is the Compose Specification's own schema, as check-jsonschema 0.39.0
carries it (Apache-2.0).
"""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from duralog.cli.connection import connect
from duralog.cli.engine import engine
from duralog.cli.options import Options
from duralog.cli.root import root
from duralog.connectors.embedded import KAFKA_VERSION
from duralog.connectors.embedded.configuration import DEVELOPMENT_PROPERTIES
from duralog.orchestrator.settings import EngineSettings

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "tests" / "data" / "compose-spec.json"
UNRUN = "was written where there is no container engine"

# Where one broker for all containers must differ from one broker for this machine alone.
OF_THE_CONTAINER = {
    "node.id", "process.roles", "listeners", "advertised.listeners", "log.dirs",
    "controller.listener.names", "controller.quorum.voters", "inter.broker.listener.name",
    "listener.security.protocol.map",
}  # fmt: skip

Compose = dict[str, Any]  # Any: a YAML document, checked by its schema.


@pytest.fixture(scope="module")
def compose() -> Compose:
    """The compose file, parsed."""
    document: Compose = yaml.safe_load((ROOT / "docker-compose.kafka.yml").read_text())
    return document


@pytest.fixture(scope="module")
def dockerfile() -> str:
    """The Dockerfile's text."""
    return (ROOT / "Dockerfile").read_text()


def test_it_follows_the_compose_specification(compose: Compose) -> None:
    jsonschema.validate(compose, json.loads(SCHEMA.read_text()))


def test_what_is_named_exists(compose: Compose) -> None:
    services = compose["services"]
    for name, service in services.items():
        missing = set(service.get("depends_on", [])) - set(services)
        assert not missing, f"{name} depends on {missing}"
        volumes = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert volumes <= set(compose["volumes"]), name
        if "build" in service:
            assert (ROOT / service["build"]["context"] / "Dockerfile").exists()


def test_build_targets_are_stages_of_the_dockerfile(compose: Compose, dockerfile: str) -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE))
    builds = [service["build"] for service in compose["services"].values() if "build" in service]
    assert {build["target"] for build in builds if "target" in build} <= stages


def test_it_runs_the_kafka_we_test_with(compose: Compose) -> None:
    assert compose["services"]["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"


def test_its_kafka_is_told_what_the_embedded_one_is_told(compose: Compose) -> None:
    told = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in compose["services"]["kafka"]["environment"].items()
        if name.startswith("KAFKA_")
    }
    shared = {name: value for name, value in told.items() if name not in OF_THE_CONTAINER}
    assert shared == {name: DEVELOPMENT_PROPERTIES.get(name) for name in shared}


def test_each_engine_has_a_slot_and_a_volume_of_its_own(compose: Compose) -> None:
    engines = [
        service for name, service in compose["services"].items() if name.startswith("engine-")
    ]
    assert len({engine["environment"]["DURALOG_SLOT"] for engine in engines}) == len(engines) == 2
    assert len({engine["volumes"][0] for engine in engines}) == 2


def test_each_engine_takes_its_slot_and_directory_from_there(
    compose: Compose, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[int, Path]] = []
    for service in compose["services"].values():
        if service.get("command") == ["engine"]:
            for name, value in service["environment"].items():
                monkeypatch.setenv(name, value)
            flags = engine.make_context("engine", []).params
            assert connect(Options()).bootstrap_servers == "kafka:19092"
            found.append((flags["slot"], flags["data_dir"]))
    assert found == [(0, Path("/var/lib/duralog")), (1, Path("/var/lib/duralog"))]


def test_the_engines_settings_exist(compose: Compose) -> None:
    for name, service in compose["services"].items():
        if service.get("command") == ["engine"]:
            given = {key.removeprefix("DURALOG_").lower() for key in service["environment"]}
            assert given <= set(EngineSettings.model_fields), name


def test_commands_are_known_to_the_command_line(compose: Compose) -> None:
    for name, service in compose["services"].items():
        if service["image"] == "duralog:local":
            result = CliRunner().invoke(root, [*service["command"], "--help"])
            assert result.exit_code == 0, f"{name}: {result.output}"


def test_our_containers_are_locked_down(compose: Compose) -> None:
    for name, service in compose["services"].items():
        if "build" in service:
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name


def test_the_image_is_pinned_and_not_root(dockerfile: str) -> None:
    installs = re.findall(r"pip install (.*)", dockerfile)
    assert installs
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE)[-1] == "10001:10001"


def test_what_the_image_copies_exists_and_is_sent(dockerfile: str) -> None:
    sent = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    ]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source
        assert any(source == entry or source.startswith(f"{entry}/") for entry in sent), source


@pytest.mark.parametrize("name", ["Dockerfile", "docker-compose.kafka.yml"])
def test_the_files_say_that_they_have_not_been_run(name: str) -> None:
    assert UNRUN in (ROOT / name).read_text().replace("\n# ", " ")
