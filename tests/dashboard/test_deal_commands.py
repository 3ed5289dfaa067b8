"""``assay deals``: what other programs read, files byte for byte, refusals in one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.cli import app
from dashboard.store.access import LOCAL
from dashboard.store.store import open_store


@pytest.fixture(autouse=True)
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_DATABASE_URL", f"sqlite:///{tmp_path}/assay.sqlite")


def printed(*words: str) -> str:
    done = CliRunner().invoke(app, ["deals", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def found(*words: str) -> Any:
    return json.loads(printed(*words, "--json"))


def imported(*paths: Path) -> list[str]:
    return [one["id"] for one in found("import", *map(str, paths))["imported"]]


@pytest.mark.parametrize("deal_id", deals.samples())
def test_import_and_export_give_the_same_bytes(tmp_path: Path, deal_id: str) -> None:
    path = deals.samples()[deal_id]
    (stored,) = imported(path)
    out = tmp_path / "out.yaml"
    said = found("export", stored, "--out", str(out))
    assert out.read_bytes() == path.read_bytes()
    assert said["bytes"] == len(path.read_bytes())
    (again,) = imported(out)
    assert open_store().load(again, user=LOCAL).deal == deals.sample(deal_id)


def test_a_deal_that_was_edited_is_exported_alike_each_time(tmp_path: Path) -> None:
    (stored,) = imported(deals.samples()["deepseek-v3"])
    edited = deals.sample("deepseek-v3").model_copy(update={"name": "V3, ours 🚀"})
    open_store().save(stored, edited, base=1, user=LOCAL, why="")
    first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
    for out in (first, second):
        printed("export", stored, "--out", str(out))
    assert first.read_bytes() == second.read_bytes()
    assert deals.load(first) == edited
    (again,) = imported(first)
    printed("export", again, "--out", str(second))
    assert first.read_bytes() == second.read_bytes()
    assert printed("export", stored, "--version", "1").encode() == (
        deals.samples()["deepseek-v3"].read_bytes()
    )


def test_an_architecture_beside_the_file_is_written_into_the_deal(tmp_path: Path) -> None:
    config = deals.samples()["bloom-176b"].with_name("bloom-176b.json")
    (tmp_path / "mine.json").write_bytes(config.read_bytes())
    text = "assay: 1\nname: Mine\nplan:\n  model: {hf_config: mine.json}\n  tokens: 1.0e+12\n"
    (tmp_path / "deal.yaml").write_text(text)
    (stored,) = imported(tmp_path / "deal.yaml")
    (tmp_path / "elsewhere").mkdir()
    out = tmp_path / "elsewhere" / "deal.yaml"
    printed("export", stored, "--out", str(out))
    assert deals.load(out) == deals.load(tmp_path / "deal.yaml")


def test_the_fields_that_other_programs_read() -> None:
    (stored,) = imported(deals.samples()["glm-130b"])
    (line,) = found("list")["deals"]
    assert set(line) >= {"id", "name", "version", "changed_at", "author", "role"}
    assert (line["id"], line["version"], line["role"]) == (stored, 1, "owner")
    shown = found("show", stored)
    assert set(shown) >= {"id", "name", "role", "versions", "members", "audit"}
    assert [v["number"] for v in shown["versions"]] == [1]
    assert [e["action"] for e in shown["audit"]] == ["save", "create"]


def test_the_other_commands_take_a_stored_deal() -> None:
    (stored,) = imported(deals.samples()["glm-130b"])
    for words in (["check", stored], ["risk", "score", stored, "--as-of", "2026-11-27"]):
        done = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
        like = CliRunner().invoke(
            app, [*[w if w != stored else "glm-130b" for w in words], "--json"]
        )
        assert json.loads(done.stdout) == json.loads(like.stdout)


def test_whoever_holds_the_database_acts_for_a_person() -> None:
    path = str(deals.samples()["glm-130b"])
    printed("import", path, "--user", "ana@fund.com")
    assert found("list")["deals"] == []
    (line,) = found("list", "--user", "Ana@Fund.com")["deals"]
    printed("share", line["id"], "bo@fund.com", "viewer", "--user", "ana@fund.com")
    assert found("list", "--user", "bo@fund.com")["deals"][0]["role"] == "viewer"


def test_a_backup_goes_back_and_what_was_there_is_kept(tmp_path: Path) -> None:
    imported(deals.samples()["glm-130b"])
    path = tmp_path / "b.zip"
    assert found("backup", str(path))["deals"] == 1
    imported(deals.samples()["bloom-176b"])
    with pytest.raises(InputError, match="--replace"):
        printed("restore", str(path))
    assert len(found("list")["deals"]) == 2
    assert found("restore", str(path), "--replace")["versions"] == 1
    assert len(found("list")["deals"]) == 1
    (before,) = tmp_path.glob("before-restore-*.zip")
    printed("restore", str(before), "--replace")
    assert len(found("list")["deals"]) == 2


def test_of_several_files_none_is_imported_where_one_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("assay: 1\nname: X\nfinanse: {}\n")
    with pytest.raises(InputError, match=r"bad\.yaml: .*nothing was imported"):
        imported(deals.samples()["glm-130b"], bad)
    assert found("list")["deals"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "none"], "no such deal"),
        (["show", "d" + "0" * 20], "no such deal"),
        (["export", "d" + "0" * 20], "no such deal"),
        (["list", "--user", "nobody"], "not an e-mail address"),
        (["restore", "/none/b.zip"], "cannot be read"),
        (["backup", "/none/b.zip"], "cannot be written"),
    ],
)
def test_bad_input_is_one_sentence(words: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        printed(*words)


def test_a_name_too_long_for_a_deal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text(f"assay: 1\nname: {'x' * 10_000}\n")
    with pytest.raises(InputError, match="name"):
        imported(path)


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (stored,) = imported(deals.samples()["glm-130b"])
    with pytest.raises(InputError, match="cannot be written"):
        printed("export", stored, "--out", str(tmp_path / "none" / "x.yaml"))
    (tmp_path / "x.yaml").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        printed("export", stored, "--out", str(tmp_path / "x.yaml"))
    assert list(tmp_path.glob("*.part")) == list(tmp_path.glob(".*.part")) == []
