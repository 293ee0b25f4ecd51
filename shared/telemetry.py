"""Logs as JSON lines, and the metrics that every service has."""

import logging
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram

log: structlog.stdlib.BoundLogger = structlog.get_logger("tanggap")

outbox_lag = Gauge("tanggap_outbox_lag_seconds", "Age of the oldest event not yet published.", ["service"])
outbox_waiting = Gauge(
    "tanggap_outbox_waiting", "Events staged and not yet published; over 10000 an estimate.", ["service"]
)
inbox_lag = Gauge("tanggap_inbox_lag_events", "Events on the bus not yet handled.", ["service"])
parked_events = Gauge("tanggap_parked_events", "Events parked with an error.", ["service"])
parked_age = Gauge("tanggap_parked_age_seconds", "Age of the oldest parked event.", ["service"])
ahead_events = Gauge("tanggap_ahead_events", "Parked events that wait for the time they are dated.", ["service"])
later_events = Gauge("tanggap_later_events", "Events kept for the release that knows their type.", ["service"])
parked_total = Counter("tanggap_parked_total", "Events parked since the start.", ["service"])
sweep_behind = Gauge(
    "tanggap_sweep_behind_seconds", "How far the sweep waits behind its clock for what others promised.", ["service"]
)
sweep_unsure = Gauge("tanggap_sweep_unsure", "1 while the sweep goes on without having heard.", ["service"])
unusable_values = Counter(
    "tanggap_unusable_values_total",
    "Stored values that could not be used since the start: their row was set aside.",
    ["service", "kind"],
)
mail_server_unreachable = Gauge("tanggap_mail_server_unreachable", "1 while the mail server cannot be reached.")
mails_total = Counter(
    "tanggap_mails_total", "Mails that were handed to the mail server, by what became of them.", ["state"]
)
loop_overdue = Gauge("tanggap_loop_overdue_seconds", "How long a turn of a loop has been due.", ["service", "loop"])
joint_leave_missing = Gauge(
    "tanggap_joint_leave_missing_year",
    "Year whose joint leave should be known by now and is not, or 0.",
    ["service"],
)
audit_violations = Gauge("tanggap_audit_violations", "Violations of the law that stand.", ["check"])
audit_oldest = Gauge("tanggap_audit_oldest_seconds", "Age of the oldest violation.", ["check"])
audit_completed = Gauge("tanggap_audit_completed_timestamp", "When the auditor last looked at everything.")
batch_size = Histogram(
    "tanggap_batch_size",
    "Items per batch.",
    ["service", "kind"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000),
)
request_seconds = Histogram(
    "tanggap_request_seconds",
    "Time to answer a request.",
    ["route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def configure_logs(level: str) -> None:
    """JSON lines on standard error; the libraries' warnings in the same shape."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Relay()], level=logging.WARNING, force=True)


class _Relay(logging.Handler):
    """Passes what a library logs on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        log.log(record.levelno, record.getMessage(), library=record.name, error=repr(error) if error else None)
