"""Health, readiness and metrics of a process over HTTP: `/healthz`, `/readyz`, `/metrics`.

A role (engine, worker) gives a `Probe`; the server asks it on threads of its own.
"""

from duralog.connectors.monitor.metrics import METRICS, Metric, Sample, render
from duralog.connectors.monitor.server import Address, MonitorError, MonitorServer, Probe, Readiness

__all__ = [
    "METRICS",
    "Address",
    "Metric",
    "MonitorError",
    "MonitorServer",
    "Probe",
    "Readiness",
    "Sample",
    "render",
]
