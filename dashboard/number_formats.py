"""Numbers as a reader of English or Chinese writes them: three significant figures, one unit.

English counts in millions, billions, trillions; Chinese in 万 (10⁴), 亿 (10⁸), 万亿 (10¹²).
Physical units scale by thousands in both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale
from babel.numbers import NumberPattern, format_decimal, parse_pattern

from costmodel.units import TOKENS_PER_MILLION, UNITS

UNKNOWN: Final = "–"

_LOCALES: Final = {"en": Locale.parse("en_US"), "zh": Locale.parse("zh_Hans_CN")}
_SUPERSCRIPTS: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
#: From here on a number is written as a power of ten.
_POWERS_FROM: Final = 1e16
#: Beyond this, rounding or a change of unit may leave what a float can hold.
_ENDLESS: Final = 1e300

_WORDS: Final[dict[str, Sequence[tuple[float, str]]]] = {
    "en": ((1e12, "T"), (1e9, "B"), (1e6, "M")),
    "zh": ((1e12, " 万亿"), (1e8, " 亿"), (1e4, " 万")),
}


@dataclass(frozen=True, slots=True)
class _Worded:
    """Counted in words of the language: 2.79M GPU-hours, 279 万 GPU 小时."""

    en: str = "{}"
    zh: str = "{}"
    en_one: str | None = None
    n_decimals: int | None = None


@dataclass(frozen=True, slots=True)
class _Scaled:
    """Counted in multiples of a physical unit: (size in our unit, English, Chinese)."""

    steps: tuple[tuple[float, str, str], ...]


@dataclass(frozen=True, slots=True)
class _Powers:
    """Counted in powers of ten: 3.34 × 10²⁴ FLOP."""

    suffix: str


def _si(base: str, prefixes: str, first: float = 1.0) -> _Scaled:
    """Steps of a thousand; a blank prefix is the bare unit."""
    return _Scaled(
        tuple(
            (first * 1000.0**i, f"{p.strip()}{base}", f"{p.strip()}{base}")
            for i, p in enumerate(prefixes)
        )
    )


_MILLION_TOKENS: Final = _Worded(en="${} per million tokens", zh="{} 美元/百万词元", n_decimals=2)

_FORMS: Final[dict[str, _Worded | _Scaled | _Powers]] = {
    "byte_per_s": _si("B/s", " kMGTPE"),
    "bytes": _si("B", " kMGTPE"),
    "count": _Worded(),
    "day": _Worded(en="{} days", en_one="{} day", zh="{} 天"),
    "flop": _Powers("FLOP"),
    "flop_per_s": _si("FLOP/s", " kMGTPEZ"),
    "fraction": _Scaled(((0.01, "%", "%"),)),
    "fraction_change": _Scaled(((0.01, "pt", "个百分点"),)),
    "gpu_hour": _Worded(en="{} GPU-hours", en_one="{} GPU-hour", zh="{} GPU 小时"),
    "kg_co2e": _Scaled(
        (
            (1.0, "kg CO₂e", "千克 CO₂e"),
            (1e3, "t CO₂e", "吨 CO₂e"),
            (1e9, "Mt CO₂e", "百万吨 CO₂e"),
        )
    ),
    "kg_co2e_per_kwh": _Scaled(((1.0, "kg CO₂e/kWh", "千克 CO₂e/kWh"),)),
    "kw": _si("W", " kMGT", first=1e-3),
    "kwh": _si("Wh", "kMGT"),
    "mm2": _Worded(en="{} mm²", zh="{} 平方毫米"),
    "month": _Worded(en="{} months", en_one="{} month", zh="{} 个月"),
    "nat_per_token": _Worded(en="{} nats per token", zh="{} 奈特/词元"),
    "op_per_s": _si("OP/s", " kMGTPEZ"),
    "parameter": _Worded(),
    "ratio": _Worded(),
    "s": _Scaled(((1e-6, "µs", "微秒"), (1e-3, "ms", "毫秒"), (1.0, "s", "秒"))),
    "token": _Worded(),
    "tops_bit": _Worded(en="{} TOPS·bit", zh="{} TOPS·bit"),
    "tops_bit_per_mm2": _Worded(en="{} TOPS·bit/mm²", zh="{} TOPS·bit/mm²"),
    "usd": _Worded(en="${}", zh="{} 美元"),
    "usd_per_gb": _Worded(en="${}/GB", zh="{} 美元/GB"),
    "usd_per_gb_month": _Worded(en="${}/GB-month", zh="{} 美元/GB·月"),
    "usd_per_gpu_hour": _Worded(en="${}/GPU-hour", zh="{} 美元/GPU 小时", n_decimals=2),
    "usd_per_hour": _Worded(en="${}/hour", zh="{} 美元/小时"),
    "usd_per_item": _Worded(en="${} each", zh="每件 {} 美元"),
    "usd_per_kw_month": _Worded(en="${}/kW-month", zh="{} 美元/kW·月"),
    "usd_per_kwh": _Worded(en="${}/kWh", zh="{} 美元/kWh", n_decimals=2),
    "usd_per_token": _MILLION_TOKENS,  # and counted a million at a time, in ``_parts``
    "usd_per_year": _Worded(en="${}/year", zh="{} 美元/年"),
    "usd_per_million_tokens": _MILLION_TOKENS,
    "w": _si("W", " kMGT"),
    "year": _Worded(en="{} years", en_one="{} year", zh="{} 年"),
}
assert set(_FORMS) == UNITS


def number(value: float | None, lang: str) -> str:
    """Three significant figures with the language's separators; a whole number in full."""
    if value is None:
        return UNKNOWN
    assert not math.isnan(value)
    if abs(value) > _ENDLESS:
        return "∞" if value > 0 else "-∞"
    if isinstance(value, int) and abs(value) < _POWERS_FROM:
        return format_decimal(value, locale=_LOCALES[lang])
    return _plain(value, lang)


