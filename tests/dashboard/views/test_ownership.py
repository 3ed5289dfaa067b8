"""The rent-or-own page shows the model's own numbers, and says what is not known."""

from datetime import UTC, datetime

import numpy as np
import pytest

from costmodel.money import prices
from costmodel.uncertainty import Percentiles
from dashboard import deal as deals
from dashboard import ownership
from dashboard.bill_terms import figure_label
from dashboard.findings import evaluate
from dashboard.language import amount, t, use_language
from tests.dashboard.views.test_views import fresh_caches, opened, words

__all__ = ["fresh_caches"]

DEAL = "llama-3.1-405b"
TODAY = datetime.now(tz=UTC).date()


def answered(deal: str = DEAL, **typed: str) -> ownership.OwnershipAnswer:
    return ownership.answer(evaluate(deals.sample(deal), language="en"), typed, today=TODAY)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_numbers_shown_are_the_models(lang: str) -> None:
    app = opened("ownership", lang=lang, deal=DEAL, utilisation="80%")

    found = answered(utilisation="80%")
    assert found.hour is not None
    assert found.cheque is not None
    assert found.compared is not None
    month = found.compared.break_even.month
    with use_language(lang):
        wanted = {
            figure_label("owned_hour"): amount(Percentiles.of(found.hour.usd).p50, "usd"),
            figure_label("cheque"): amount(Percentiles.of(found.cheque.usd).p50, "usd"),
            figure_label("break_even"): t("month {n}", n=month) if month else t("no month"),
        }
        share = amount(found.compared.break_even.share, "fraction")
    shown = {metric.label: metric.value for metric in app.metric}
    assert wanted.items() <= shown.items()
    assert share in words(app).replace("\\", "")


def test_the_courses_meet_where_the_middle_world_breaks_even() -> None:
    """Medians of the two lines need not cross in that very month, but near it."""
    found = answered(
        **{name: f"{value}" for name, value in {"useful_life_years": 6, "utilisation": 0.9}.items()}
    ).compared
    assert found is not None
    crossing = next(
        i for i, (o, r) in enumerate(zip(found.owned, found.rented, strict=True)) if o.p50 <= r.p50
    )
    assert found.break_even.month == pytest.approx(crossing, abs=6)
    assert found.rented[0].p50 == 0 < found.owned[0].p50


def test_a_contract_is_priced_by_its_own_quotes_and_pays_idle_hours() -> None:
    found = answered(contract="reserved_1yr")
    assert found.inputs is not None
    (rent,) = [a for a in found.inputs.assumptions if a.name == "usd_per_gpu_hour"]
    assert isinstance(rent.origin, prices.PriceRange)
    assert {quote.price_type for quote in rent.origin.quotes} == {"reserved_1yr"}
    assert found.compared is not None
    assert np.min(found.compared.rented_hour) > rent.range.low / 0.999


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("utilisation", "150%", ("not a fraction", "比例")),
        ("purchase_usd", "0", ("not above zero", "正数")),
        ("useful_life_years", "90", ("not possible here", "请填写")),
        ("purchase_usd", "dear", ("not a number", "不是数字")),
        ("contract", "handshake", ("is not on record", "没有")),
        ("chip", "TPU v4", ("rented, not sold", "只租不售")),
    ],
)
def test_a_refused_field_is_one_sentence_and_the_offers_stay(
    lang: str, field: str, typed: str, said: tuple[str, str]
) -> None:
    app = opened("ownership", lang=lang, deal=DEAL, **{field: typed})

    assert not app.exception
    assert len(app.error) == 1
    assert said[lang == "zh"] in app.error[0].value
    assert not app.metric


def test_a_chip_without_a_purchase_price_asks_for_one_and_takes_it() -> None:
    unsold = "MI308X"
    app = opened("ownership", lang="en", deal=DEAL, chip=unsold)
    assert "no purchase price" in app.error[0].value

    field = next(box for box in app.text_input if str(box.key).startswith("ownership:purchase_usd"))
    field.set_value("8000").run()

    assert not app.error
    assert app.metric


def test_without_a_rent_the_owned_hour_stands_alone() -> None:
    app = opened("ownership", lang="en", deal="baichuan2-13b")
    labels = [metric.label for metric in app.metric]
    assert "Owned hour" in labels
    assert "Owning pays from" not in labels
    assert "not compared with renting" in words(app)


def test_old_offers_are_marked_and_dated() -> None:
    app = opened("ownership", lang="en", deal=DEAL)
    offers = app.dataframe[0].value
    found = prices.rental_offers("H100 SXM 80GB", as_of=TODAY)
    assert list(offers["Provider"]) == [offer.quote.provider for offer in found]
    assert [age.startswith("old") for age in offers["Age"]] == [offer.is_old for offer in found]
    assert any(offer.is_old for offer in found)


def test_prices_are_said_to_move_both_ways() -> None:
    assert "both ways" in words(opened("ownership", lang="en", deal=DEAL))
    assert "可涨可跌" in words(opened("ownership", lang="zh", deal=DEAL))


def test_a_rent_that_nobody_quotes_is_said_to_be_the_deals() -> None:
    assert "not a quote" in words(opened("ownership", lang="en", deal="deepseek-v3"))
    assert "not a quote" not in words(opened("ownership", lang="en", deal=DEAL))
