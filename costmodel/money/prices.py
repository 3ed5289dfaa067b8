"""What an accelerator-hour costs to rent: dated quotes, and the range that they span."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from costmodel import facts
from costmodel.facts import FactError, Source
from costmodel.uncertainty import Range, Sample, Spread

#: Contract kinds that a training run of weeks is bought under; spot is interrupted.
RUN_PRICE_TYPES: Final = ("on_demand", "reserved_1yr", "reserved_3yr")
_FEWEST_QUOTES: Final = 3

_QUOTE_COLUMNS: Final = (
    "provider",
    "region",
    "region_class",
    "instance",
    "chip",
    "chip_as_listed",
    "n_accelerators",
    "price_type",
    "usd_per_gpu_hour",
    "as_of",
    "evidence",
    "source",
    "locator",
    "note",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One dated rental price for one accelerator-hour."""

    provider: str
    region: str
    chip: str
    price_type: str
    usd_per_gpu_hour: float
    as_of: str
    evidence: str
    source: Source
    locator: str
    note: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRange:
    """The 90 % range of what a run pays for an accelerator-hour, and the quotes behind it."""

    chip: str
    range: Spread
    quotes: tuple[Quote, ...]

    @property
    def is_thin(self) -> bool:
        """Whether there are too few quotes to judge another price by."""
        return len(self.quotes) < _FEWEST_QUOTES

    @property
    def newest(self) -> str:
        """Date of the newest quote."""
        return max(quote.as_of for quote in self.quotes)

    @property
    def oldest(self) -> str:
        """Date of the oldest quote used."""
        return min(quote.as_of for quote in self.quotes)


@cache
def quotes() -> tuple[Quote, ...]:
    """Every rental price of ``data/rental_prices.csv`` that names exactly one accelerator."""
    path = facts.data_dir() / "rental_prices.csv"
    sources = facts.all_sources()
    found = []
    for line, row in facts.read_rows(path, _QUOTE_COLUMNS):
        if not row["chip"]:
            continue
        where = f"{path.name}:{line}"
        found.append(
            Quote(
                provider=row["provider"],
                region=row["region"],
                chip=row["chip"],
                price_type=row["price_type"],
                usd_per_gpu_hour=facts.number(row["usd_per_gpu_hour"], where),
                as_of=row["as_of"],
                evidence=facts.check_evidence(row["evidence"], where),
                source=facts.find_source(row["source"], sources, where),
                locator=row["locator"],
                note=row["note"],
                line=line,
            )
        )
    return tuple(found)


@cache
def rental_price(chip: str) -> PriceRange:
    """What a run of weeks pays for ``chip``: the newest quote of each provider and contract
    within two years of the newest of all, each as likely as the next.

    With fewer than three quotes the range is widened by a stated judgement. Raises
    ``FactError`` where nothing is known: no other chip's price stands in.
    """
    known = [q for q in quotes() if q.chip == chip and q.price_type in RUN_PRICE_TYPES]
    if not known:
        raise FactError(
            f"rental_prices.csv has no price for {chip!r}; give the dollars per accelerator-hour"
        )
    years = facts.lookup("assumptions", "any run", "price_years").value
    first_year = int(max(q.as_of for q in known)[:4]) - int(years)
    offers: dict[tuple[str, str], list[Quote]] = {}
    for quote in known:
        if int(quote.as_of[:4]) >= first_year:
            offers.setdefault((quote.provider, quote.price_type), []).append(quote)
    chosen = tuple(_current(quotes) for quotes in offers.values())
    return PriceRange(chip=chip, range=_spread(chosen), quotes=chosen)


def _current(offers: list[Quote]) -> Quote:
    """The newest quote; of several regions on one day, the middle one."""
    newest = max(quote.as_of for quote in offers)
    same_day = [quote for quote in offers if quote.as_of == newest]
    same_day.sort(key=lambda quote: quote.usd_per_gpu_hour)
    return same_day[(len(same_day) - 1) // 2]


@cache
def most_quoted_chip() -> str:
    """The accelerator that most providers have quoted, for a plan that names none."""
    providers: dict[str, set[str]] = {}
    for quote in quotes():
        if quote.price_type in RUN_PRICE_TYPES:
            providers.setdefault(quote.chip, set()).add(quote.provider)
    return max(providers, key=lambda chip: (len(providers[chip]), chip))


def _spread(chosen: tuple[Quote, ...]) -> Spread:
    prices = sorted(q.usd_per_gpu_hour for q in chosen)
    if len(prices) < _FEWEST_QUOTES:
        low = facts.lookup("assumptions", "any run", "few_quotes_low").value
        high = facts.lookup("assumptions", "any run", "few_quotes_high").value
        return Range(prices[0] * low, prices[-1] * high)
    return Sample(tuple(prices))
