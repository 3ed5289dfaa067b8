"""Units as people write them in headers and cells: ``USD m``, ``(T)``, ``亿``, ``万元``, ``%``.

A unit is read for a kind of field: ``t`` is a trillion of tokens and a tonne of carbon.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal[
    "text", "yes_no", "year", "day", "amount", "count", "money", "money_rate", "share", "hours",
    "days", "months", "energy", "mass",
]  # fmt: skip
#: Of what a sum of money is.
Per: TypeAlias = Literal["month", "year", "gpu-hour", "million tokens"]
Currency: TypeAlias = Literal["USD", "CNY", "unclear", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What a number is to be multiplied by; ``currency`` where money is said.

    ``scaled`` says that a scale or a unit stood there, so that a small number is meant.
    """

    factor: float = 1.0
    currency: Currency | None = None
    scaled: bool = False


#: Longest first within each table, so that ``万亿`` is not read as ``万``.
_SCALES: Final = {
    "trillions": 1e12, "trillion": 1e12, "billions": 1e9, "billion": 1e9, "thousands": 1e3,
    "millions": 1e6, "million": 1e6, "thousand": 1e3, "千万": 1e7, "百万": 1e6, "十亿": 1e9,
    "万亿": 1e12, "兆": 1e12, "mln": 1e6, "bln": 1e9, "trn": 1e12, "mn": 1e6, "bn": 1e9,
    "tn": 1e12, "千": 1e3, "万": 1e4, "亿": 1e8, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12,
}  # fmt: skip
_CURRENCIES: Final[dict[str, Currency]] = {
    "us dollars": "USD", "dollars": "USD", "dollar": "USD", "美元": "USD", "美金": "USD",
    "usd": "USD", "us$": "USD", "人民币": "CNY", "rmb": "CNY", "cny": "CNY", "yuan": "CNY",
    "hk$": "other", "hkd": "other", "港元": "other", "港币": "other", "eur": "other",
    "euros": "other", "euro": "other", "欧元": "other", "gbp": "other", "英镑": "other",
    "jpy": "other", "日元": "other", "€": "other", "£": "other", "¥": "unclear", "元": "CNY",
    "$": "USD",
}  # fmt: skip
#: Words that say what is counted and change nothing.
_COUNTED: Final = (
    "parameters", "parameter", "params", "param", "参数", "tokens", "token", "词元", "flops",
    "flop", "浮点运算", "accelerators", "gpus", "gpu", "people", "张", "块", "人", "名",
)  # fmt: skip
#: Words that say that numbers are written out, so that a small one is meant.
_ONES: Final = ("count", "个")
#: Of what a sum of money is; a word of another span is not understood.
_PER: Final[dict[Per, tuple[str, ...]]] = {
    "month": ("per month", "/month", "/mo", "/月", "每月", "a month", "月均"),
    "year": ("per year", "/year", "/yr", "/年", "每年", "a year"),
    "gpu-hour": (
        "per gpu-hour", "per gpu hour", "/gpu-hour", "/gpu hour", "/gpu-hr", "/gpu-h", "/gpuh",
        "/gpu·h", "/gpu小时", "/卡时", "每卡时", "per hour", "/hour", "/hr", "/h", "/小时",
        "每小时",
    ),
    "million tokens": (
        "per million tokens", "/million tokens", "per m tokens", "/m tokens", "/mtok",
        "/百万词元", "每百万词元", "/百万token", "每百万token",
    ),
}  # fmt: skip
_OWN: Final[dict[Kind, dict[str, float]]] = {
    "share": {"%": 0.01, "percent": 0.01, "百分比": 0.01, "fraction": 1.0, "小数": 1.0},
    "hours": {
        "gpu-hours": 1.0, "gpu hours": 1.0, "gpu-h": 1.0, "gpuh": 1.0, "hours": 1.0, "hrs": 1.0,
        "gpu小时": 1.0, "卡时": 1.0, "小时": 1.0, "h": 1.0,
    },
    "days": {"days": 1.0, "day": 1.0, "d": 1.0, "天": 1.0, "weeks": 7.0, "week": 7.0, "周": 7.0},
    "months": {
        "months": 1.0, "month": 1.0, "mo": 1.0, "个月": 1.0, "月": 1.0, "years": 12.0,
        "year": 12.0, "年": 12.0,
    },
    "energy": {"gwh": 1e6, "mwh": 1e3, "kwh": 1.0, "千瓦时": 1.0, "度": 1.0},
    "mass": {
        "tco2e": 1e3, "tonnes": 1e3, "tons": 1e3, "吨": 1e3, "kgco2e": 1.0, "kg": 1.0,
        "千克": 1.0, "公斤": 1.0, "t": 1e3,
    },
}  # fmt: skip
_MONEY: Final = ("money", "money_rate")
_FREE: Final = re.compile(r"[\s_.,:()\[\]]+")


def parse(text: str, kind: Kind, per: Per = "year") -> Unit | None:
    """The unit in ``text`` for a field of this kind, of sums ``per`` this; ``None`` for a word
    that is none, or for a sum per another span.
    """
    rest = plain(text)
    if not rest:
        return Unit()
    factor, scaled = 1.0, False
    currency: Currency | None = None
    if kind in _MONEY:
        rest, _ = _without(rest, _PER[per])
        word = next((word for word in _CURRENCIES if word in rest), None)
        if word is not None:
            rest, currency = _cut(rest, word), _CURRENCIES[word]
    own = next((word for word in _OWN.get(kind, {}) if word in rest), None)
    if own is not None:
        rest, factor, scaled = _cut(rest, own), _OWN[kind][own], True
    if kind in ("amount", "count"):
        rest, _ = _without(rest, _COUNTED)
        rest, scaled = _without(rest, _ONES)
    if rest in _SCALES and kind not in ("share", "text", "yes_no", "year", "day"):
        return Unit(factor=factor * _SCALES[rest], currency=currency, scaled=True)
    return None if rest else Unit(factor=factor, currency=currency, scaled=scaled)


def plain(text: str) -> str:
    """Text in half width and small letters, runs of space and marks as one space."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _FREE.sub(" ", folded).strip()


def _without(text: str, words: tuple[str, ...]) -> tuple[str, bool]:
    """The text without the first of these words that it holds, and whether it held one."""
    word = next((word for word in words if word in text), None)
    return (text, False) if word is None else (_cut(text, word), True)


def _cut(text: str, word: str) -> str:
    return " ".join(text.replace(word, " ", 1).split())
