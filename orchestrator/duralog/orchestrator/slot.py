"""One slot: the partition loop on Kafka, in a process of its own. `python -m` runs it.

A shell: it reads settings, opens what the loop needs, and turns every end into an exit status that
the supervisor understands. SIGTERM and SIGINT end it between two transactions; the end of stdin,
which is its lifeline, does the same.
"""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from types import FrameType
from typing import Final

import structlog
from pydantic import ValidationError

from duralog.connectors import collector
from duralog.connectors.broker import FatalError, TopicPartition
from duralog.connectors.clock import monotonic_ms
from duralog.connectors.kafka.counts import partition_counts
from duralog.connectors.kafka.driver import KafkaDriver
from duralog.connectors.kafka.settings import KafkaSettings, SettingsError
from duralog.orchestrator.loop import partition_loop
from duralog.orchestrator.marker import FileMarker
from duralog.orchestrator.meter import Meter, metered
from duralog.orchestrator.partitions import Status, Unit
from duralog.orchestrator.settings import EngineSettings, LoopSettings
from duralog.orchestrator.supervise import EXIT_FAILED, EXIT_FATAL, EXIT_OK, EXIT_SETTINGS
from duralog.orchestrator.teller import Teller
from duralog.schemas.topics import CHANGELOGS, TopicNames
from duralog.state.rocks import RocksDisk
from duralog.state.store import StoreError

ORPHAN_S: Final = 5.0  # After the lifeline is cut, for an orderly stop.


def run_slot(
    settings: EngineSettings,
    *,
    tell: Callable[[dict[str, object]], None] = lambda _: None,
    on_driver: Callable[[KafkaDriver], None] = lambda _: None,
) -> int:
    """Serve until the driver is stopped; returns an exit status.

    tell: gets {"ready": partitions}, {"cause": why it ends} and, every second, {"figures": Figures
    as plain data}; it must not wait. on_driver: gets the driver before
    it runs, for whoever wants to stop it.
    """
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger().bind(slot=settings.slot)
    try:
        _serve(settings, log, tell, on_driver)
    except (FatalError, StoreError) as error:
        log.error("slot exits", cause=str(error))  # noqa: TRY400 expected: no trace is needed
        tell({"cause": str(error)})
        return EXIT_FATAL
    except SettingsError as error:
        tell({"cause": str(error)})
        return EXIT_SETTINGS
    except Exception as error:  # The shell's one: a broken invariant stops the slot, loudly.
        log.exception("slot fails")
        tell({"cause": f"{type(error).__name__}: {error}"})
        return EXIT_FAILED
    log.info("slot stopped")
    return EXIT_OK


def _serve(
    settings: EngineSettings,
    log: structlog.typing.FilteringBoundLogger,
    tell: Callable[[dict[str, object]], None],
    on_driver: Callable[[KafkaDriver], None],
) -> None:
    known = {**settings.kafka, "bootstrap.servers": settings.bootstrap_servers}
    kafka = KafkaSettings(known, role="engine")
    names = [TopicNames(prefix=settings.prefix, namespace=n) for n in settings.namespaces]
    driver = KafkaDriver(kafka, names=names, slot=str(settings.slot))
    on_driver(driver)
    directory = settings.data_dir / f"slot-{settings.slot}"
    marker = FileMarker(directory / "marker")
    told: list[str] = []

    def on_ready(units: list[Unit]) -> None:
        text = standing(units)
        if told != [text]:
            told[:] = [text]
            tell({"ready": text})

    kinds = ("requests", "ingress", "dead-letters", "transfers", *CHANGELOGS)
    counts = partition_counts(kafka, [n.of(kind) for n in names for kind in kinds])
    units: dict[TopicPartition, Unit] = {}
    meter = Meter(units, backlogs=driver.backlogs, tell=lambda f: tell({"figures": asdict(f)}))
    loop = partition_loop(
        loop_settings(settings, names, counts),
        disk=RocksDisk(directory),
        marker=marker,
        log=log,
        monotonic_ms=monotonic_ms,
        on_ready=on_ready,
        units=units,
    )
    collector.calm()
    try:
        driver.run(metered(loop, meter))
    finally:
        marker.close()


