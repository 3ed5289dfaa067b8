"""Metrics that the lab measures or documents show."""

from collections.abc import Mapping
from typing import Final

from dashboard.risk.metrics.reading import Formula, Found, Reading, as_stated, share_of


def uptime(read: Reading) -> Found:
    """Availability of the service over six months: measured, else of minutes."""
    measured = read.optional("measurements.uptime")
    if measured is not None:
        return measured
    operations = read.basis.deal.operations
    if operations.available_minutes is None and operations.total_minutes is None:
        read.lacks("measurements.uptime")
        return None
    return share_of("operations.available_minutes", "operations.total_minutes")(read)


METRICS: Final[Mapping[str, Formula]] = {
    "cn_test_pass_rate": as_stated("measurements.generated_pass_rate"),
    "cn_refusal_rate": as_stated("measurements.refusal_rate"),
    "cn_over_refusal_rate": as_stated("measurements.over_refusal_rate"),
    "lab_pair_gap": as_stated("measurements.pair_gap"),
    "fmti_met_dataroom": as_stated("documents.transparency_indicators"),
    "lab_jailbreak_rate": as_stated("measurements.jailbreak_rate"),
    "lab_injection_success": as_stated("measurements.injection_success"),
    "blind_lead_low": as_stated("measurements.blind_lead_low"),
    "lab_repro_z": as_stated("measurements.repro_z"),
    "scaling_forecast_error": as_stated("measurements.scaling_forecast_error"),
    "claim_rerun_gap": as_stated("measurements.rerun_gap"),
    "uptime": uptime,
}
