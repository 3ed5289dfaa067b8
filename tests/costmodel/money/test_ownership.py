"""Owning adds up, pays sooner the dearer the rent, and its published amortisation is met."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.money import energy, prices
from costmodel.money.ownership import (
    OVERRIDABLE,
    OwnershipInputs,
    cheque,
    inputs_for,
    owned_hour,
    value_lost_per_hour,
)
from costmodel.money.renting import BreakEven, break_even_month, course, rented_hour
from costmodel.uncertainty import Number, Percentiles, Range

N = 2_000
H100 = "H100 SXM 80GB"
TODAY = date(2026, 11, 22)


def of(chip: str = H100, /, **stated: float) -> OwnershipInputs:
    kinds = {name: "fraction" if value < 1 else "positive" for name, value in stated.items()}
    given = {
        n: Range(v, v, "fraction" if kinds[n] == "fraction" else "positive")
        for n, v in stated.items()
    }
    return inputs_for(accelerators.find(chip), given=given)


def at_medians(**stated: float) -> tuple[OwnershipInputs, dict[str, Number]]:
    inputs = of()
    return inputs, {**inputs.medians(), **stated}


def pays_after(**stated: float) -> float:
    """Months to break even, infinite for never."""
    months = break_even_month(*at_medians(**stated)).months
    assert isinstance(months, float)
    return months


# --- an owned hour ----------------------------------------------------------------------------


def test_the_lines_of_an_hour_and_of_a_cheque_sum_in_every_world() -> None:
    inputs = of()
    values = inputs.draw(np.random.default_rng(0), N)
    for bill in (owned_hour(inputs, values), cheque(inputs, values, n_accelerators=64)):
        total = sum(np.asarray(line) for line in bill.lines.values())
        np.testing.assert_allclose(np.asarray(bill.usd), total)
        assert np.asarray(bill.usd).shape == (N,)
        assert all(np.all(np.asarray(line) > 0) for line in bill.lines.values())


def test_a_plain_number_goes_the_same_way_as_draws() -> None:
    inputs = of()
    values = inputs.draw(np.random.default_rng(0), N)
    world = {name: float(np.asarray(draws)[3]) for name, draws in values.items()}
    hour = owned_hour(inputs, world).usd
    assert isinstance(hour, float)
    assert hour == pytest.approx(np.asarray(owned_hour(inputs, values).usd)[3])
    months = break_even_month(inputs, world).months
    assert months == np.asarray(break_even_month(inputs, values).months)[3]


@given(st.floats(0.1, 1.0), st.floats(1.01, 10.0))
def test_an_idle_cluster_costs_more_per_used_hour(utilisation: float, factor: float) -> None:
    busy = owned_hour(*at_medians(utilisation=utilisation)).usd
    idle = owned_hour(*at_medians(utilisation=utilisation / factor)).usd
    assert idle > busy


@pytest.mark.parametrize(
    "name",
    [
        "purchase_usd",
        "server_price_ratio",
        "network_share",
        "spares_share",
        "money_share_per_year",
        "upkeep_share_per_year",
        "staff_usd_per_accelerator_year",
        "hosting_usd_per_kw_month",
        "value_decades_per_year",
        "usd_per_kwh",
        "pue",
    ],
)
def test_what_costs_more_makes_the_hour_dearer(name: str) -> None:
    inputs, values = at_medians()
    more = {**values, name: values[name] * 1.2}
    assert owned_hour(inputs, more).usd > owned_hour(inputs, values).usd


@pytest.mark.parametrize("name", ["resale_share", "useful_life_years"])
def test_a_better_sale_or_a_longer_life_makes_the_hour_cheaper(name: str) -> None:
    inputs, values = at_medians()
    more = {**values, name: values[name] * 1.2}
    assert owned_hour(inputs, more).usd < owned_hour(inputs, values).usd


def test_the_cheque_grows_with_the_cluster_and_holds_the_spares() -> None:
    inputs, values = at_medians()
    one = cheque(inputs, values, n_accelerators=1)
    many = cheque(inputs, values, n_accelerators=1000)
    assert many.usd == pytest.approx(1000 * one.usd)
    hardware = sum(many.lines[name] for name in ("chips", "servers", "network"))
    assert many.lines["spares"] == pytest.approx(values["spares_share"] * hardware)
    with pytest.raises(InputError):
        cheque(inputs, values, n_accelerators=0)


# --- published figures ------------------------------------------------------------------------


@pytest.mark.parametrize(("server_share_usd", "published"), [(16_250, 0.74), (33_750, 1.53)])
def test_amortisation_is_that_of_published_training_costs(
    server_share_usd: float, published: float
) -> None:
    """Cottier et al. 2024: an A100's and an H100's share of a server, at age zero, with the
    network 19 % of the cluster: value falling by 10^-0.14 a year, not a straight line.
    """
    hour = value_lost_per_hour(server_share_usd, age_years=0.0, value_decades_per_year=0.14)
    assert hour / (1 - 0.19) == pytest.approx(published, abs=0.005)


def test_an_older_accelerator_loses_less_by_the_hour() -> None:
    young, old = (
        value_lost_per_hour(30_000, age_years=age, value_decades_per_year=0.14)
        for age in (0.0, 2.0)
    )
    assert old == pytest.approx(young * 10**-0.28)


def test_a_short_life_without_loss_at_the_sale_loses_what_is_published() -> None:
    """The owner's line and the amortisation of a run are the same in the limit."""
    short = {
        "useful_life_years": 1e-4,
        "resale_share": 1.0,
        "spares_share": 0.0,
        "utilisation": 1.0,
    }
    inputs, values = at_medians(**short)
    chips = owned_hour(inputs, values).lines["chips"]
    lost = value_lost_per_hour(
        values["purchase_usd"],
        age_years=0.0,
        value_decades_per_year=values["value_decades_per_year"],
    )
    assert chips == pytest.approx(lost, rel=1e-3)


