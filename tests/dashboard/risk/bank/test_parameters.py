"""A fund's number holds beside the default, with who set it, when and why."""

import math

import pytest

from costmodel.messages import InputError
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override


def override(parameter: str, value: float | None, **more: str) -> Override:
    told = {"by": "LW", "date": "2026-11-20", "reason": "own runs"} | more
    return Override(id=parameter, value=value, **told)


def test_an_override_holds_and_the_default_stays_beside() -> None:
    numbers = bank().parameters([override("mfu_implausible", 0.7)])
    shown = numbers.in_force("mfu_implausible")
    assert numbers["mfu_implausible"] == shown.value == 0.7
    assert shown.parameter.value == 0.6
    assert shown.override is not None
    assert shown.override.reason == "own runs"
    assert [p.parameter.id for p in numbers.overridden()] == ["mfu_implausible"]


def test_the_last_override_holds_and_each_makes_a_version() -> None:
    history = [override("coverage_level_3", 0.8), override("coverage_level_3", 0.85)]
    assert bank().parameters(history)["coverage_level_3"] == 0.85
    versions = [bank().parameters(history[:n]).version for n in range(3)]
    other = bank().parameters([override("coverage_level_3", 0.85)]).version
    assert len({*versions, other}) == 4  # as many, but not the same


def test_an_override_of_nothing_goes_back_to_the_default() -> None:
    numbers = bank().parameters([override("prior", 0.3), override("prior", None)])
    assert numbers["prior"] == 0.25
    assert numbers.overridden() == ()
    assert len(numbers.history) == 2


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        (override("mfu_implausble", 0.7), "overrides.0.id", "mfu_implausible"),
        (override("mfu_implausible", 70.0), "overrides.0.value", "from 0.0 to 1.0"),
        (override("payback_long_months", math.inf), "overrides.0.value", "not finite"),
        (override("weight_p0", 0.0), "overrides.0.value", "from 0.1 to 100.0"),
        (override("n_draws", 1e9), "overrides.0.value", "from 100.0 to 100000.0"),
        (
            override("coverage_level_3", 0.4),
            "overrides.CMP-01",
            "0.25, 0.5, 0.4, 1.2; change the others",
        ),
        (override("epochs_free", 9.0), "overrides.DAT-03", "no longer run one way"),
        (override("prior", 0.3, reason=" "), "overrides.0.reason", "who set it, when and why"),
        (override("prior", 0.3, by=""), "overrides.0.by", "who set it, when and why"),
    ],
)
def test_an_override_that_says_too_little_or_too_much_is_refused(
    given: Override, field: str, says: str
) -> None:
    with pytest.raises(InputError) as caught:
        bank().parameters([given])
    assert caught.value.field == field
    assert says in str(caught.value)


def test_thresholds_that_change_together_may() -> None:
    history = [override("coverage_level_3", 0.6), override("coverage_level_4", 0.7)]
    assert bank().parameters(history)["coverage_level_4"] == 0.7
