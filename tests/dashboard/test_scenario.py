"""A scenario keeps what was typed, and its link restores it or is refused."""

import base64
import json
import zlib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard import scenario as scenarios
from dashboard.deal import Deal
from dashboard.quantities import parse_number
from dashboard.scenario import FIELDS, FIRST_SAMPLE, MAX_LINK_CHARACTERS, Scenario, from_query
from tests.dashboard.samples import PUBLISHED
from tests.refusals import outcome

SAMPLES = PUBLISHED


def sample(deal_id: str = FIRST_SAMPLE, **typed: str) -> Scenario:
    return Scenario(deal_id=deal_id, own=None, typed=typed)


def own(**plan: Any) -> Scenario:
    deal = deals.from_mapping({"assay": 1, "name": "Mine 我的", "plan": plan})
    return Scenario(deal_id="", own=deal, typed={})


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")


def refusal(query: dict[str, str]) -> InputError:
    with pytest.raises(InputError) as caught:
        from_query(query)
    return caught.value


# --- links ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("deal_id", SAMPLES)
def test_a_link_to_a_sample_restores_it(deal_id: str) -> None:
    scenario = sample(deal_id, tokens="1T", chip="H100 SXM", goodput="about 0.9")
    query = scenario.to_query()
    assert query["deal"] == deal_id
    assert from_query(query) == scenario


@pytest.mark.parametrize("deal_id", SAMPLES)
def test_a_link_to_ones_own_deal_carries_it(deal_id: str) -> None:
    read = deals.load(deals.samples()[deal_id])
    scenario = Scenario(deal_id="", own=read, typed={"tokens": "1T"})
    query = scenario.to_query()
    assert "deal" not in query
    assert len(query["file"]) < MAX_LINK_CHARACTERS
    assert from_query(query) == scenario


def test_an_empty_link_opens_the_first_sample() -> None:
    assert from_query({}) == sample()
    assert from_query({"lang": "zh", "utm": "x"}) == sample()


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=120)), st.sampled_from(SAMPLES))
@settings(deadline=None)
def test_what_was_typed_is_kept_to_the_letter(typed: dict[str, str], deal_id: str) -> None:
    """Refused or not: the field must still show it."""
    scenario = sample(deal_id, **typed)
    restored = from_query(scenario.to_query())
    assert restored == scenario
    assert {name: restored.text(name) for name in typed} == typed


def test_a_deal_too_long_for_a_link_says_what_to_share_instead() -> None:
    noise = "".join(chr(0x4E00 + (i * 7919) % 20_000) for i in range(19_000))
    long = Scenario(deal_id="", own=Deal(assay=1, name="X", about=noise), typed={})
    with pytest.raises(InputError, match="share its deal file"):
        long.to_query()


@pytest.mark.parametrize(
    "file",
    [
        "",
        "x",
        "damaged",
        "é" * 20,
        "\0",
        packed(b"{}")[:-4],
        packed(b"not json"),
        packed(b"\xff\xfe"),
        packed(b"[" * 200_000),
        packed(b'{"assay": 1, "name": "X", "finance": ' + b'{"a":' * 60_000),
        packed(b"9" * 9_000),
        packed(b" " * 30_000_000),  # a zip bomb: 40 kB unpack to 30 MB
        packed(b" " * 3_000_000),
        "A" * (MAX_LINK_CHARACTERS + 1),
    ],
    ids=range(14),
)
def test_a_damaged_link_is_refused(file: str) -> None:
    assert "the link is damaged" in str(refusal({"file": file}))


@pytest.mark.parametrize(
    ("deal", "says"),
    [
        ({}, "assay: 1"),
        ([], "no fields"),
        ({"assay": 1}, "missing"),
        ({"assay": 1, "name": "X", "nmae": 1}, "near it: name"),
        ({"assay": 1, "name": "X", "plan": {"model": {"hf_config": "../x"}}}, "is a path"),
        ({"assay": 1, "name": "X", "plan": {"model": {"hf_config": "none.json"}}}, "not beside"),
        ({"assay": 1, "name": "X", "plan": {"model": {"params": "big"}}}, "not a number"),
        ({"assay": 1, "name": "X", "plan": {"model": {"params": [7]}}}, "not a number"),
    ],
)
def test_a_link_to_a_deal_that_cannot_be_is_refused(deal: object, says: str) -> None:
    assert says in str(refusal({"file": packed(json.dumps(deal).encode())}))


@pytest.mark.parametrize("deal_id", ["", "none", "../deepseek-v3", "/etc/passwd", "x" * 5_000])
def test_a_link_to_no_sample_is_refused(deal_id: str) -> None:
    assert "not a sample deal" in str(refusal({"deal": deal_id}))


@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "deal", "file", "lang"]), st.text() | st.sampled_from(SAMPLES)
    )
)
@settings(deadline=None)
@example({"file": "eJw", "tokens": "1T"})
def test_any_link_opens_or_is_refused(query: dict[str, str]) -> None:
    scenario = outcome(lambda: from_query(query))
    assert str(scenario)
    if isinstance(scenario, Scenario):
        assert scenario.effective()[0].name
        assert all(isinstance(scenario.text(name), str) for name in FIELDS)