def test_an_h100_draws_what_is_published() -> None:
    """Cottier et al. 2024: 700 W x 1.82 x 0.75 x 1.25 = 1.2 kW, $0.096 an hour at $0.08."""
    chip = accelerators.find(H100)
    kw = energy.kw_per_accelerator(
        board_power_w=chip.board_power().value,
        server_power_ratio=energy.server_power_ratio(chip).value,
        mean_draw_share=0.75,
        pue=1.25,
    )
    assert kw == pytest.approx(1.20, rel=0.02)
    inputs, values = at_medians(utilisation=1.0, mean_draw_share=0.75, pue=1.25, usd_per_kwh=0.08)
    assert owned_hour(inputs, values).lines["energy"] == pytest.approx(0.096, rel=0.02)


def test_servers_and_network_are_the_published_shares() -> None:
    """Cottier et al. 2024: 1.64 for a server, 19 % of the cluster for its network."""
    inputs, values = at_medians(server_price_ratio=1.64, network_share=0.19)
    lines = cheque(inputs, values, n_accelerators=8).lines
    assert lines["network"] / sum(lines[n] for n in ("chips", "servers", "network")) == (
        pytest.approx(0.19)
    )
    assert lines["servers"] / lines["chips"] == pytest.approx(0.64)
    for ratio in ("ampere", "volta", "other"):
        span = facts.lookup("ownership", ratio, "server_price_ratio").range
        assert span.low < {"ampere": 1.66, "volta": 1.69, "other": 1.64}[ratio] < span.high


def test_a_price_read_per_server_gets_no_second_server() -> None:
    """An H200 at $39,083 in 2025 was an eighth of a server, an H100 at 20-30k a chip alone."""

    def servers_over_chips(chip: str) -> float:
        inputs = of(chip)
        lines = cheque(inputs, inputs.medians(), n_accelerators=1).lines
        return float(lines["servers"] / lines["chips"])

    assert servers_over_chips("H200 SXM 141GB") < 0.15 < 0.5 < servers_over_chips(H100)


def test_every_accelerator_with_a_row_of_its_own_is_one_of_ours() -> None:
    generations = {accelerators.find(name).generation for name in accelerators.names()}
    subjects = {s for s, q in facts.facts_of("ownership") if q == "server_price_ratio"}
    assert subjects <= {*accelerators.names(), *generations, "other"}


@pytest.mark.parametrize("chip", ["H200 SXM 141GB", "A100 80GB SXM", "B200 SXM"])
def test_no_world_has_a_server_that_costs_less_than_nothing(chip: str) -> None:
    inputs = of(chip)
    bill = cheque(inputs, inputs.draw(np.random.default_rng(0), N), n_accelerators=1)
    assert all(np.all(np.asarray(line) >= 0) for line in bill.lines.values())


# --- break-even -------------------------------------------------------------------------------


