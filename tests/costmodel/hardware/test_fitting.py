"""The stored fit is what the rows give, and it does not merely remember them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from costmodel import calibrate, facts
from costmodel.hardware import efficiency, fitting, measurements, prediction, whole_runs
from costmodel.hardware.constants import fitted
from costmodel.hardware.fitting import Rows


@pytest.fixture(scope="module")
def fresh() -> dict[str, Any]:
    return fitting.calibrate()


def test_the_stored_fit_is_what_the_rows_give(fresh: dict[str, Any]) -> None:
    stored = facts.read_json("step_time_fit")
    assert fresh["names"] == stored["names"]
    np.testing.assert_allclose(fresh["log_values"], stored["log_values"], atol=5e-3)
    fresh_errors, stored_errors = fresh["errors"], stored["errors"]
    for name, of_class in stored_errors.items():
        for series, rows in of_class.items():
            for run, error in rows.items():
                assert fresh_errors[name][series][run] == pytest.approx(error, abs=0.02)


def test_the_stored_whole_runs_are_what_the_search_gives() -> None:
    found = efficiency.stored_shares(whole_runs.published())
    shares = found["shares"]
    assert isinstance(shares, dict)
    assert set(shares) == set(fitted().whole_runs)
    for run, (share, recalled) in fitted().whole_runs.items():
        assert shares[run] == [pytest.approx(share, abs=1e-3), recalled]


def test_every_published_step_is_learnt_from() -> None:
    assert calibrate.n_rows() == len(fitted().row_errors())


def test_the_covariance_is_one() -> None:
    covariance = fitted().covariance
    assert covariance.shape == (len(fitted().names),) * 2
    np.testing.assert_allclose(covariance, covariance.T, rtol=1e-3, atol=1e-9)
    assert (np.linalg.eigvalsh(covariance) > 0).all()


def test_no_efficiency_passes_its_peak() -> None:
    for name, value in fitted().values.items():
        if name.split("/")[0] in ("matmul", "flash", "scores"):
            assert float(value) < 1, name


def test_a_prediction_does_not_depend_on_what_was_measured() -> None:
    names, centre, _ = fitting.priors()
    published = [m for m in measurements.published() if m.step_s is not None][:20]
    changed = [replace(m, step_s=(m.step_s or 1) * 7) for m in published]
    one, other = (Rows(rows, names).log_predicted(centre) for rows in (published, changed))
    np.testing.assert_array_equal(one, other)


def test_half_of_the_rows_predict_the_other_half() -> None:
    """A fit that memorised its rows would err far more on models it has not seen."""
    rows = [m for m in measurements.published() if m.step_s is not None]
    dense = [m for m in rows if m.source_id == "llm-foundry-benchmarks"]
    models = sorted({m.series for m in dense})
    for held in (set(models[::2]), set(models[1::2])):
        found = fitting.fit([m for m in rows if m.series not in held])
        away = [m for m in dense if m.series in held]
        errors = Rows(away, found.names)
        log = errors.log_predicted(found.log_values) - errors.log_step
        assert np.mean(np.abs(np.expm1(log))) < 0.10


def test_an_interval_widens_with_fewer_series_and_for_each_thing_beyond() -> None:
    errors = [[0.02, -0.03, 0.05], [0.01, -0.06, 0.04]]
    two = prediction.half_width(errors)
    assert prediction.half_width([errors[0] + errors[1]]) > two
    once = prediction.half_width(errors, n_beyond=1)
    assert two < once < prediction.half_width(errors, n_beyond=2)
    assert prediction.half_width(errors, coverage=0.5) < two


def test_many_rows_of_one_series_do_not_outvote_another() -> None:
    few, many = [0.2, -0.2], [0.01, -0.01]
    assert prediction.half_width([few, many * 50]) == pytest.approx(
        prediction.half_width([few, many]), rel=0.1
    )
