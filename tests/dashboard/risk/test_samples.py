"""The sample deals: public numbers alone, each with its source, none better known than read."""

from datetime import date

import pytest

from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.deal_facts import Stated
from dashboard.deal_sections import SECTIONS, entry
from dashboard.risk.assessment import Assessment, assess
from dashboard.risk.cross_checks import cross_checks
from dashboard.risk.metrics import compute_metrics
from dashboard.risk.metrics.metric import Metric
from tests.dashboard.risk.cases import FULL_STACK
from tests.dashboard.risk.metrics.deals import basis, full
from tests.dashboard.samples import PUBLISHED

SAMPLES = PUBLISHED


def computed(sample: str) -> dict[str, Metric]:
    return compute_metrics(basis(deals.sample(sample)))


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_number_names_its_source_and_its_date(sample: str) -> None:
    read = deals.sample(sample)
    for section, kind in SECTIONS.items():
        for name, field in kind.model_fields.items():
            found = entry(getattr(read, section), name) if field.title else None
            if isinstance(found, Stated):
                assert found.source, (section, name)
                assert found.date, (section, name)
                assert found.known != "verified", (section, name)


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_is_from_memory_is_not_documented(sample: str) -> None:
    for metric in computed(sample).values():
        for read in metric.inputs:
            if "from memory" in read.source:
                assert read.status in ("assumed", "claimed")


@pytest.mark.parametrize(
    ("sample", "least"),
    [
        ("deepseek-v3", 26),
        ("llama-3.1-405b", 26),
        ("bloom-176b", 21),
        ("glm-130b", 26),
        ("baichuan2-13b", 13),
    ],
)
def test_public_claims_give_metrics(sample: str, least: int) -> None:
    assert sum(metric.value is not None for metric in computed(sample).values()) >= least


def test_what_is_known_of_the_samples() -> None:
    deepseek, llama = computed("deepseek-v3"), computed("llama-3.1-405b")
    bloom, glm = computed("bloom-176b"), computed("glm-130b")
    assert deepseek["mfu_implied"].value == pytest.approx(0.165, abs=1e-3)
    assert deepseek["efficiency_ratio"].value == pytest.approx(11.06, abs=0.01)
    assert deepseek["export_status"].value == "case_by_case"
    assert deepseek["outbound_status"].value == "notifiable"
    assert llama["export_status"].value == "uncontrolled"
    assert llama["rnd_over_revenue"].value == pytest.approx(0.267, abs=1e-3)
    assert llama["rnd_over_revenue"].status == "assumed"
    assert bloom["epochs_effective"].value == pytest.approx(1.046, abs=1e-3)
    assert bloom["license_known_share"].value == pytest.approx(0.62)
    assert glm["gross_margin"].value == pytest.approx(0.563, abs=2e-3)
    assert glm["top1_share"].value == pytest.approx(0.19, abs=2e-3)


def test_the_corpus_of_bloom_has_a_usual_number_of_bytes_for_a_token() -> None:
    found = {check.id: check for check in cross_checks(basis(deals.sample("bloom-176b")))}["X04"]
    assert found.outcome == "holds"
    assert found.value == pytest.approx(4.57, abs=0.01)


def assessed(deal: Deal) -> Assessment:
    return assess(
        deal,
        metrics=compute_metrics(basis(deal)),
        checks=cross_checks(basis(deal)),
        as_of=date(2026, 11, 27),
    )


@pytest.mark.parametrize(
    ("sample", "every", "first"),
    [
        ("deepseek-v3", 28, (20, 26)),
        ("llama-3.1-405b", 21, (13, 25)),
        ("bloom-176b", 14, (9, 23)),
        ("glm-130b", 19, (14, 26)),
        ("baichuan2-13b", 11, (10, 26)),
    ],
)
def test_numbers_alone_speak_on_many_questions(
    sample: str, every: int, first: tuple[int, int]
) -> None:
    """A level, a cap, a floor or a flag; a remark is none. These counts stand in the docs."""
    found = assessed(deals.sample(sample))
    assert sum(numbers.speak for numbers in found.numbers.values()) == every
    scan = found.quick_scan()
    assert (sum(found.numbers[i].speak for i in scan), len(scan)) == first


def test_numbers_alone_speak_on_nearly_all_of_the_quick_scan_of_a_full_deal() -> None:
    found = assessed(full(profile=FULL_STACK))
    silent = [i for i in found.quick_scan() if not found.numbers[i].speak]
    assert silent == ["TMF-08"]


def test_the_quick_scan_begins_with_what_the_numbers_fill_in() -> None:
    found = assessed(full(profile=FULL_STACK))
    scan = found.quick_scan()
    order = [(found.graded[i].decided_by != "numbers", not found.numbers[i].speak) for i in scan]
    assert order == sorted(order)
    assert order[0] == (False, False)
    answered = full(profile=FULL_STACK, answers={scan[-1]: {"level": 2, "status": "claimed"}})
    assert assessed(answered).quick_scan() == scan
