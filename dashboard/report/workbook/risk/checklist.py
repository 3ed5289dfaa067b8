"""The sheet of the checklist: answers to type, the level that counts, and what it is worth."""

from collections.abc import Sequence
from typing import Final

from dashboard.deal import localised
from dashboard.language import current, read, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.parameters import STATUSES
from dashboard.report.workbook.risk import marks as steps
from dashboard.report.workbook.risk.marks import Marks, after_numbers
from dashboard.report.workbook.subject import Subject
from dashboard.risk.bank.schema import Concern
from dashboard.risk_terms import asked, band_word
from dashboard.spreadsheet.sheet import letters

SHEET: Final = "Checklist"
#: Columns of the sheet, by what they hold; those from ``area_id`` on are for formulas.
COLUMNS: Final = (
    "id", "topic", "question", "level", "status", "na_reason", "second_reader", "note",
    "counts", "counted_status", "known", "expected", "low", "high", "credit", "likelihood",
    "residual", "band", "stage", "gap", "flag", "decided",
    "area_id", "priority", "weight", "impact", "counted", "stake", "stated_level", "stated_rank",
    "na_whole", "expired", "missing", "against", "standing_level", "standing_rank",
    "says_level", "says_rank", "floor_level", "floor_rank", "cap_level", "cap_rank",
    "after_level", "after_rank", "overridden", "hit", "graded_level", "graded_rank",
    "evidence_in_level", "fires_0", "fires_1", "fires_2", "fires_3", "fires_4",
    "is_breaker", "is_watch", "is_unanswered", "cured", "order", "owner", "close_out",
)  # fmt: skip
AT: Final = {name: i for i, name in enumerate(COLUMNS)}
#: The columns that Assay reads back.
READ_BACK: Final = ("level", "status", "na_reason", "second_reader", "note")
_HELPERS: Final = AT["area_id"]
_BANDS: Final = ("low", "moderate", "high", "critical")


def write(book: Book, subject: Subject) -> list[Marks]:
    """The sheet, one row for each question that is asked; gives what each comes to."""
    page, case = book.pages[SHEET], subject.case
    assessment = case.assessment
    book.respondents |= {
        row.id: read(row.name) for row in assessment.bank.frame.respondents
    }
    found = steps.marks_of(case.deal, assessment, tuple(case.checks))
    row = page.title(
        t("Checklist"),
        t(
            "Type levels and statuses into the yellow cells: scores, risks, the verdict and the "
            "odds of the cases follow. Assay reads the yellow cells back."
        ),
        t(
            "What the numbers say of a question, which evidence has expired and which claims "
            "contradict each other is as of {date} and does not follow a change of the inputs.",
            date=case.as_of.isoformat(),
        ),
    )
    if not found:
        page.note(row, t("No question applies; say in the profile what the company does."))
        return found
    _heads(page, row, case.assessment.bank.frame.concerns)
    page.frame(row, 2)
    first = row + 1
    order = order_of(found)
    for i, one in enumerate(found):
        _Row(page, first + i, first, first + len(found) - 1).write(one, order[i])
        _memberships(page, first + i, one, case.assessment.bank.frame.concerns)
    _ranges(book, page, first, first + len(found) - 1)
    _left_out(page, first + len(found) + 1, subject)
    for name, width in (("topic", 26), ("question", 46), ("note", 30), ("na_reason", 16),
                        ("second_reader", 14), ("status", 15), ("counted_status", 15)):  # fmt: skip
        page.width(AT[name], width)
    for name in ("level", "counts", "known", "expected", "low", "high", "credit", "likelihood",
                 "residual", "stage", "gap", "flag"):  # fmt: skip
        page.width(AT[name], 10)
    last = _HELPERS + len(COLUMNS) - _HELPERS + len(case.assessment.bank.frame.concerns) - 1
    page.sheet.set_column(_HELPERS, last, 11, None, {"level": 1, "hidden": True})
    for column in range(_HELPERS, last + 1):
        page.widths.pop(column, None)
    page.sheet.print_area(0, 0, first + len(found) - 1, AT["decided"])
    return found


