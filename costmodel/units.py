"""The units that facts and results may carry, and the constants that convert between them."""

from typing import Final

SECONDS_PER_HOUR: Final = 3600.0
HOURS_PER_DAY: Final = 24.0
HOURS_PER_YEAR: Final = 8766.0
MONTHS_PER_YEAR: Final = 12.0
SECONDS_PER_DAY: Final = SECONDS_PER_HOUR * HOURS_PER_DAY
DAYS_PER_MONTH: Final = 365.25 / MONTHS_PER_YEAR
TOKENS_PER_MILLION: Final = 1e6
W_PER_KW: Final = 1000.0
BYTES_PER_GB: Final = 1e9
BYTES_PER_TB: Final = 1e12

#: Every unit a fact, a claim or a result may carry. One spelling each.
UNITS: Final = frozenset(
    {
        "byte_per_s",
        "bytes",
        "count",
        "day",
        "flop",
        "flop_per_s",
        "fraction",
        "fraction_change",
        "gpu_hour",
        "kg_co2e",
        "kg_co2e_per_kwh",
        "kw",
        "kwh",
        "mm2",
        "month",
        "nat_per_token",
        "op_per_s",
        "parameter",
        "ratio",
        "s",
        "token",
        "tops_bit",
        "tops_bit_per_mm2",
        "usd",
        "usd_per_gb",
        "usd_per_gb_month",
        "usd_per_gpu_hour",
        "usd_per_hour",
        "usd_per_item",
        "usd_per_kw_month",
        "usd_per_kwh",
        "usd_per_token",
        "usd_per_year",
        "usd_per_million_tokens",
        "w",
        "year",
    }
)
