"""Electricity and carbon of a training run."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from costmodel import facts
from costmodel.facts import Fact
from costmodel.hardware.accelerators import Accelerator
from costmodel.messages import InputError
from costmodel.uncertainty import Number
from costmodel.units import W_PER_KW

_REGION_COLUMNS: Final = ("region", "iso", "iso2", "level", "name_zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A place whose grid has a cited carbon intensity.

    ``iso`` is its country's ISO 3166 code of three letters, ``iso2`` a country's of two.
    """

    name: str
    iso: str
    iso2: str
    level: str
    name_zh: str


def kw_per_accelerator(
    *, board_power_w: Number, server_power_ratio: Number, mean_draw_share: Number, pue: Number
) -> Number:
    """Average kW at the site's meter for one accelerator of a training cluster.

    Rated board power, times server over board power, times average over rated draw, times
    the site's PUE. Not counted: embodied energy, idle reservations, offices.

    Source: Cottier et al. 2024, arXiv:2405.21015, energy model.
    """
    return board_power_w * server_power_ratio * mean_draw_share * pue / W_PER_KW


def server_power_ratio(accelerator: Accelerator) -> Fact:
    """Server power over accelerator power for this generation, else the general row."""
    own = facts.find("assumptions", accelerator.generation, "server_power_ratio")
    return own or facts.lookup("assumptions", "other", "server_power_ratio")


def carbon_intensity(region: str | None) -> Fact:
    """kg CO2e per kWh of the region's grid; with no region, the wide cited range."""
    if region is None:
        return facts.lookup("assumptions", "any region", "carbon_kg_co2e_per_kwh")
    return facts.lookup("grid", find_region(region).name, "carbon_kg_co2e_per_kwh")


def find_region(name: str) -> Region:
    """The region of this English or Chinese name, or the country of this ISO 3166 code.

    Raises ``InputError`` for a place without a row.
    """
    asked = name.strip().casefold()
    for region in regions():
        names = [region.name.casefold(), region.name_zh]
        if region.level == "country":
            names += [region.iso.casefold(), region.iso2.casefold()]
        if asked in names:
            return region
    raise InputError(
        "region",
        "{name} is not a region with a cited carbon intensity; "
        "write a country such as China, or leave it empty",
        name=name[:60],
    )


@cache
def regions() -> tuple[Region, ...]:
    """Every region that has a carbon intensity, countries first."""
    path = facts.data_dir() / "regions.csv"
    found = [
        Region(**{("name" if c == "region" else c): row[c] for c in _REGION_COLUMNS})
        for _, row in facts.read_rows(path, _REGION_COLUMNS)
        if facts.find("grid", row["region"], "carbon_kg_co2e_per_kwh") is not None
    ]
    return tuple(sorted(found, key=lambda r: (r.level != "country", r.level, r.name)))
