"""Headers as people write them, in two languages, with their units."""

import pytest

from dashboard.spreadsheet.fields import known, nearest, recognise


@pytest.mark.parametrize(
    ("header", "path", "factor", "currency"),
    [
        ("Deal", "name", 1, None),
        ("项目名称", "name", 1, None),
        ("Params (B)", "plan.model.params", 1e9, None),
        ("params", "plan.model.params", 1, None),
        ("Model size, B", "plan.model.params", 1e9, None),
        ("亿参数", "plan.model.params", 1e8, None),
        ("参数量（亿）", "plan.model.params", 1e8, None),
        ("参数量/亿", "plan.model.params", 1e8, None),
        ("Parameters (count)", "plan.model.params", 1, None),
        ("tokens (T)", "plan.tokens", 1e12, None),
        ("Tokens [T]", "plan.tokens", 1e12, None),
        ("tokens_T", "plan.tokens", 1e12, None),
        ("训练数据（万亿token）", "plan.tokens", 1e12, None),
        ("plan.tokens", "plan.tokens", 1, None),
        ("Raise (USD m)", "finance.raise_usd", 1e6, "USD"),
        ("Raise, USD m", "finance.raise_usd", 1e6, "USD"),
        ("RAISE ($M)", "finance.raise_usd", 1e6, "USD"),
        ("融资额（万元）", "finance.raise_usd", 1e4, "CNY"),
        ("融资额（百万美元）", "finance.raise_usd", 1e6, "USD"),
        ("Revenue RMB mn", "finance.revenue_usd", 1e6, "CNY"),
        ("Revenue (¥m)", "finance.revenue_usd", 1e6, "unclear"),
        ("cash_usd", "finance.cash_usd", 1, "USD"),
        ("Cash at the bank", "finance.cash_usd", 1, None),
        ("Burn (USD m per month)", "finance.net_burn_usd_per_month", 1e6, "USD"),
        ("GPU price ($/GPU-h)", "plan.cluster.usd_per_gpu_hour", 1, "USD"),
        ("卡时价（元/卡时）", "plan.cluster.usd_per_gpu_hour", 1, "CNY"),
        ("GPU hours (k)", "claims.gpu_hours", 1e3, None),
        ("MFU (%)", "claims.mfu", 0.01, None),
        ("Energy MWh", "claims.energy_kwh", 1e3, None),
        ("碳排放（吨）", "claims.kg_co2e", 1e3, None),
        ("Carbon (t)", "claims.kg_co2e", 1e3, None),
        ("Training days (weeks)", "claims.wall_days", 7, None),
        ("GPU Type", "plan.cluster.chip", 1, None),
        ("# GPUs", "plan.cluster.n_accelerators", 1, None),
    ],
)
def test_a_header_names_its_field_and_unit(
    header: str, path: str, factor: float, currency: str | None
) -> None:
    found = recognise(header)
    assert found is not None
    field, unit = found
    assert (field.path, unit.factor, unit.currency) == (path, factor, currency)


@pytest.mark.parametrize(
    "header",
    [
        "Burn (USD m per year)",  # the field is of a month
        "Revenue (USD m / month)",  # the field is of a year
        "Params (apples)",
        "USD",
        "",
        "foo bar",
        "x" * 10_000,
    ],
)
def test_what_is_not_understood_is_not_guessed(header: str) -> None:
    assert recognise(header) is None


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("Paramters (B)", "plan.model.params"),
        ("Tokns", "plan.tokens"),
        ("Chp", "plan.cluster.chip"),
    ],
)
def test_a_slip_gives_the_nearest_field(header: str, path: str) -> None:
    assert path in nearest(header)


def test_every_field_is_known_by_its_own_path() -> None:
    for path, field in known().items():
        found = recognise(path)
        assert found is not None, path
        assert found[0] is field