# --- typing ---------------------------------------------------------------------------------------


def test_typing_what_the_deal_says_leaves_the_field_alone() -> None:
    scenario = sample().with_typed("tokens", "1T")
    assert scenario.typed == {"tokens": "1T"}
    assert scenario.with_typed("tokens", sample().text("tokens")).typed == {}
    assert scenario.with_typed("tokens", "  14.8T ").typed == {}


def test_typed_fields_reach_the_deal() -> None:
    deal, refused = sample(
        tokens="1万亿",
        context_tokens="8k",
        precision="bf16",
        chip="H100 SXM",
        n_accelerators="1,024",
        usd_per_gpu_hour="1.8 - 3.2",
        region="France",
        efficiency="30-45%",
        goodput="90%",
        pue="1.2",
    ).effective()
    assert refused == {}
    plan = deal.plan
    assert (plan.tokens, plan.context_tokens, plan.precision) == (1e12, 8000, "bf16")
    assert (plan.cluster.chip, plan.cluster.n_accelerators) == ("H100 SXM", 1024)
    assert plan.cluster.usd_per_gpu_hour == (1.8, 3.2)
    assert plan.region == "France"
    assert plan.assumptions == {
        "efficiency": (0.30, 0.45),
        "goodput": (0.9, 0.9),
        "pue": (1.2, 1.2),
    }


def test_a_typed_size_takes_the_architectures_place() -> None:
    deal, refused = sample(params="70B", active_params="7B").effective()
    assert refused == {}
    assert deal.plan.model == {"params": 70e9, "active_params": 7e9}
    emptied, _ = sample(params="").effective()
    assert emptied.plan.model == sample().base().plan.model


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"tokens": "many"}, "tokens"),
        ({"tokens": ""}, "tokens"),
        ({"context_tokens": "2.5"}, "context_tokens"),
        ({"precision": "bf17"}, "precision"),
        ({"n_accelerators": "-"}, "n_accelerators"),
        ({"usd_per_gpu_hour": "3 - 2"}, "usd_per_gpu_hour"),
        ({"usd_per_gpu_hour": "0"}, "usd_per_gpu_hour"),
        ({"efficiency": "45"}, "efficiency"),
        ({"pue": "-1"}, "pue"),
        ({"active_params": "7B"}, "active_params"),
        ({"params": "7B", "active_params": "8B"}, "active_params"),
    ],
)
def test_a_refused_field_leaves_the_others_standing(typed: dict[str, str], field: str) -> None:
    scenario = sample(**typed, region="France")
    deal, refused = scenario.effective()
    assert list(refused) == [field]
    assert deal.plan.region == "France"
    assert {name: scenario.text(name) for name in typed} == typed


def test_an_emptied_field_is_left_to_the_model() -> None:
    deal, refused = sample(chip="", n_accelerators="", usd_per_gpu_hour="", region="").effective()
    assert refused == {}
    cluster = deal.plan.cluster
    assert (cluster.chip, cluster.n_accelerators, cluster.usd_per_gpu_hour) == (None, None, None)
    assert deal.plan.region is None


def test_fewer_tokens_than_unique_ones_are_all_unique() -> None:
    scenario = own(tokens=1e12, unique_tokens=1e12)
    deal, refused = Scenario(deal_id="", own=scenario.own, typed={"tokens": "1B"}).effective()
    assert refused == {}
    assert (deal.plan.tokens, deal.plan.unique_tokens) == (1e9, None)


# --- showing ------------------------------------------------------------------------------------


def test_a_field_shows_what_can_be_typed_back() -> None:
    scenario = own(
        tokens=14.8e12,
        context_tokens=4096,
        model={"params": 7e9},
        cluster={"usd_per_gpu_hour": [1.8, 3.2]},
        assumptions={"goodput": 0.9},
    )
    shown = {name: scenario.text(name) for name in FIELDS if scenario.text(name)}
    assert shown == {
        "params": "7B",
        "tokens": "14.8T",
        "context_tokens": "4096",
        "usd_per_gpu_hour": "1.8 - 3.2",
        "goodput": "0.9",
    }
    again, refused = Scenario(deal_id="", own=scenario.own, typed=shown).effective()
    assert refused == {}
    assert again.plan.tokens == scenario.base().plan.tokens
    assert again.plan.cluster.usd_per_gpu_hour == (1.8, 3.2)


@given(st.floats(1e-9, 1e18) | st.integers(1, 10**15).map(float))
def test_a_number_shown_short_reads_back_exactly(value: float) -> None:
    assert parse_number(scenarios.compact(value), "f") == value


def test_an_uploaded_architecture_keeps_the_plan_and_drops_the_claims() -> None:
    like = sample().base()
    uploaded = scenarios.own_deal("x" * 500, {"params": 7e9}, like)
    assert uploaded.claims == []
    assert uploaded.plan.tokens == like.plan.tokens
    assert uploaded.plan.model == {"params": 7e9}
    assert len(uploaded.name) == 200
