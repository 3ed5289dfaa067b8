"""The fields of a deal that a column can hold, and what people call them.

A field is known by its path in the deal file, by the path's last word, by its label in both
languages and by the spellings below.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from dashboard.deal_sections import SECTIONS, label_and_unit
from dashboard.language import N_, t, use_language
from dashboard.spreadsheet.units import Kind, Per, Unit, parse, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field by its path in the deal file; ``label`` is English, for the catalogue.

    ``least`` is the smallest number that can be meant without a unit: 7 parameters are none.
    """

    path: str
    label: str
    kind: Kind
    least: float = 0.0

    @property
    def per(self) -> Per:
        """Of what its sums of money are, by its name."""
        for end, per in _PER.items():
            if self.path.endswith(end):
                return per
        return "year"


_PER: Final[Mapping[str, Per]] = {
    "_per_month": "month",
    "_per_gpu_hour": "gpu-hour",
    "_per_million_tokens": "million tokens",
}


#: A model or corpus below it is none: the number stands for thousands, millions or more.
_LEAST_SIZE: Final = 1e6
_LEAST_FLOP: Final = 1e15

_FIELDS: Final = (
    Field(path="name", label=N_("Deal"), kind="text"),
    Field(path="company.name", label=N_("Company"), kind="text"),
    Field(path="company.country", label=N_("Country"), kind="text"),
    Field(path="company.founded", label=N_("Founded"), kind="year"),
    Field(path="company.stage", label=N_("Stage"), kind="text"),
    Field(path="company.sector", label=N_("Sector"), kind="text"),
    Field(path="about", label=N_("Note"), kind="text"),
    Field(path="profile.trains_from_scratch", label=N_("Trains from scratch"), kind="yes_no"),
    Field(path="profile.fine_tunes", label=N_("Fine-tunes"), kind="yes_no"),
    Field(path="profile.serves_inference", label=N_("Serves inference"), kind="yes_no"),
    Field(path="profile.has_revenue", label=N_("Has revenue"), kind="yes_no"),
    Field(path="profile.cn_market", label=N_("Chinese market"), kind="yes_no"),
    Field(path="profile.eu_market", label=N_("European market"), kind="yes_no"),
    Field(path="profile.us_market", label=N_("American market"), kind="yes_no"),
    Field(path="plan.model.params", label=N_("Parameters"), kind="amount", least=_LEAST_SIZE),
    Field(
        path="plan.model.active_params",
        label=N_("Active parameters"),
        kind="amount",
        least=_LEAST_SIZE,
    ),
    Field(path="plan.tokens", label=N_("Training tokens"), kind="amount", least=_LEAST_SIZE),
    Field(path="plan.unique_tokens", label=N_("Distinct tokens"), kind="amount", least=_LEAST_SIZE),
    Field(path="plan.context_tokens", label=N_("Context, tokens"), kind="count"),
    Field(path="plan.precision", label=N_("Precision"), kind="text"),
    Field(path="plan.region", label=N_("Region"), kind="text"),
    Field(path="plan.cluster.chip", label=N_("Accelerator"), kind="text"),
    Field(path="plan.cluster.n_accelerators", label=N_("Number of accelerators"), kind="count"),
    Field(path="plan.cluster.usd_per_gpu_hour", label=N_("Price per GPU-hour"), kind="money_rate"),
    Field(path="claims.usd", label=N_("Claimed cost of the final run"), kind="money"),
    Field(path="claims.gpu_hours", label=N_("Claimed GPU-hours"), kind="hours"),
    Field(path="claims.wall_days", label=N_("Claimed days"), kind="days"),
    Field(path="claims.mfu", label=N_("Claimed MFU"), kind="share"),
    Field(path="claims.train_flop", label=N_("Claimed FLOP"), kind="amount", least=_LEAST_FLOP),
    Field(path="claims.energy_kwh", label=N_("Claimed energy"), kind="energy"),
    Field(path="claims.kg_co2e", label=N_("Claimed CO₂e"), kind="mass"),
    Field(path="as_of", label=N_("Date of the figures"), kind="day"),
)
#: Kinds of the fields of a deal's sections, by their unit.
_KINDS: Final[Mapping[str, Kind]] = {
    "usd": "money",
    "usd_per_year": "money",
    "usd_per_million_tokens": "money_rate",
    "count": "count",
    "ratio": "count",
    "fraction": "share",
    "month": "months",
    "day": "days",
    "gpu_hour": "hours",
    "kwh": "energy",
    "token": "amount",
    "flop": "amount",
    "bytes": "count",
}
_SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (
        "name", "deal name", "project", "project name", "startup", "model", "model name",
        "项目", "项目名称", "名称", "模型", "模型名称",
    ),
    "company.name": ("company name", "firm", "organisation", "organization", "公司", "公司名称",
                     "企业", "企业名称"),
    "company.country": ("hq", "headquarters", "nation", "国别", "所在国", "总部", "国家/地区"),
    "company.founded": ("year founded", "founding year", "founded in", "established", "inception",
                        "成立时间", "成立年份", "成立日期", "创立年份", "founding date"),
    "company.stage": ("round", "funding stage", "轮次", "融资轮次", "融资阶段", "发展阶段"),
    "company.sector": ("industry", "vertical", "field", "赛道", "领域", "细分行业"),
    "about": ("notes", "comment", "comments", "remark", "remarks", "description", "about",
              "summary", "备注", "简介", "说明", "描述"),
    "profile.trains_from_scratch": ("from scratch", "pretrains", "pretraining", "pre-training",
                                    "自研", "从零训练", "是否从零训练", "预训练"),
    "profile.fine_tunes": ("fine tuning", "finetunes", "微调", "是否微调"),
    "profile.serves_inference": ("serves", "serving", "inference", "推理服务", "是否提供推理"),
    "profile.has_revenue": ("has sales", "是否有收入", "有收入"),
    "plan.model.params": ("parameter count", "params", "param", "model size", "size", "n params",
                          "参数", "参数量", "参数规模", "模型规模", "模型参数", "总参数"),
    "plan.model.active_params": ("active", "activated parameters", "active params", "激活参数",
                                 "激活参数量"),
    "plan.tokens": ("tokens", "token", "training data", "n tokens", "token count", "train tokens",
                    "词元", "词元数", "训练词元", "训练数据", "训练数据量", "训练token", "token数",
                    "token量"),
    "plan.unique_tokens": ("unique tokens", "unique", "去重词元", "去重词元数"),
    "plan.context_tokens": ("context", "context length", "sequence length", "seq len",
                            "上下文", "上下文长度"),
    "plan.precision": ("number format", "dtype", "精度", "训练精度", "数值精度"),
    "plan.region": ("location", "data centre", "data center", "datacenter", "机房", "机房所在地",
                    "算力所在地", "地区"),
    "plan.cluster.chip": ("chip", "gpu", "gpu type", "gpu model", "hardware", "accelerator type",
                          "芯片", "显卡", "加速卡", "卡型", "芯片型号", "gpu型号"),
    "plan.cluster.n_accelerators": ("gpus", "n gpus", "gpu count", "number of gpus", "chips",
                                    "n chips", "cluster size", "accelerators", "卡数", "gpu数",
                                    "gpu数量", "芯片数量", "加速卡数量", "集群规模"),
    "plan.cluster.usd_per_gpu_hour": ("gpu price", "price per gpu hour", "price per gpu-hour",
                                      "gpu hour price", "hourly price", "rent", "gpu hourly rate",
                                      "卡时价", "卡时单价", "gpu单价", "租金", "算力单价"),
    "claims.usd": ("cost", "training cost", "train cost", "claimed cost", "cost of training",
                   "claim cost", "训练成本", "训练费用", "声称成本", "成本"),
    "claims.gpu_hours": ("gpu hours", "gpu-hours", "gpuh", "claimed gpu hours", "accelerator hours",
                         "卡时", "gpu小时", "gpu时", "训练卡时"),
    "claims.wall_days": ("days", "training days", "training time", "duration", "wall days",
                         "训练天数", "训练时长", "训练周期"),
    "claims.mfu": ("mfu", "utilisation", "utilization", "利用率", "算力利用率"),
    "claims.train_flop": ("flop", "flops", "training flop", "training flops", "compute",
                          "计算量", "训练计算量", "训练算力"),
    "claims.energy_kwh": ("energy", "electricity", "power consumption", "能耗", "耗电", "用电量"),
    "claims.kg_co2e": ("co2", "co2e", "carbon", "emissions", "碳排放", "排放"),
    "as_of": ("as of", "date", "figures as of", "日期", "数据日期", "截至", "截至日期"),
    "finance.raise_usd": ("raise", "raising", "round size", "amount raised", "ask", "funding",
                          "融资额", "融资金额", "本轮融资", "本轮融资额", "拟融资", "募资额"),
    "finance.cash_usd": ("cash", "cash balance", "cash in bank", "现金", "账上现金", "现金余额",
                         "货币资金"),
    "finance.revenue_usd": ("revenue", "sales", "annual revenue", "turnover", "ltm revenue",
                            "收入", "营收", "营业收入", "年收入", "销售额"),
    "finance.net_burn_usd_per_month": ("burn", "net burn", "monthly burn", "burn rate",
                                       "monthly net burn", "月消耗", "月净消耗", "月烧钱",
                                       "每月消耗", "净现金消耗"),
    "finance.headcount": ("headcount", "employees", "staff", "team size", "people", "人数",
                          "员工", "员工数", "员工人数", "团队规模"),
    "finance.stated_runway_months": ("runway", "runway as stated", "runway months",
                                     "cash runway", "声称的现金跑道", "可支撑月数", "现金跑道",
                                     "现金可用月数"),
    "finance.months_to_proof": ("months to proof", "months to milestone", "距里程碑月数"),
    "finance.reported_gross_margin": ("gross margin", "gm", "毛利率"),
    "finance.compute_usd_per_month": ("compute spend", "monthly compute", "月算力支出",
                                      "每月算力支出"),
    "market.tokens_served_per_month": ("tokens served", "monthly tokens", "月推理词元"),
}  # fmt: skip
_IN_BRACKETS: Final = re.compile(r"[(\[（【]([^)\]）】]*)[)\]）】]")
_TAILS: Final = re.compile(r"[,/:，：]|\bin\b")
_CUTOFF: Final = 0.6
#: No name of a column is longer.
_LONGEST: Final = 120


