"""A deal file is read strictly, refused by field and remedy, and written back as it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costmodel.messages import InputError
from costmodel.workload.flops import parameter_count
from costmodel.workload.model_spec import ModelSpec, SizeOnly
from dashboard import deal as deals
from dashboard.architecture import spec_fields
from dashboard.deal import Deal
from tests.costmodel.workload.configs import LLAMA_2_7B, PUBLISHED
from tests.refusals import outcome

MINIMAL = "assay: 1\nname: X\n"
SAMPLES = sorted(deals.samples())


def refusal(text: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        deals.loads(text)
    return caught.value


def deal(**plan: Any) -> Deal:
    return deals.from_mapping({"assay": 1, "name": "X", "plan": plan})


# --- round trips --------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_reads_back_as_it_was(sample: str) -> None:
    read = deals.load(deals.samples()[sample])
    assert deals.loads(deals.dumps(read)) == read
    assert deals.loads(deals.dumps(read).encode()) == read


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_has_a_model_and_claims_in_both_languages(sample: str) -> None:
    read = deals.load(deals.samples()[sample])
    assert isinstance(deals.model_of(read), ModelSpec)
    english, chinese = (deals.claims_of(read, language) for language in ("en", "zh"))
    assert [c.value for c in english] == [c.value for c in chinese]
    assert all(c.text and c.source for c in english)
    assert any("一" <= letter <= "鿿" for c in chinese for letter in c.text)


def test_everything_but_format_and_name_may_be_missing() -> None:
    read = deals.loads(MINIMAL)
    assert read == Deal(assay=1, name="X")
    assert deals.dumps(read) == MINIMAL


def test_words_stay_words() -> None:
    """YAML 1.2: ``no`` is Norway, not a flag."""
    assert deals.loads(MINIMAL + "company: {country: no}\n").company.country == "no"


@pytest.mark.parametrize("name", [n for n in PUBLISHED if not n.startswith("T5 v1.1")])
def test_an_architecture_survives_as_fields(name: str) -> None:
    with_config = deal(model={"hf_config": PUBLISHED[name]})
    spec = deals.model_of(with_config)
    assert isinstance(spec, ModelSpec)
    written = deals.dumps(deals.with_model(with_config, spec))
    again = deals.model_of(deals.loads(written))
    assert isinstance(again, ModelSpec)
    assert parameter_count(again) == parameter_count(spec)


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ("", "", "has no fields"),
        ("just words", "", "has no fields"),
        ("- a\n- b\n", "", "has no fields"),
        ("name: X\n", "assay", "first line"),
        ("assay: 0\nname: X\n", "assay", "first line"),
        ("assay: '1'\nname: X\n", "assay", "first line"),
        ("assay: 2\nname: X\n", "assay", "update Assay"),
        ("assay: 1\n", "name", "missing"),
        ("assay: 1\nname: ''\n", "name", "cannot stand here"),
        ("assay: 1\nname: [a]\n", "name", "cannot stand here"),
        ("assay: 1\nname: X\nname: Y\n", "", "line 3"),
        ("assay: 1\n\tname: X\n", "", "line 2"),
        (MINIMAL + "nmae: Y\n", "nmae", "near it: name"),
        (MINIMAL + "company: {nmae: Y}\n", "company.nmae", "near it: name"),
        (MINIMAL + "plan: {token: 1}\n", "plan.token", "near it: tokens"),
        (MINIMAL + "plan: {cluster: {chps: H100}}\n", "plan.cluster.chps", "near it: chip"),
        (
            MINIMAL + "plan: {assumptions: {goodputt: 0.9}}\n",
            "plan.assumptions.goodputt",
            "goodput",
        ),
        (MINIMAL + "claims: [{id: a, quantity: usd, vlaue: 1}]\n", "claims.0", ""),
        (MINIMAL + "answers: {CMP-01: {levle: 2}}\n", "answers.CMP-01", ""),
        (MINIMAL + "plan: {tokens: many}\n", "plan.tokens", "many is not a number"),
        (MINIMAL + "plan: {tokens: .nan}\n", "plan.tokens", "not a number"),
        (MINIMAL + "plan: {tokens: .inf}\n", "plan.tokens", "not a number"),
        (MINIMAL + "plan: {context_tokens: 2.5}\n", "plan.context_tokens", "not a whole number"),
        (MINIMAL + "plan: {precision: bf17}\n", "plan.precision", "write one of fp32"),
        (MINIMAL + "plan: {model: {params: big}}\n", "plan.model.params", "not a number"),
        (MINIMAL + "plan: {model: {params: true}}\n", "plan.model.params", "not a number"),
        (MINIMAL + "plan: {model: {params: [7]}}\n", "plan.model.params", "not a number"),
        (MINIMAL + "plan: {model: {params: -7e9}}\n", "params", "not above zero"),
        (MINIMAL + "plan: {model: {params: 1e300}}\n", "params", "more than any model"),
        (MINIMAL + "plan: {model: {params: 2001-01-01}}\n", "plan.model.params", ""),
        (MINIMAL + "published_run: bloom176b\n", "published_run", "near it: bloom-176b"),
        (
            MINIMAL
            + "claims: [{id: a, quantity: usd, value: 1}, {id: a, quantity: mfu, value: 1}]\n",
            "claims.a",
            "stands twice",
        ),
    ],
)
def test_a_deal_that_cannot_be_is_refused(text: str, field: str, says: str) -> None:
    error = refusal(text)
    assert error.field.startswith(field)
    assert says in str(error)
    assert "\n" not in str(error)


def test_a_field_of_an_unknown_architecture_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="near it: n_layers") as caught:
        deals.model_of(deal(model={"n_layer": 3}))
    assert caught.value.field == "plan.model.n_layer"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"n_layers": 2.5}, "plan.model.n_layers"),
        ({"n_layers": float("inf")}, "plan.model.n_layers"),
        ({"n_layers": float("nan")}, "plan.model.n_layers"),
        ({"n_layers": "4"}, "plan.model.n_layers"),
        ({"n_layers": None}, "plan.model.n_layers"),
        ({"n_layers": 10**400}, "plan.model.n_layers"),
        ({"gated_mlp": 1}, "plan.model.gated_mlp"),
        ({"norm": "batch"}, "plan.model.norm"),
        ({"norm": ["rms"]}, "plan.model.norm"),
        ({"n_kv_heads": 3}, "plan.model.n_kv_heads"),
        ({"learned_positions": -5}, "plan.model.learned_positions"),
        ({"experts": 8}, "plan.model.experts"),
        ({"experts": {"n_experts": 8}}, "plan.model.experts.n_active"),
        ({"experts": {"n_expert": 8}}, "plan.model.experts.n_expert"),
        ({"latent": {"q_rank": "x"}}, "plan.model.latent"),
    ],
)
def test_an_architecture_that_cannot_be_is_refused(change: dict[str, Any], field: str) -> None:
    spec = deals.model_of(deal(model={"hf_config": LLAMA_2_7B}))
    assert isinstance(spec, ModelSpec)
    with pytest.raises(InputError) as caught:
        deals.model_of(deal(model=spec_fields(spec) | change))
    assert caught.value.field.startswith(field)


def test_a_missing_model_is_asked_for() -> None:
    with pytest.raises(InputError, match="hf_config, its fields, or params"):
        deals.model_of(deal())


def test_a_size_alone_is_a_model() -> None:
    size = deals.model_of(deal(model={"params": 7e9}))
    assert size == SizeOnly(name="X", params=7e9, active_params=7e9)


# --- files ----------------------------------------------------------------------------------------


def write(folder: Path, model: str) -> Path:
    path = folder / "deal.yaml"
    path.write_text(f"{MINIMAL}plan:\n  model: {{hf_config: {model}}}\n", "utf-8")
    return path


def test_a_config_beside_the_deal_is_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_2_7B), "utf-8")
    read = deals.load(write(tmp_path, "config.json"))
    spec = deals.model_of(read)
    assert isinstance(spec, ModelSpec)
    assert parameter_count(spec).total == 6_738_415_616


@pytest.mark.parametrize(
    "name",
    ["../x.json", "/etc/passwd", "a/b.json", "..", ".hidden.json", "./x.json", "x" * 300 + ".json"],
)
def test_a_deal_never_opens_a_path_of_its_choosing(tmp_path: Path, name: str) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "x.json").write_text("{}", "utf-8")
    with pytest.raises(InputError, match="is a path") as caught:
        deals.load(write(tmp_path / "inner", name))
    assert caught.value.field == "plan.model.hf_config"


def test_a_deal_follows_no_link_out_of_its_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(LLAMA_2_7B), "utf-8")
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "config.json").symlink_to(secret)
    with pytest.raises(InputError, match="not beside the deal"):
        deals.load(write(folder, "config.json"))


def test_an_uploaded_deal_may_name_a_config_that_ships_and_no_other() -> None:
    shipped = deal(model={"hf_config": "deepseek-v3.json"})
    assert isinstance(deals.model_of(deals.with_config(shipped, beside=None)), ModelSpec)
    with pytest.raises(InputError, match="not beside the deal"):
        deals.with_config(deal(model={"hf_config": "config.json"}), beside=None)
    with pytest.raises(InputError, match="not beside the deal"):
        deals.with_config(deal(model={"hf_config": "\0"}), beside=None)


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path if kind == "folder" else tmp_path / "none.yaml"
    with pytest.raises(InputError, match="cannot be read"):
        deals.load(path)


# --- what is meant to harm ------------------------------------------------------------------------

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)


@pytest.mark.parametrize(
    "text",
    [
        MINIMAL + BOMB,
        MINIMAL + "about: &x hello\nplan: {region: *x}\n",
        MINIMAL + "plan: {<<: *x}\n",
        MINIMAL + "about: !!python/object/apply:os.system [id]\n",
        MINIMAL + "about: !!python/name:os.system\n",
        MINIMAL + "about: !unknown x\n",
        MINIMAL + "about: !!timestamp no\n",
        MINIMAL + "about: !!binary gACA\n",
        MINIMAL + "plan: {model: {params: !!set {a, b}}}\n",
        MINIMAL + "? [a, b]\n: c\n",
        MINIMAL + "1: 2\n",
        MINIMAL + "about: " + "[" * 20_000,
        MINIMAL + "finance: " + "{a: " * 3_000 + "}" * 3_000,
        MINIMAL + "finance: {a: " + "9" * 6_000 + "}\n",
        MINIMAL + "plan: {tokens: 0x" + "f" * 6_000 + "}\n",
        MINIMAL + "plan: {model: {params: 0x" + "f" * 6_000 + "}}\n",
        MINIMAL + 'about: "\\ud800"\n',
        "%YAML 9.9\n---\n" + MINIMAL,
        "---\nassay: 1\n---\nassay: 1\n",
        "\x00",
        "\x07assay: 1",
    ],
    ids=range(21),
)
def test_a_harmful_text_is_refused_in_one_sentence(text: str) -> None:
    assert len(str(refusal(text))) < 1_000


def test_bytes_that_are_no_text_are_refused() -> None:
    assert "not a text file" in str(refusal(b"\x89PNG\r\n\x1a\n\xff"))
    assert "has 50000000 bytes" in str(refusal(b" " * 50_000_000))


_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just(10**400)
)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_model_keys = sorted(ModelSpec.__dataclass_fields__)
_plans = st.fixed_dictionaries(
    {},
    optional={
        "model": st.dictionaries(
            st.sampled_from(["params", "active_params", "hf_config", *_model_keys]), _values
        )
        | _values,
        "tokens": _values,
        "unique_tokens": _values,
        "context_tokens": _values,
        "precision": _values,
        "region": _values,
        "cluster": st.dictionaries(
            st.sampled_from(["chip", "n_accelerators", "usd_per_gpu_hour"]), _values
        )
        | _values,
        "assumptions": st.dictionaries(st.sampled_from(["pue", "goodput", "x"]), _values) | _values,
    },
)
_deals = st.fixed_dictionaries(
    {"assay": st.just(1) | _values, "name": st.just("X") | _values},
    optional={
        "plan": _plans,
        "claims": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "id": _values,
                    "quantity": st.sampled_from(["usd", "mfu"]) | _values,
                    "value": _values,
                    "text": _values,
                },
            ),
            max_size=3,
        ),
        "company": _values,
        "finance": _values,
        "answers": _values,
        "zzz": _values,
    },
)


def has_nan(read: Deal) -> bool:
    """A free field may hold one, and it equals nothing."""
    return "nan" in repr(read)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_deals | _values)
def test_whatever_stands_in_a_deal_only_a_refusal_comes_out(loaded: object) -> None:
    read = outcome(lambda: deals.from_mapping(loaded))
    assert str(read)
    if isinstance(read, Deal):
        assert str(outcome(lambda: deals.with_config(read, beside=None)))
        assert str(outcome(lambda: deals.model_of(read)))
        assert str(outcome(lambda: deals.claims_of(read, "en")))
        assert deals.loads(deals.dumps(read)) == read or has_nan(read)


@settings(max_examples=150, deadline=None)
@given(st.text() | st.binary() | st.text(alphabet="[]{}:-*&!|>%@\"' \n\tassay1name"))
def test_whatever_stands_in_a_file_only_a_refusal_comes_out(text: str | bytes) -> None:
    assert isinstance(outcome(lambda: deals.loads(text)), InputError)
    whole = MINIMAL + text if isinstance(text, str) else MINIMAL.encode() + text
    assert str(outcome(lambda: deals.loads(whole)))


def test_the_names_in_the_list_are_those_of_the_deals() -> None:
    names = {deal_id: deals.sample(deal_id).name for deal_id in deals.samples()}
    assert deals.sample_names() == names


# --- answers ------------------------------------------------------------------------------------


def answered(**answer: Any) -> dict[str, Any]:
    return {"assay": 1, "name": "X", "answers": {"CMP-03": answer}}


def test_an_answer_of_an_older_file_opens() -> None:
    piece = {"file": "log.csv", "sha256": "ab", "page": 3, "seen_by": "LW"}
    old = answered(level=2, status="documented", note="n", evidence=[piece])
    read = deals.from_mapping(old)
    assert read.answers["CMP-03"].level == 2
    assert deals.loads(deals.dumps(read)) == read


def test_a_date_may_stand_without_quotes() -> None:
    text = MINIMAL + (
        "answers:\n  CMP-03:\n    level: 2\n    status: claimed\n"
        "    evidence: [{file: log.csv, date: 2026-10-30, expires: 2027-04-28}]\n"
    )
    read = deals.loads(text)
    assert read.answers["CMP-03"].evidence[0].date == "2026-10-30"
    assert deals.loads(deals.dumps(read)) == read


def test_everything_of_an_answer_survives_writing() -> None:
    decision = {"by": "LW", "reason": "seen on site", "date": "2026-11-20"}
    full = answered(
        level=2, status="verified", note={"en": "n", "zh": "注"}, override=decision, cured=decision,
        evidence=[{"lab_run": "r1", "kind": "benchmark", "date": "2026-11-01",
                   "against": True, "resolved": decision}, {"calculation": "mfu_implied"}],
    )  # fmt: skip
    read = deals.from_mapping(full)
    assert deals.loads(deals.dumps(read)) == read


@pytest.mark.parametrize(
    ("answer", "field", "says"),
    [
        ({"status": "documentd"}, "answers.CMP-03.status", "write documented"),
        ({"status": "sure"}, "answers.CMP-03.status", "write unknown, assumed, claimed"),
        ({"level": 5}, "answers.CMP-03.level", "5 is not a level; write 0, 1, 2, 3 or 4"),
        ({"level": -1}, "answers.CMP-03.level", "-1 is not a level"),
        ({"level": "high"}, "answers.CMP-03.level", "high is not a level"),
        ({"overide": {}}, "answers.CMP-03.overide", "near it: override"),
        ({"override": {"bye": "x"}}, "answers.CMP-03.override.bye", "near it: by"),
        ({"evidence": [{"fil": "x"}]}, "answers.CMP-03.evidence.0.fil", "near it: file"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_field(
    answer: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(InputError) as caught:
        deals.from_mapping(answered(**answer))
    assert caught.value.field == field
    assert says in str(caught.value)


def test_an_answer_to_a_question_that_no_longer_exists_is_kept() -> None:
    given = {"assay": 1, "name": "X", "answers": {"OLD-99": {"level": 2, "status": "claimed"}}}
    read = deals.from_mapping(given)
    assert deals.loads(deals.dumps(read)).answers["OLD-99"].level == 2


def test_two_answers_to_one_question_are_refused_and_neither_is_chosen() -> None:
    first, second = "{level: 1, status: claimed}", "{level: 4, status: verified}"
    with pytest.raises(InputError, match="line 5: CMP-03 is written twice; keep one of the two"):
        deals.loads(f"assay: 1\nname: X\nanswers:\n  CMP-03: {first}\n  CMP-03: {second}\n")