def as_typed(value: float, lang: str) -> str:
    """A number that a person wrote, as they wrote it where six figures hold it.

    "2.00001 is not a whole number" must not print as "2 is not a whole number".
    """
    if math.isfinite(value) and float(f"{value:.6g}") == value:
        return _decimal(value, lang) if 1e-6 < abs(value) < _POWERS_FROM else _plain(value, lang)
    return number(value, lang)


def amount(value: float | None, unit: str, lang: str, *, beside: float = 0.0) -> str:
    """The number with its unit, at the scale a reader expects: $5.58M, 558 万美元.

    ``beside`` is a number shown next to it: physical units then share the larger's scale.
    """
    if value is None:
        return UNKNOWN
    figure, frame = _parts(value, max(abs(value), abs(beside)), unit, lang)
    return _signed(frame, figure)


def exact(value: float, lang: str) -> str:
    """A count without doubt, to five figures: 405.85B, 4058.5 亿."""
    rounded = float(f"{value:.5g}")
    for size, word in _WORDS[lang]:
        if rounded >= size:
            return _decimal(float(f"{rounded / size:.5g}"), lang, grouped=lang == "en") + word
    return _decimal(rounded, lang)


def figure(value: float, unit: str, lang: str) -> str:
    """The number at its scale without the unit's word, for a heading that names the unit.

    Not for physical units, whose prefix would be lost.
    """
    assert not isinstance(_FORMS[unit], _Scaled), unit
    return _parts(value, value, unit, lang)[0]