@given(st.floats(0.5, 20.0), st.floats(1.0, 5.0))
@settings(deadline=None)
def test_a_dearer_rent_breaks_even_no_later(rent: float, factor: float) -> None:
    assert pays_after(usd_per_gpu_hour=rent * factor) <= pays_after(usd_per_gpu_hour=rent)


@given(st.floats(0.3, 1.0), st.floats(1.0, 3.0))
@settings(deadline=None)
def test_rents_that_rise_break_even_no_later_than_rents_that_fall(
    move: float, factor: float
) -> None:
    falls = pays_after(rent_multiple_after_a_year=move)
    assert pays_after(rent_multiple_after_a_year=move * factor) <= falls


def test_owning_a_dearer_accelerator_breaks_even_later() -> None:
    assert pays_after(purchase_usd=1e4) < pays_after(purchase_usd=2e4)


def test_break_even_is_the_first_month_of_no_loss() -> None:
    """Held against plain sums, month by month."""
    inputs, values = at_medians(rent_multiple_after_a_year=1.0, usd_per_gpu_hour=6.0)
    bill = owned_hour(inputs, values).lines
    used = 8766 / 12 * values["utilisation"]
    up_front = cheque(inputs, values, n_accelerators=1)
    hardware = up_front.usd - up_front.lines["deposit"]
    monthly = used * (
        bill["money"] + bill["upkeep"] + bill["hosting"] + bill["staff"] + bill["energy"]
    )
    exact = hardware / (used * 6.0 - monthly)
    assert break_even_month(inputs, values).month == math.ceil(exact)


def test_a_rent_below_the_running_cost_never_breaks_even() -> None:
    result = break_even_month(*at_medians(usd_per_gpu_hour=0.01))
    assert result.month is None
    assert result.share == 0


def test_never_is_not_a_month_past_the_useful_life() -> None:
    inputs = of()
    values = inputs.draw(np.random.default_rng(0), N)
    months = np.asarray(break_even_month(inputs, values).months)
    life = np.asarray(values["useful_life_years"]) * 12
    finite = np.isfinite(months)
    assert 0 < finite.mean() < 1
    assert np.all(months[finite] <= life[finite])


def test_a_reserved_contract_pays_idle_hours_and_breaks_even_sooner() -> None:
    inputs, values = at_medians(utilisation=0.5)
    on_demand = break_even_month(inputs, values).months
    assert break_even_month(inputs, values, reserved=True).months < on_demand


def test_the_middle_world_decides_whether_there_is_a_month() -> None:
    assert BreakEven(months=np.array([12.0, 14.0, math.inf])).month == 14
    assert BreakEven(months=np.array([12.0, math.inf, math.inf])).month is None


@given(st.floats(1.0, 20.0), st.booleans())
@settings(deadline=None)
def test_the_courses_cross_in_the_month_of_break_even(rent: float, reserved: bool) -> None:
    inputs, values = at_medians(usd_per_gpu_hour=rent)
    month = break_even_month(inputs, values, reserved=reserved).month
    lines = course(inputs, values, n_months=60, n_accelerators=7, reserved=reserved)
    crossed = np.flatnonzero(lines.owned <= lines.rented)
    if month is not None:
        assert crossed[0] == month
    assert lines.rented[0] == 0
    assert lines.owned.shape == lines.rented.shape == (61,)


def test_a_course_starts_with_the_cheque_less_its_deposit_in_every_world() -> None:
    inputs = of()
    values = inputs.draw(np.random.default_rng(0), N)
    up_front = cheque(inputs, values, n_accelerators=64)
    lines = course(inputs, values, n_months=12, n_accelerators=64)
    assert lines.owned.shape == (13, N)
    np.testing.assert_allclose(
        lines.owned[0], np.asarray(up_front.usd) - np.asarray(up_front.lines["deposit"])
    )
    assert np.all(np.diff(lines.owned, axis=0) > 0)
    assert np.all(np.diff(lines.rented, axis=0) > 0)


def test_a_reserved_hour_in_use_pays_for_the_idle_ones() -> None:
    _, values = at_medians(utilisation=0.5, usd_per_gpu_hour=2.0)
    assert rented_hour(values) == 2.0
    assert rented_hour(values, reserved=True) == 4.0


def test_a_contract_narrows_the_rents() -> None:
    (rent,) = [
        a
        for a in inputs_for(accelerators.find(H100), price_types=("reserved_1yr",)).assumptions
        if a.name == "usd_per_gpu_hour"
    ]
    assert isinstance(rent.origin, prices.PriceRange)
    assert {quote.price_type for quote in rent.origin.quotes} == {"reserved_1yr"}


