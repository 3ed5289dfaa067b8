"""The notes of a report: each source once, in the order in which it is first called upon."""

from dataclasses import dataclass, field

from costmodel.facts import Fact
from dashboard.deal_facts import Stated
from dashboard.deal_sections import entry, label_and_unit
from dashboard.language import aside, enumerated, listed, read, t
from dashboard.report.case import Case
from dashboard.report.document import Note, Run, clean
from dashboard.risk.metrics.metric import Metric, MetricInput
from dashboard.risk_terms import decided_label, input_label, named, said_of, source_words
from dashboard.terms import evidence_label, source_title


@dataclass(slots=True)
class Notes:
    """Collects notes while the sections are written."""

    case: Case
    _keys: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, case: Case) -> "Notes":
        """The same notes, called upon by another case."""
        return Notes(case=case, _keys=self._keys)

    def key(self, text: str, url: str = "") -> int:
        """The key of a note, the same for the same words."""
        return self._keys.setdefault((clean(text), url), len(self._keys) + 1)

    def run(self, value: str, text: str, *, strong: bool = False, url: str = "") -> Run:
        """A value with its note."""
        return Run(clean(value), strong=strong, notes=(self.key(text, url),))

    def fact(self, value: str, fact: Fact) -> Run:
        """A value that is a row of the data."""
        return self.run(value, fact_words(fact), url=fact.source.url)

    def stated(self, value: str, path: str) -> Run:
        """A value that the deal states in a section, with who says so and how well it is known."""
        section, name = path.split(".")
        found = entry(getattr(self.case.deal, section), name)
        assert found is not None, path
        return self.run(value, said_of(t(label_and_unit(path)[0]), self._standing(found)))

    def plan(self, value: str) -> Run:
        """A value that the plan states."""
        plan, bank = self.case.deal.plan, self.case.assessment.bank
        source = (
            plan.source
            if isinstance(plan.source, str)
            else plan.source.get(
                "zh" if self.case.language == "zh" else "en", next(iter(plan.source.values()), "")
            )
        )
        words = [source, named(bank, "statuses", plan.status)]
        return self.run(value, said_of(t("Plan of the deal"), enumerated(words)))

    def metric(self, value: str, metric_id: str) -> Run:
        """A value of the checklist's metrics: its id, version, status, and what it is made of."""
        bank, metric = self.case.assessment.bank, self.case.metrics[metric_id]
        name = read(bank.metrics[metric_id].name)
        words = [
            f"{metric_id}, {self.case.assessment.parameters.version}",
            named(bank, "statuses", metric.status),
            self._made_of(metric),
        ]
        return self.run(value, said_of(name, enumerated(words)))

    def answer(self, value: str, question: str, *, strong: bool = False) -> Run:
        """What is said of a question: its id, status and evidence."""
        assessment = self.case.assessment
        bank, graded = assessment.bank, assessment.graded[question]
        given = self.case.deal.answers.get(question)
        evidence = [] if given is None else [evidence_words(one) for one in given.evidence]
        words = [
            named(bank, "statuses", graded.status),
            decided_label(graded.decided_by) if graded.decided_by != "answer" else "",
            listed(e for e in evidence if e),
        ]
        return self.run(value, said_of(question, enumerated(words)), strong=strong)

    def model(self, value: str, *, strong: bool = False) -> Run:
        """A value of the cost model."""
        return self.run(
            value,
            t(
                "Cost model; formulas in the method, inputs with sources in the table of "
                "assumptions."
            ),
            strong=strong,
        )

    def scenario(self, value: str, *, strong: bool = False) -> Run:
        """A value of the scenarios."""
        return self.run(
            value,
            t(
                "Scenario model, {n} worlds, seed {seed}; inputs with sources in the table of "
                "assumptions.",
                n="5,000",
                seed=str(self.case.seed),
            ),
            strong=strong,
        )

    def checklist(self, value: str, *, strong: bool = False) -> Run:
        """A value of the scores."""
        return self.run(
            value,
            t(
                "Risk checklist, version {version}, answers as of {date}.",
                version=self.case.assessment.parameters.version,
                date=self.case.as_of.isoformat(),
            ),
            strong=strong,
        )

    def all(self) -> tuple[Note, ...]:
        """Every note, by key."""
        return tuple(Note(key=key, text=text, url=url) for (text, url), key in self._keys.items())

    def _standing(self, found: Stated[float] | Stated[bool] | Stated[str]) -> str:
        bank = self.case.assessment.bank
        return enumerated([found.source, found.date, named(bank, "statuses", found.known)])

    def _made_of(self, metric: Metric) -> str:
        bank = self.case.assessment.bank

        def words(one: MetricInput) -> str:
            where = source_words(one)
            label = input_label(one.name, bank)
            return label + aside(where) if where else label

        made = listed(dict.fromkeys(words(one) for one in metric.inputs))
        return t("from {inputs}", inputs=made) if made else ""


def evidence_words(one: object) -> str:
    """A piece of evidence in a few words: its file, link, run or calculation, page and day."""
    from dashboard.risk.answers.answer import Evidence

    assert isinstance(one, Evidence)
    what = one.file or one.url or one.lab_run or one.calculation or ""
    page = t("page {n}", n=str(one.page)) if one.page is not None else ""
    return enumerated((what, page, one.date or ""))


def fact_words(fact: Fact) -> str:
    """A row of the data: who published it, where in it, when, and how sure."""
    return enumerated(
        [
            source_title(fact.source),
            fact.source.publisher,
            fact.locator,
            fact.as_of,
            evidence_label(fact.evidence),
        ]
    )