def interval(p05: float | None, p95: float | None, unit: str, lang: str) -> str:
    """Both ends at one scale, the unit once: 2.1M – 4.4M GPU-hours; one figure if they agree."""
    if p05 is None or p95 is None:
        return UNKNOWN
    widest = max(abs(p05), abs(p95))
    low, frame = _parts(p05, widest, unit, lang)
    high, frame = _parts(p95, widest, unit, lang)
    if low == high:
        return _signed(frame, high)
    before, after = frame.split("{}")
    if after == "%":  # a per cent sign reads as part of the figure
        return f"{low}% – {high}%"
    return f"{_signed(before + '{}', low)} – {_signed(before + '{}', high)}{after}"


def _parts(value: float, widest: float, unit: str, lang: str) -> tuple[str, str]:
    """The figure, and the frame with ``{}`` that its unit puts around it.

    ``widest`` chooses the scale of physical units, so that both ends of a range share one.
    """
    form = _FORMS[unit]
    assert not math.isnan(value)
    if unit == "usd_per_token":
        value, widest = value * TOKENS_PER_MILLION, widest * TOKENS_PER_MILLION
    if abs(value) > _ENDLESS:
        value = math.copysign(math.inf, value)
    widest = 1.0 if abs(widest) > _ENDLESS else widest
    if isinstance(form, _Powers):
        figure = _power(value) if abs(value) >= 1e6 and math.isfinite(value) else None
        return figure or number(float(value), lang), "{} " + form.suffix
    if isinstance(form, _Scaled):
        size, *names = form.steps[0]
        for step in form.steps:
            if abs(_round3(widest)) >= step[0]:
                size, *names = step
        name = names[0 if lang == "en" else 1]
        return number(float(value / size), lang), "{}" + ("" if name == "%" else " ") + name
    figure = _figure(value, form, unit, lang)
    if lang == "zh":
        # 万 and 亿 stand next to 美元 and 天 without a space.
        return figure, form.zh.replace("{} 美", "{}美") if figure[-1] in "万亿" else form.zh
    return figure, form.en_one if form.en_one and figure == "1" else form.en


def _figure(value: float, form: _Worded, unit: str, lang: str) -> str:
    if not math.isfinite(value):
        return number(value, lang)
    if unit == "count" and value == int(value) and abs(value) < 1e6:
        return number(int(value), lang)  # 2,048 accelerators are not 2,050
    rounded = _round3(value)
    if form.n_decimals is not None and 1 <= abs(rounded) < 1000:
        return _fixed(rounded, form.n_decimals, lang)
    if unit == "usd" and 0 < abs(rounded) < 100 and rounded != int(rounded):
        return _fixed(rounded, 2, lang) if abs(rounded) >= 1 else _plain(rounded, lang)
    if abs(rounded) < _POWERS_FROM:
        for size, word in _WORDS[lang]:
            if abs(rounded) >= size:
                return _decimal(_round3(rounded / size), lang, grouped=lang == "en") + word
    return _plain(rounded, lang)


def _plain(value: float, lang: str) -> str:
    rounded = _round3(value)
    if rounded and not 1e-6 <= abs(rounded) < _POWERS_FROM:
        return _power(rounded)
    return _decimal(rounded, lang)


def _power(value: float) -> str:
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{float(mantissa):g} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def _decimal(value: float, lang: str, *, grouped: bool = True) -> str:
    pattern = _pattern("#,##0.##########" if grouped else "0.##########")
    return format_decimal(value, format=pattern, locale=_LOCALES[lang])


def _fixed(value: float, n_decimals: int, lang: str) -> str:
    pattern = _pattern("#,##0." + "0" * n_decimals)
    return format_decimal(value, format=pattern, locale=_LOCALES[lang])


@cache
def _pattern(text: str) -> NumberPattern:
    return parse_pattern(text)


def _round3(value: float) -> float:
    return float(f"{value:.3g}") if math.isfinite(value) else value


def _signed(frame: str, figure: str) -> str:
    """A minus sign stands before the currency: -$5.58M."""
    if figure.startswith("-") and frame.startswith("$"):
        return "-" + frame.replace("{}", figure[1:])
    return frame.replace("{}", figure)