def _heads(page: Page, row: int, concerns: Sequence[Concern]) -> None:
    texts = {
        "id": t("Question"),
        "topic": t("Topic"),
        "question": t("What is asked"),
        "level": t("Level of the answer"),
        "status": t("Known as"),
        "na_reason": t("Why it does not apply"),
        "second_reader": t("Second reader"),
        "note": t("Note"),
        "counts": t("Level that counts"),
        "counted_status": t("Counts as"),
        "known": t("Score as answered"),
        "expected": t("Expected"),
        "low": t("At worst"),
        "high": t("At best"),
        "credit": t("Credit"),
        "likelihood": t("Likelihood of harm"),
        "residual": t("Residual risk"),
        "band": t("Risk"),
        "stage": t("The stage expects"),
        "gap": t("Levels missing"),
        "flag": t("Red flag fires"),
        "decided": t("What bears on it"),
    }
    page.heads(row, [texts.get(name, name.replace("_", " ")) for name in COLUMNS])
    for i, _ in enumerate(concerns):
        page.text(row, len(COLUMNS) + i, t("concern {n}", n=i + 1), "head")


def order_of(found: Sequence[Marks]) -> list[int]:
    """The place of each question by residual risk, the highest first; left out last."""
    keys = [(-one.weighed.residual if one.is_counted else 1, i) for i, one in enumerate(found)]
    places = {i: n for n, (_, i) in enumerate(sorted(keys), start=1)}
    return [places[i] for i in range(len(found))]


