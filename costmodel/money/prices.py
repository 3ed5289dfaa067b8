"""What an accelerator-hour costs to rent: dated quotes, and the range that they span."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from costmodel import facts
from costmodel.facts import Fact, FactError, MissingFactError, Source
from costmodel.messages import Message, check_known
from costmodel.uncertainty import Range, Sample, Spread

#: Contract kinds that a training run of weeks is bought under; spot is interrupted.
RUN_PRICE_TYPES: Final = ("on_demand", "reserved_1yr", "reserved_3yr")
#: Every contract kind on record.
PRICE_TYPES: Final = (*RUN_PRICE_TYPES, "spot")
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
class Offer:
    """The newest quote of one provider and contract, and how old it is on a given day."""

    quote: Quote
    age_days: int
    is_old: bool


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


def rental_price(
    chip: str,
    *,
    price_types: Collection[str] = RUN_PRICE_TYPES,
    providers: Collection[str] | None = None,
) -> PriceRange:
    """What a run of weeks pays for ``chip``: the newest quote of each provider and contract
    within two years of the newest of all, each as likely as the next.

    ``price_types`` and ``providers`` narrow the choice; interruptible (spot) prices count
    only when asked for. With fewer than three quotes the range is widened by a stated
    judgement. Raises ``FactError`` where nothing is known: no other chip's price stands in;
    ``InputError`` for a contract or provider that no quote has.
    """
    for price_type in price_types:
        check_known("price_types", price_type, PRICE_TYPES)
    for provider in providers or ():
        check_known("providers", provider, sorted({q.provider for q in quotes()}))
    chosen = None if providers is None else frozenset(providers)
    return _rental_price(chip, frozenset(price_types), chosen)


@cache
def _rental_price(
    chip: str, price_types: frozenset[str], providers: frozenset[str] | None
) -> PriceRange:
    known = [
        q
        for q in quotes()
        if q.chip == chip
        and q.price_type in price_types
        and (providers is None or q.provider in providers)
    ]
    if not known:
        raise not_on_record(chip)
    years = facts.lookup("assumptions", "any run", "price_years").value
    first_year = int(max(q.as_of for q in known)[:4]) - int(years)
    chosen = tuple(_newest_offers(q for q in known if int(q.as_of[:4]) >= first_year))
    return PriceRange(chip=chip, range=_spread(chosen), quotes=chosen)


def not_on_record(chip: str) -> MissingFactError:
    """What to raise where a price is needed and nobody has one."""
    return MissingFactError(
        "no rental price is on record for {chip}; give the dollars per accelerator-hour", chip=chip
    )


def rent(chip: str) -> tuple[PriceRange | None, Message | None]:
    """What renting ``chip`` costs, and what to say of it: nothing is on record, or little.

    The price is ``None`` where nothing is on record; the caller then leaves dollars out.
    """
    try:
        quoted = rental_price(chip)
    except FactError:
        return None, Message(
            "No rental price of {chip} is on record, so dollars are left out; "
            "write the dollars per accelerator-hour that you expect to pay.",
            {"chip": chip},
        )
    if not quoted.is_thin:
        return quoted, None
    return quoted, Message(
        "Only {n} rental price of {chip} is on record; its range is widened by judgement.",
        {"n": len(quoted.quotes), "chip": chip},
    )


def rental_offers(
    chip: str, *, as_of: date, price_types: Collection[str] = PRICE_TYPES
) -> tuple[Offer, ...]:
    """What was on offer for ``chip`` on the day ``as_of``: the newest quote of each provider
    and contract, cheapest first, with its age in days. Quotes of later days are left out;
    of a quote dated by year or month alone, the first day counts. Empty where none is known.
    """
    for price_type in price_types:
        check_known("price_types", price_type, PRICE_TYPES)
    known = (
        q
        for q in quotes()
        if q.chip == chip and q.price_type in price_types and first_day(q.as_of) <= as_of
    )
    limit = old_after_days().value
    offers = []
    for quote in _newest_offers(known):
        age = (as_of - first_day(quote.as_of)).days
        offers.append(Offer(quote=quote, age_days=age, is_old=age > limit))
    return tuple(sorted(offers, key=lambda offer: offer.quote.usd_per_gpu_hour))


def old_after_days() -> Fact:
    """Days after which a price is called old."""
    return facts.lookup("price_trend", "any quote", "old_after_days")


def price_move() -> Fact:
    """A rent after a year over the rent today: both ways, centred on no move.

    The width is that of the yearly moves of the medians in ``data/price_trend.csv``, whose
    mix of providers changes from year to year.
    """
    return facts.lookup("price_trend", "rent of one accelerator", "multiple_after_a_year")


def old_prices(price: PriceRange, *, as_of: date) -> Message | None:
    """A warning where quotes of this range are old on the day ``as_of``; else ``None``."""
    limit = int(old_after_days().value)
    old = [q for q in price.quotes if (as_of - first_day(q.as_of)).days > limit]
    if not old:
        return None
    return Message(
        "{old} of {n} rental prices of {chip} are more than {days} days old; "
        "the newest is of {newest}. Ask for a quote of today: prices move both ways.",
        {
            "old": len(old),
            "n": len(price.quotes),
            "chip": price.chip,
            "days": limit,
            "newest": price.newest,
        },
    )


def first_day(as_of: str) -> date:
    """The first day of a date written as year, month or day."""
    year, month, day = (*map(int, as_of.split("-")), 1, 1)[:3]
    return date(year, month, day)


def _newest_offers(known: Iterable[Quote]) -> Iterator[Quote]:
    """The current quote of each provider and contract."""
    offers: dict[tuple[str, str], list[Quote]] = {}
    for quote in known:
        offers.setdefault((quote.provider, quote.price_type), []).append(quote)
    return map(_current, offers.values())


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