# --- what is not known ------------------------------------------------------------------------


def said(inputs: OwnershipInputs) -> str:
    return " ".join(map(str, inputs.warnings))


def test_old_and_recalled_prices_are_said() -> None:
    a100 = accelerators.find("A100 80GB SXM")
    today = said(inputs_for(a100, as_of=TODAY))
    assert "from memory" in today
    assert "is of 2025-03" in today
    assert "days old" in today
    assert "ask for a quote of today" not in said(inputs_for(a100, as_of=date(2025, 4, 1)))
    assert "from memory" not in said(inputs_for(a100, given={"purchase_usd": Range(1e4, 2e4)}))


def test_without_a_rent_there_is_no_break_even_and_a_word_about_it() -> None:
    inputs = of("A800 80GB SXM")
    assert "not compared with renting" in said(inputs)
    assert owned_hour(inputs, inputs.medians()).usd > 0
    with pytest.raises(FactError, match="give the dollars"):
        break_even_month(inputs, inputs.medians())
    stated = of("A800 80GB SXM", usd_per_gpu_hour=2.0)
    assert "renting" not in said(stated)
    assert break_even_month(stated, stated.medians()).share in (0, 1)


def test_what_is_not_sold_cannot_be_owned() -> None:
    with pytest.raises(InputError, match="rented, not sold"):
        inputs_for(accelerators.find("TPU v4"))


def test_without_a_purchase_price_nothing_stands_in() -> None:
    unpriced = next(
        chip
        for chip in map(accelerators.find, accelerators.names())
        if facts.find("accelerators", chip.name, "purchase_usd") is None
        and facts.find("accelerators", chip.name, "board_power_w") is not None
        and chip.generation != "tpu"
    )
    with pytest.raises(FactError, match="purchase_usd"):
        inputs_for(unpriced)
    stated = of(unpriced.name, purchase_usd=10_000.0, usd_per_gpu_hour=2.0)
    (price,) = [a for a in stated.assumptions if a.name == "purchase_usd"]
    assert price.unit == "usd"
    assert cheque(stated, stated.medians(), n_accelerators=1).lines["chips"] == 10_000


def test_the_region_narrows_the_price_of_electricity() -> None:
    chip = accelerators.find(H100)
    wide, china = inputs_for(chip), inputs_for(chip, region="China")
    (price,) = [a for a in china.assumptions if a.name == "usd_per_kwh"]
    assert price.range.low == price.range.high == pytest.approx(0.088)
    assert "electricity" in said(wide)
    assert "electricity" not in said(china)


@pytest.mark.parametrize("name", OVERRIDABLE)
def test_what_is_stated_takes_the_place_of_what_is_cited(name: str) -> None:
    least, most = OVERRIDABLE[name]
    value = min(max(0.5, least), most)
    inputs = of(**{name: value})
    (assumption,) = [a for a in inputs.assumptions if a.name == name]
    assert (assumption.origin, assumption.range.mid) == (None, value)
    with pytest.raises(InputError) as caught:
        inputs_for(accelerators.find(H100), given={name: Range(most * 2, most * 2)})
    assert caught.value.field == name


def test_every_world_has_an_hour_that_can_be() -> None:
    """Owned H100 hours are quoted at one to four dollars when in use most of the time."""
    inputs = of()
    hour = Percentiles.of(owned_hour(inputs, inputs.draw(np.random.default_rng(0), N)).usd)
    assert 1 < hour.p05 < 2.5 < hour.p95 < 6


def test_the_move_of_rents_is_that_of_the_medians_and_goes_both_ways() -> None:
    """Recomputed from the rows: both ends as far from no move, in logs."""
    medians: dict[str, dict[int, float]] = {}
    for (subject, quantity), fact in facts.facts_of("price_trend").items():
        if quantity.startswith("median_usd_per_gpu_hour_"):
            medians.setdefault(subject, {})[int(quantity[-4:])] = fact.value
    moves = [
        math.log(by_year[year + 1] / by_year[year])
        for by_year in medians.values()
        for year in by_year
        if year + 1 in by_year
    ]
    assert min(moves) < 0 < max(moves)
    spread = 1.645 * math.sqrt(sum(move**2 for move in moves) / len(moves))
    span = prices.price_move().range
    assert math.log(span.high) == pytest.approx(spread, abs=0.01)
    assert span.mid == pytest.approx(1.0, abs=0.005)