@cache
def known() -> Mapping[str, Field]:
    """Every field by its path: those above, and the numbers of a deal's sections."""
    found = {field.path: field for field in _FIELDS}
    for section, model in SECTIONS.items():
        for name in model.model_fields:
            path = f"{section}.{name}"
            label, unit = label_and_unit(path)
            if unit in _KINDS:
                least = _LEAST_SIZE if unit == "token" else _LEAST_FLOP if unit == "flop" else 0.0
                found[path] = Field(path=path, label=label, kind=_KINDS[unit], least=least)
    return found


@cache
def spelled() -> Mapping[str, str]:
    """The path of a field by each way to write it."""
    found: dict[str, str] = {}
    for path, field in known().items():
        words = [path, field.label]
        last = path.rpartition(".")[2]
        if parse(last, "money") is None:  # "usd" alone names no field
            words.append(last)
        with use_language("zh"):
            words.append(t(field.label))
        # What is spelt out wins over labels, which two fields may share.
        for word in words:
            found.setdefault(_bare(word), path)
    for path, spellings in _SPELLINGS.items():
        for word in spellings:
            found[_bare(word)] = path
    return found


@lru_cache(maxsize=2048)
def recognise(header: str) -> tuple[Field, Unit] | None:
    """The field and the unit that a header names; ``None`` where either is not understood."""
    header = header[:_LONGEST]
    whole = spelled().get(_bare(header))
    if whole is not None:
        return known()[whole], _unit_of_name(header, known()[whole])
    for base, unit_text in _splits(header):
        path = spelled().get(_bare(base))
        if path is None:
            continue
        field = known()[path]
        unit = parse(unit_text, field.kind, field.per)
        if unit is not None:
            return field, unit
    return None


