"""What the level that counts is worth, as formulas: score, bounds, residual risk."""

from typing import Final

from dashboard.report.workbook.risk.columns import (
    AT,
    QuestionRow,
    band_in_words,
    quoted,
    status_in_words,
)
from dashboard.report.workbook.risk.marks import Marks
from dashboard.risk_terms import band_word
from dashboard.spreadsheet.sheet import letters

_BANDS: Final = ("low", "moderate", "high", "critical")


def worth(row: QuestionRow, one: Marks) -> None:
    """What the level is worth: an admission in full, a claim shrunk to the prior."""
    ref, worth = row.ref, one.weighed
    level, rank = ref("graded_level"), ref("graded_rank")
    highest = f"INDEX(highest_by_status,{rank}+1)"
    plain = f"IF({rank}=rank_contradicted,0,IF({rank}=0,-1,{level}))"
    row.formula(
        "counts",
        f"=IF(AND({ref('evidence_in_level')}=1,{plain}>{highest}),INT({highest}),{plain})",
        -1 if worth.level is None else worth.level,
        "level",
    )
    said = status_in_words(row.page, one)
    row.formula("counted_status", f"=INDEX(status_names,{rank}+1)", said, "")
    counts, known = ref("counts"), ref("known")
    row.formula(
        "known",
        f'=IF({counts}<0,"",{counts}/top_level)',
        "" if worth.known is None else worth.known,
        "fraction",
    )
    row.formula("credit", f"=INDEX(credit_by_status,{rank}+1)", worth.credit, "fraction")
    up = f"INDEX(up_by_status,{rank}+1)"
    row.formula(
        "expected",
        f"=IF({counts}<0,prior,IF(OR({known}<=prior,{ref('evidence_in_level')}=1),{known},"
        f"prior+{ref('credit')}*({known}-prior)))",
        worth.expected,
        "fraction",
    )
    row.formula(
        "low",
        f"=IF({counts}<0,0,MIN({ref('expected')},MAX(0,{known}-INDEX(down_by_status,{rank}+1))))",
        worth.low,
        "fraction",
    )
    row.formula(
        "high",
        f"=IF({counts}<0,1,MAX({ref('expected')},MIN(1,{known}"
        f"+IF({known}<=prior,MAX({up},up_documented),{up}))))",
        worth.high,
        "fraction",
    )


def risk(row: QuestionRow, one: Marks, order: int) -> None:
    """Likelihood times impact, what is missing to the stage, and the red flag."""
    ref, worth = row.ref, one.weighed
    counted, residual = ref("counted"), ref("residual")
    row.formula(
        "counted",
        f"=IF({ref('graded_rank')}=rank_not_applicable,0,1)",
        int(one.is_counted),
        "flag",
    )
    row.formula(
        "stake",
        f"={ref('weight')}*{ref('impact')}*{counted}",
        one.stake,
        "ratio",
    )
    row.formula(
        "likelihood",
        f"=MIN(MAX(likelihood_levels-INT(top_level*{ref('expected')}+half+rounding),1),"
        "likelihood_levels)",
        worth.likelihood,
    )
    row.formula(
        "residual", f"={ref('likelihood')}*{ref('impact')}*{counted}",
        worth.residual if one.is_counted else 0,
    )  # fmt: skip
    low, moderate, high, critical = (quoted(band_word(band)) for band in _BANDS)
    row.formula(
        "band",
        f'=IF({counted}=0,"",IF({residual}>=critical_residual,{critical},'
        f"IF({residual}>=high_residual,{high},IF({residual}>=moderate_residual,{moderate},"
        f"{low}))))",
        band_in_words(row.page, one),
        "",
    )
    counts = ref("counts")
    gap = None if worth.level is None else max(0, one.expects - worth.level)
    row.formula(
        "gap",
        f'=IF(OR({counts}<0,{counted}=0),"",MAX(0,{ref("stage")}-{counts}))',
        "" if gap is None or not one.is_counted else gap,
        "level",
    )
    fires = f"INDEX({ref('fires_0')}:{ref('fires_4')},1,{counts}+1)"
    row.formula(
        "flag",
        f"=IF(OR({counts}<0,{counted}=0),0,{fires})",
        int(one.fires_now and one.is_counted),
        "flag",
    )
    column = letters(AT["residual"])
    whole = f"${column}${row.first + 1}:${column}${row.last + 1}"
    counted_column = letters(AT["counted"])
    of = f"${counted_column}${row.first + 1}:${counted_column}${row.last + 1}"
    rows = f"ROW({whole})"
    row.formula(
        "order",
        f"=SUMPRODUCT(({whole}*2+{of}>{residual}*2+{counted})*1)"
        f"+SUMPRODUCT(({whole}*2+{of}={residual}*2+{counted})*({rows}<=ROW({residual})))",
        order,
    )