class _Row:
    """One question's row; ``ref`` is the cell of a column in it."""

    def __init__(self, page: Page, row: int, first: int, last: int) -> None:
        self._page, self._row, self._first, self._last = page, row, first, last

    def ref(self, name: str) -> str:
        """The cell of this column, as its neighbours name it."""
        return f"${letters(AT[name])}{self._row + 1}"

    def write(self, one: Marks, order: int) -> None:
        """All cells of the row."""
        self._answer(one)
        self._given(one)
        self._standing(one)
        self._graded(one)
        self._worth(one)
        self._risk(one, order)

    def _formula(self, name: str, formula: str, value: object, unit: str = "count") -> None:
        self._page.formula(self._row, AT[name], formula, value, unit)

    def _value(self, name: str, value: object, unit: str = "count") -> None:
        self._page.value(self._row, AT[name], value, unit, "frozen")

    def _answer(self, one: Marks) -> None:
        page, row, question = self._page, self._row, one.question
        code = question.id.replace("-", "_")
        page.text(row, AT["id"], question.id, "label")
        page.text(row, AT["topic"], read(question.topic), "label")
        page.text(row, AT["question"], read(question.question))
        page.value(
            row, AT["level"], one.answer.level, "level", "input", name=f"level_{code}"
        )
        page.sheet.data_validation(
            row,
            AT["level"],
            row,
            AT["level"],
            {
                "validate": "list",
                "source": ["0", "1", "2", "3", "4"],
                "ignore_blank": True,
                "error_message": t("A level is 0, 1, 2, 3 or 4; leave it empty where it is not "
                                   "known."),
            },
        )  # fmt: skip
        page.value(
            row,
            AT["status"],
            _status(page, one.answer.status),
            "",
            "input",
            name=f"status_{code}",
        )
        page.choices(row, AT["status"], "=status_names", problem=t("Choose one of the list."))
        page.text(row, AT["na_reason"], one.answer.na_reason, "input")
        page.text(row, AT["second_reader"], one.answer.second_reader, "input")
        page.text(row, AT["note"], localised(one.answer.note, current()), "input")
        page.text(row, AT["decided"], _bears(one))

    def _given(self, one: Marks) -> None:
        question = one.question
        self._page.text(self._row, AT["area_id"], one.area, "id")
        self._page.text(self._row, AT["priority"], question.priority, "id")
        self._page.text(self._row, AT["owner"], owner_of(self._page, one), "id")
        self._page.text(self._row, AT["close_out"], read(question.close_out.text), "id")
        self._formula("weight", f"=weight_{question.priority.lower()}", one.weight, "ratio")
        self._value("impact", question.impact)
        self._value("stage", one.expects, "level")
        for name, flag in (
            ("expired", one.expired),
            ("missing", one.missing),
            ("against", one.against),
            ("overridden", one.overridden),
            ("hit", one.hit),
            ("evidence_in_level", question.evidence_in_level),
            ("is_breaker", one.is_breaker),
            ("is_watch", one.flag_kind == "cap_watch"),
            ("is_unanswered", one.flag_kind == "open_p0"),
            ("cured", one.cured),
        ):
            self._value(name, int(flag), "flag")
        for level in range(5):
            fires = bool(one.fires) and one.fires[level]
            self._value(f"fires_{level}", int(fires), "flag")
        for name, said in (("says", one.says), ("floor", one.floor), ("cap", one.cap)):
            self._value(f"{name}_level", said.level, "level")
            self._value(f"{name}_rank", said.rank)

    def _standing(self, one: Marks) -> None:
        """The answer on the day: its own level and status, and what its evidence does to it."""
        ref, said = self.ref, steps.stated(one)
        whole = bool(one.answer.na_reason.strip() and one.answer.second_reader.strip())
        self._formula(
            "stated_level", f"=IF(ISNUMBER({ref('level')}),{ref('level')},-1)", said.level, "level"
        )
        self._formula(
            "stated_rank",
            f'=IF({ref("status")}="",0,MATCH({ref("status")},status_names,0)-1)',
            said.rank,
        )
        self._formula(
            "na_whole",
            f"=IF(AND(LEN(TRIM({ref('na_reason')}))>0,LEN(TRIM({ref('second_reader')}))>0),1,0)",
            int(whole),
            "flag",
        )
        rank, level = ref("stated_rank"), ref("stated_level")
        # as said: not applicable takes a reason and a second reader, a level its status
        self._formula(
            "standing_rank",
            f"=IF({rank}=rank_not_applicable,IF({ref('na_whole')}=1,rank_not_applicable,0),"
            f"IF({rank}=rank_contradicted,rank_contradicted,IF({level}<0,0,IF({rank}=0,0,"
            f"IF({ref('against')}*({ref('priority')}=\"P0\")=1,rank_contradicted,"
            f"MIN(IF({ref('expired')}=1,MAX({rank}-1,1),{rank}),"
            f"IF({ref('missing')}+{ref('against')}>0,rank_claimed,rank_verified)))))))",
            one.standing.rank,
        )
        self._formula(
            "standing_level",
            f"=IF({ref('standing_rank')}=rank_contradicted,0,"
            f"IF(OR({ref('standing_rank')}=0,{ref('standing_rank')}=rank_not_applicable),-1,"
            f"{level}))",
            one.standing.level,
            "level",
        )

    def _graded(self, one: Marks) -> None:
        """What the numbers make of it, who overrides them, and what cross-checks take away."""
        ref, after = self.ref, after_numbers(one)
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
        self._formula(
            "after_level",
            f"=IF({r}>rank_verified,{a},IF({capped},{ref('cap_level')},{level}))",
            after.level,
            "level",
        )
        self._formula(
            "after_rank",
            f"=IF({r}>rank_verified,{r},IF({capped},{ref('cap_rank')},{rank}))",
            after.rank,
        )
        stands = (
            f"AND({ref('after_level')}<>{a},{a}>=0,OR({ref('overridden')}=1,"
            f"AND({ref('after_level')}>{a},{ref('after_rank')}<{r})))"
        )
        self._formula(
            "graded_level", f"=IF({stands},{a},{ref('after_level')})", one.counts.level, "level"
        )
        rank = f"IF({stands},{r},{ref('after_rank')})"
        self._formula(
            "graded_rank",
            f"=IF(AND({ref('hit')}=1,{rank}<=rank_verified),MIN({rank},rank_claimed),{rank})",
            one.counts.rank,
        )

    def _worth(self, one: Marks) -> None:
        """What the level is worth: an admission in full, a claim shrunk to the prior."""
        ref, worth = self.ref, one.weighed
        level, rank = ref("graded_level"), ref("graded_rank")
        highest = f"INDEX(highest_by_status,{rank}+1)"
        plain = f"IF({rank}=rank_contradicted,0,IF({rank}=0,-1,{level}))"
        self._formula(
            "counts",
            f"=IF(AND({ref('evidence_in_level')}=1,{plain}>{highest}),INT({highest}),{plain})",
            -1 if worth.level is None else worth.level,
            "level",
        )
        said = status_in_words(self._page, one)
        self._formula("counted_status", f"=INDEX(status_names,{rank}+1)", said, "")
        counts, known = ref("counts"), ref("known")
        self._formula(
            "known",
            f'=IF({counts}<0,"",{counts}/top_level)',
            "" if worth.known is None else worth.known,
            "fraction",
        )
        self._formula("credit", f"=INDEX(credit_by_status,{rank}+1)", worth.credit, "fraction")
        up = f"INDEX(up_by_status,{rank}+1)"
        self._formula(
            "expected",
            f"=IF({counts}<0,prior,IF(OR({known}<=prior,{ref('evidence_in_level')}=1),{known},"
            f"prior+{ref('credit')}*({known}-prior)))",
            worth.expected,
            "fraction",
        )
        self._formula(
            "low",
            f"=IF({counts}<0,0,MIN({ref('expected')},MAX(0,{known}-INDEX(down_by_status,{rank}+1))))",
            worth.low,
            "fraction",
        )
        self._formula(
            "high",
            f"=IF({counts}<0,1,MAX({ref('expected')},MIN(1,{known}"
            f"+IF({known}<=prior,MAX({up},up_documented),{up}))))",
            worth.high,
            "fraction",
        )

    def _risk(self, one: Marks, order: int) -> None:
        """Likelihood times impact, what is missing to the stage, and the red flag."""
        ref, worth = self.ref, one.weighed
        counted, residual = ref("counted"), ref("residual")
        self._formula(
            "counted",
            f"=IF({ref('graded_rank')}=rank_not_applicable,0,1)",
            int(one.is_counted),
            "flag",
        )
        self._formula(
            "stake",
            f"={ref('weight')}*{ref('impact')}*{counted}",
            one.stake,
            "ratio",
        )
        self._formula(
            "likelihood",
            f"=MIN(MAX(likelihood_levels-INT(top_level*{ref('expected')}+half+rounding),1),"
            "likelihood_levels)",
            worth.likelihood,
        )
        self._formula(
            "residual", f"={ref('likelihood')}*{ref('impact')}*{counted}",
            worth.residual if one.is_counted else 0,
        )  # fmt: skip
        low, moderate, high, critical = (_quoted(band_word(band)) for band in _BANDS)
        self._formula(
            "band",
            f'=IF({counted}=0,"",IF({residual}>=critical_residual,{critical},'
            f"IF({residual}>=high_residual,{high},IF({residual}>=moderate_residual,{moderate},"
            f"{low}))))",
            band_in_words(self._page, one),
            "",
        )
        counts = ref("counts")
        gap = None if worth.level is None else max(0, one.expects - worth.level)
        self._formula(
            "gap",
            f'=IF(OR({counts}<0,{counted}=0),"",MAX(0,{ref("stage")}-{counts}))',
            "" if gap is None or not one.is_counted else gap,
            "level",
        )
        fires = f"INDEX({ref('fires_0')}:{ref('fires_4')},1,{counts}+1)"
        self._formula(
            "flag",
            f"=IF(OR({counts}<0,{counted}=0),0,{fires})",
            int(one.fires_now and one.is_counted),
            "flag",
        )
        column = letters(AT["residual"])
        whole = f"${column}${self._first + 1}:${column}${self._last + 1}"
        counted_column = letters(AT["counted"])
        of = f"${counted_column}${self._first + 1}:${counted_column}${self._last + 1}"
        rows = f"ROW({whole})"
        self._formula(
            "order",
            f"=SUMPRODUCT(({whole}*2+{of}>{residual}*2+{counted})*1)"
            f"+SUMPRODUCT(({whole}*2+{of}={residual}*2+{counted})*({rows}<=ROW({residual})))",
            order,
        )


