"""How an answer becomes the level that counts, as formulas: on the day, by numbers and checks."""

from dashboard.report.workbook.risk import marks as steps
from dashboard.report.workbook.risk.columns import QuestionRow
from dashboard.report.workbook.risk.marks import Marks, after_numbers


def standing(row: QuestionRow, one: Marks) -> None:
    """The answer on the day: its own level and status, and what its evidence does to it."""
    ref, said = row.ref, steps.stated(one)
    whole = bool(one.answer.na_reason.strip() and one.answer.second_reader.strip())
    row.formula(
        "stated_level", f"=IF(ISNUMBER({ref('level')}),{ref('level')},-1)", said.level, "level"
    )
    row.formula(
        "stated_rank",
        f'=IF({ref("status")}="",0,MATCH({ref("status")},status_names,0)-1)',
        said.rank,
    )
    row.formula(
        "na_whole",
        f"=IF(AND(LEN(TRIM({ref('na_reason')}))>0,LEN(TRIM({ref('second_reader')}))>0),1,0)",
        int(whole),
        "flag",
    )
    rank, level = ref("stated_rank"), ref("stated_level")
    # as said: not applicable takes a reason and a second reader, a level its status
    row.formula(
        "standing_rank",
        f"=IF({rank}=rank_not_applicable,IF({ref('na_whole')}=1,rank_not_applicable,0),"
        f"IF({rank}=rank_contradicted,rank_contradicted,IF({level}<0,0,IF({rank}=0,0,"
        f'IF({ref("against")}*({ref("priority")}="P0")=1,rank_contradicted,'
        f"MIN(IF({ref('expired')}=1,MAX({rank}-1,1),{rank}),"
        f"IF({ref('missing')}+{ref('against')}>0,rank_claimed,rank_verified)))))))",
        one.standing.rank,
    )
    row.formula(
        "standing_level",
        f"=IF({ref('standing_rank')}=rank_contradicted,0,"
        f"IF(OR({ref('standing_rank')}=0,{ref('standing_rank')}=rank_not_applicable),-1,"
        f"{level}))",
        one.standing.level,
        "level",
    )


def graded(row: QuestionRow, one: Marks) -> None:
    """What the numbers make of it, who overrides them, and what cross-checks take away."""
    ref, after = row.ref, after_numbers(one)
    a, r = ref("standing_level"), ref("standing_rank")
    set_level = f"IF({ref('says_level')}>=0,{ref('says_level')},{a})"
    set_rank = (
        f"IF({ref('says_level')}<0,{r},IF({a}={ref('says_level')},"
        f"MAX({r},{ref('says_rank')}),{ref('says_rank')}))"
    )
    lifted = f"AND({ref('floor_level')}>=0,{ref('floor_level')}>MAX({set_level},0))"
    level = f"IF({lifted},{ref('floor_level')},{set_level})"
    rank = f"IF({lifted},{ref('floor_rank')},{set_rank})"
    capped = f"AND({ref('cap_level')}>=0,{level}>=0,{ref('cap_level')}<{level})"
    row.formula(
        "after_level",
        f"=IF({r}>rank_verified,{a},IF({capped},{ref('cap_level')},{level}))",
        after.level,
        "level",
    )
    row.formula(
        "after_rank",
        f"=IF({r}>rank_verified,{r},IF({capped},{ref('cap_rank')},{rank}))",
        after.rank,
    )
    stands = (
        f"AND({ref('after_level')}<>{a},{a}>=0,OR({ref('overridden')}=1,"
        f"AND({ref('after_level')}>{a},{ref('after_rank')}<{r})))"
    )
    row.formula(
        "graded_level", f"=IF({stands},{a},{ref('after_level')})", one.counts.level, "level"
    )
    rank = f"IF({stands},{r},{ref('after_rank')})"
    row.formula(
        "graded_rank",
        f"=IF(AND({ref('hit')}=1,{rank}<=rank_verified),MIN({rank},rank_claimed),{rank})",
        one.counts.rank,
    )