def standing(units: list[Unit]) -> str:
    """What is served, and what is refused and why, in one line."""
    names = {f"{unit.namespace}[{unit.partition}]": unit for unit in units}
    ready = [name for name, unit in sorted(names.items()) if unit.status is Status.READY]
    refused = [f"{name} ({unit.cause})" for name, unit in sorted(names.items()) if unit.cause]
    text = ", ".join(ready) or "nothing"
    return f"{text}; refused: {', '.join(refused)}" if refused else text


def loop_settings(
    settings: EngineSettings, names: list[TopicNames], counts: dict[str, int]
) -> LoopSettings:
    """What the loop needs to know; numbers of partitions are as the topics have them.

    Raises SettingsError when they do not fit together.
    """
    for name in names:
        _require_one_number(name, counts)
    partitions = {counts[n.of("requests")] for n in names}
    if len(partitions) > 1:
        raise SettingsError(
            f"the namespaces of a slot must have equally many partitions, not {sorted(partitions)};"
            " give each number its own slots"
        )
    return LoopSettings(
        transactional_id=settings.transactional_id,
        prefix=settings.prefix,
        partitions=partitions.pop(),
        namespaces=settings.namespaces,
        ingress_partitions={n.namespace: counts[n.of("ingress")] for n in names},
        dead_letter_partitions=counts[names[0].of("dead-letters")],
        records_max=settings.records_max,
        retention_ms=settings.retention_ms,
        clock_skew_ms_max=settings.clock_skew_ms_max,
        accept_loss=settings.accept_loss,
        pending_activities_max=settings.pending_activities_max,
    )


def _require_one_number(names: TopicNames, counts: dict[str, int]) -> None:
    """Partition p of the anchor owns partition p of the others: there must be as many of each."""
    anchor = names.of("requests")
    for kind in ("transfers", *CHANGELOGS):
        topic = names.of(kind)
        if counts[topic] != counts[anchor]:
            raise SettingsError(
                f"{topic!r} has {counts[topic]} partitions, and {anchor!r} has {counts[anchor]}:"
                " their number is for ever; has somebody added some? Restore the topics, or begin"
                " a new namespace"
            )


def configure_logs(*, level: str = "INFO") -> None:
    """Structured logs on stderr: for people on a terminal, JSON lines elsewhere."""
    is_terminal = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)


def main() -> int:
    """A supervised slot: settings come as one line on stdin, which is our lifeline afterwards."""
    if not __debug__:
        sys.stderr.write("duralog: run without -O; its asserts guard what is stored\n")
        return EXIT_SETTINGS
    teller = Teller(sys.stdout.fileno())
    configure_logs(level=os.environ.get("DURALOG_LOG_LEVEL", "INFO").upper())
    try:
        settings = EngineSettings.model_validate(json.loads(sys.stdin.buffer.readline()))
    except (ValueError, ValidationError) as error:
        teller({"cause": f"settings: {error}"})
        teller.close()
        return EXIT_SETTINGS
    try:
        return run_slot(settings, tell=teller, on_driver=_wire)
    finally:
        teller.close()


def _wire(driver: KafkaDriver) -> None:
    """Let signals and the end of the lifeline stop `driver`."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        driver.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)

    def watch() -> None:
        # Not through `sys.stdin`: its lock, held here, would stop the interpreter's exit.
        while os.read(0, 4096):
            pass
        driver.stop()
        threading.Event().wait(ORPHAN_S)
        os._exit(EXIT_FATAL)  # Nobody is left to wait for us; what is committed is safe.

    threading.Thread(target=watch, name="duralog-lifeline", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