def _status(page: Page, status: str) -> str:
    return page.book.statuses.get(status, status)


def owner_of(page: Page, one: Marks) -> str:
    """Who answers for the question."""
    return page.book.respondents.get(one.question.respondent, one.question.respondent)


def status_in_words(page: Page, one: Marks) -> str:
    """The status that counts, by name."""
    return _status(page, STATUSES[one.counts.rank])


def band_in_words(page: Page, one: Marks) -> str:
    """The band of its residual risk in a word; empty where it does not count."""
    return band_word(_band(page, one.weighed.residual)) if one.is_counted else ""


def _band(page: Page, residual: int) -> str:
    book = page.book
    for band in ("critical", "high", "moderate"):
        limit = book.of(f"{band}_residual")
        assert isinstance(limit, int | float)
        if residual >= limit:
            return band
    return "low"


def _bears(one: Marks) -> str:
    """What moved the level that counts away from the answer, in words."""
    said = []
    if one.says.level >= 0:
        said.append(t("The numbers say level {n}.", n=one.says.level))
    if one.cap.level >= 0:
        said.append(t("The numbers allow level {n} at most.", n=one.cap.level))
    if one.floor.level > 0:
        said.append(t("The numbers give level {n} at least.", n=one.floor.level))
    if one.overridden:
        said.append(t("Somebody has overridden the numbers."))
    if one.expired:
        said.append(t("Its evidence has expired."))
    if one.missing:
        said.append(t("An evidence file is missing or was altered."))
    if one.against:
        said.append(t("Evidence speaks against it."))
    if one.hit:
        said.append(t("A cross-check of the claims fails."))
    return " ".join(said)