@lru_cache(maxsize=2048)
def nearest(header: str) -> tuple[str, ...]:
    """The paths of the fields whose names are close to a header, closest first."""
    header = header[:_LONGEST]
    bases = {_bare(base) for base, _ in _splits(header)} | {_bare(header)}
    close: dict[str, None] = {}
    for base in bases:
        for word in difflib.get_close_matches(base, list(spelled()), n=3, cutoff=_CUTOFF):
            close[spelled()[word]] = None
    return tuple(close)[:3]


def _splits(header: str) -> list[tuple[str, str]]:
    """The ways in which a header can fall into a name and a unit."""
    brackets = _IN_BRACKETS.findall(header)
    without = _IN_BRACKETS.sub(" ", header)
    inside = " ".join(brackets)
    found = [(without, inside)]
    parts = _TAILS.split(without)
    if len(parts) > 1:
        found.append((parts[0], " ".join([*parts[1:], inside])))
    words = re.sub(r"[_\s]+", " ", without).split()
    for n in range(1, len(words)):
        found.append((" ".join(words[:n]), " ".join([*words[n:], inside])))
        found.append((" ".join(words[n:]), " ".join([*words[:n], inside])))
    joined = "".join(words)
    if not any("一" <= character <= "鿿" for character in joined):
        return found
    for n in range(1, len(joined)):  # 亿参数, 融资额万元
        found.append((joined[n:], f"{joined[:n]} {inside}"))
        found.append((joined[:n], f"{joined[n:]} {inside}"))
    return found


def _unit_of_name(header: str, field: Field) -> Unit:
    """What a field's own name says of its unit: ``cash_usd`` is in dollars."""
    if field.kind in ("money", "money_rate") and "usd" in plain(header):
        return Unit(currency="USD")
    return Unit()


def _bare(text: str) -> str:
    return re.sub(r"[\s\-./?？*#]+", "", plain(text))
