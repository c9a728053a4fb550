"""Runs on disk, and the engine that sends work to worker processes."""

from fcnlab.lab.engine.client import Engine, EngineState, Role
from fcnlab.lab.engine.job import Job
from fcnlab.lab.runs.heartbeat import Heartbeat
from fcnlab.lab.runs.metrics import Event, MetricsLog, MetricsTail
from fcnlab.lab.runs.names import check_name, runs_root
from fcnlab.lab.runs.records import RunRecord, RunState, Status
from fcnlab.lab.runs.run import Run, find_run, list_runs, scan_runs

__all__ = [
    "Engine",
    "EngineState",
    "Event",
    "Heartbeat",
    "Job",
    "MetricsLog",
    "MetricsTail",
    "Role",
    "Run",
    "RunRecord",
    "RunState",
    "Status",
    "check_name",
    "find_run",
    "list_runs",
    "runs_root",
    "scan_runs",
]