def _memberships(page: Page, row: int, one: Marks, concerns: Sequence[Concern]) -> None:
    """Which of the concerns the question bears on."""
    for i, concern in enumerate(concerns):
        bears = one.question.id in concern.questions
        page.value(row, len(COLUMNS) + i, int(bears), "flag", "frozen")


def _ranges(book: Book, page: Page, first: int, last: int) -> None:
    for name, column in (
        ("q_id", "id"), ("q_topic", "topic"), ("q_area", "area_id"), ("q_priority", "priority"),
        ("q_weight", "weight"), ("q_impact", "impact"), ("q_counted", "counted"),
        ("q_stake", "stake"), ("q_counts", "counts"), ("q_status", "counted_status"),
        ("q_rank", "graded_rank"), ("q_expected", "expected"), ("q_low", "low"),
        ("q_high", "high"), ("q_credit", "credit"), ("q_likelihood", "likelihood"),
        ("q_residual", "residual"), ("q_band", "band"), ("q_flag", "flag"),
        ("q_breaker", "is_breaker"), ("q_watch", "is_watch"), ("q_unanswered", "is_unanswered"),
        ("q_cured", "cured"), ("q_order", "order"), ("q_owner", "owner"),
        ("q_close_out", "close_out"),
    ):  # fmt: skip
        book.define_range(name, page.span((first, AT[column]), (last, AT[column])))
    for i in range(9):
        book.define_range(
            f"concern_{i + 1}", page.span((first, len(COLUMNS) + i), (last, len(COLUMNS) + i))
        )


def _left_out(page: Page, row: int, subject: Subject) -> None:
    """Questions that are not asked, and why."""
    assessment = subject.case.assessment
    graded = set(assessment.graded)
    rows = [
        (name, t("does not apply by the profile"))
        for name in assessment.inapplicable
        if name not in graded
    ]
    rows += [(name, t("waits for the profile to say whether it applies"))
             for name in assessment.waiting]  # fmt: skip
    if not rows:
        return
    page.text(row, 0, t("Questions that are not asked"), "group")
    for i, (name, why) in enumerate(rows, start=1):
        page.text(row + i, 1, asked(assessment.bank.questions[name]), "label")
        page.text(row + i, 2, why)


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'

