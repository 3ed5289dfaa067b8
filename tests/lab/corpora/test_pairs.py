"""Pairs are the counted ones, and variants of one base never stand on both sides."""

import dataclasses
import gettext
import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.messages import InputError
from lab.corpora import messages_file, pairs, shipped
from lab.corpora.pairs import base_name
from lab.corpora.split import shared
from tests.lab.corpora.installed import needs

SKINS = ("light", "medium-light", "medium", "medium-dark", "dark")


@needs("emoji")
class TestEmoji:
    def test_the_names_have_their_counts(self) -> None:
        found = pairs.load()
        counts = shipped.corpora()["emoji"].counts
        assert len(found.sources) == counts["pairs"] == 4_082
        assert len(set(found.sources)) == counts["sources"] == 3_972

    @pytest.mark.parametrize("seed", range(3))
    def test_no_base_source_or_translation_is_on_both_sides(self, seed: int) -> None:
        found = pairs.load()
        split = found.split(seed=seed)
        assert not shared(split, [base_name(source) for source in found.sources])
        assert not shared(split, found.sources)
        assert not shared(split, found.targets)
        assert 0.1 < len(split.test) / len(found.sources) <= 0.151

    def test_a_random_split_would_have_shared_most_bases(self) -> None:
        found = pairs.load()
        bases = [base_name(source) for source in found.sources]
        with_variants = [i for i, base in enumerate(bases) if bases.count(base) > 1]
        assert len(with_variants) > 0.6 * len(bases)


@pytest.mark.parametrize(
    "names",
    [
        ("woman running", "man running dark skin tone", "person running facing right"),
        ("woman red hair", "man bald", "person medium-dark skin tone curly hair", "older person"),
        ("women holding hands", "woman and man holding hands", "men holding hands"),
        ("kiss", "kiss woman man dark skin tone light skin tone", "kiss man man"),
        ("mermaid", "merman medium skin tone", "merperson"),
        ("men’s room", "women’s room"),
    ],
)
def test_variants_of_one_picture_share_a_base(names: tuple[str, ...]) -> None:
    assert len({base_name(name) for name in names}) == 1


@given(st.sampled_from(["waving hand", "cook", "fire engine", "mango"]), st.sampled_from(SKINS))
def test_a_skin_tone_never_changes_the_base(name: str, skin: str) -> None:
    assert base_name(f"{name} {skin} skin tone") == base_name(name)


def test_different_pictures_have_different_bases() -> None:
    names = ("manual wheelchair", "mango", "light bulb", "snowman", "dark bread", "red heart")
    assert [base_name(name) for name in names] == list(names)


@needs("libreoffice")
class TestLibreOffice:
    def test_the_messages_have_their_counts(self) -> None:
        """18,746 pairs were counted in this version, 14,908 of 2 to 30 words."""
        found = pairs.load(name="libreoffice")
        corpus = shipped.corpora()["libreoffice"]
        if found.provenance.sha256 != corpus.content_sha256:
            assert len(found.sources) > 10_000
            pytest.skip("the distribution ships another version of LibreOffice")
        assert len(found.sources) == corpus.counts["pairs"]
        assert f"of {corpus.counts['messages']} messages" in str(found.provenance.notes[0])
        assert len(found.sources) == pytest.approx(14_908, rel=0.01)

    def test_they_hold_sentences_without_markup_or_mnemonics(self) -> None:
        found = pairs.load(name="libreoffice")
        for source, target in zip(found.sources, found.targets, strict=True):
            assert 2 <= len(source.split()) <= 30
            assert not set("<>{}") & set(source + target)
        assert ("Save a Copy...", "保存副本...") in zip(found.sources, found.targets, strict=True)
        assert not any(target.endswith("(_O)") for target in found.targets)

    def test_nothing_is_on_both_sides(self) -> None:
        found = pairs.load(name="libreoffice")
        split = found.split()
        assert not shared(split, [source.lower() for source in found.sources])
        assert not shared(split, found.targets)


def test_each_shipped_set_stands_in_for_the_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = {"🐕": "dog", "🐈": "cat"}
    folder = tmp_path / "emoji"
    folder.mkdir()
    (folder / shipped.STAMP).write_text("{}")
    (folder / "emoji.json").write_text(
        "{" + ",".join(f'"{k}": {{"en": ":{v}:"}}' for k, v in names.items()) + "}", "utf-8"
    )
    (folder / "emoji_zh.json").write_text('{"🐕": ":狗:", "🐈": ":猫:"}', "utf-8")
    monkeypatch.setenv("ASSAY_CORPORA", str(tmp_path))
    not_installed = {
        name: dataclasses.replace(corpus, installed=None)
        for name, corpus in shipped.corpora().items()
    }
    monkeypatch.setattr(shipped, "corpora", lambda: not_installed)
    found = pairs.load(name="libreoffice")
    assert found.provenance.is_fallback
    assert sorted(zip(found.sources, found.targets, strict=True)) == [("cat", "猫"), ("dog", "狗")]
    assert "LibreOffice messages" in str(found.provenance.notes[0])


def test_without_either_the_way_to_them_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shipped, "find", lambda name: None)
    for name in ("emoji", "libreoffice"):
        with pytest.raises(InputError, match="run `python"):
            pairs.load(name=name)
    with pytest.raises(InputError, match="write emoji, libreoffice"):
        pairs.load(name="opus")


def catalogue(entries: dict[bytes, bytes], order: str) -> bytes:
    """A message catalogue as msgfmt writes it."""
    n, blob = len(entries), b""
    at, tables = 28 + 16 * n, (b"", b"")
    for texts, table in ((sorted(entries), 0), ([entries[k] for k in sorted(entries)], 1)):
        rows = b""
        for text in texts:
            rows += struct.pack(f"{order}2I", len(text), at + len(blob))
            blob += text + b"\0"
        tables = (rows, tables[1]) if table == 0 else (tables[0], rows)
    header = struct.pack(f"{order}7I", 0x950412DE, 0, n, 28, 28 + 8 * n, 0, at)
    return header + tables[0] + tables[1] + blob


ENTRIES = {
    b"": b"Content-Type: text/plain; charset=UTF-8\n",
    b"menu\x04Open file": "打开文件".encode(),
    b"one row\0many rows": "行".encode(),
}


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_catalogue_of_either_byte_order_gives_messages_without_context(order: str) -> None:
    content = catalogue(ENTRIES, order)
    found = dict(messages_file.messages(content))
    assert (found["Open file"], found["one row"]) == ("打开文件", "行")
    as_gettext = gettext.GNUTranslations(io.BytesIO(content))
    assert as_gettext.pgettext("menu", "Open file") == found["Open file"]


@given(st.binary(max_size=200), st.integers(0, 120))
def test_bytes_that_are_no_catalogue_are_refused(noise: bytes, cut: int) -> None:
    for content in (noise, catalogue(ENTRIES, "<")[:cut]):
        with pytest.raises(messages_file.BrokenCatalogueError):
            list(messages_file.messages(content))


def test_a_table_of_pairs_is_read_and_its_odd_lines_counted(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    rows = [f"sentence {i}\t第{i}句" for i in range(30)]
    path.write_bytes("\r\n".join([*rows, rows[0], "no tab here"]).encode("gb18030"))
    found = pairs.load(path)
    assert len(found.sources) == 30
    notes = " ".join(map(str, found.provenance.notes))
    assert "gb18030" in notes
    assert "1 are no pairs and 1 repeat another" in notes
    assert not shared(found.split(), found.sources)


def test_one_translation_of_two_sources_is_on_one_side(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"source {i}\t译文{i // 2}\n" for i in range(60)), encoding="utf-8")
    found = pairs.load(path)
    assert not shared(found.split(test_share=0.4), found.targets)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("a,b\nc,d\n", "2 of 2 lines are not a source, one tab"),
        ("a\tb\tc\n" * 5, "the first is line 1"),
    ],
)
def test_a_file_without_pairs_is_refused(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=says):
        pairs.load(path)


def test_a_single_pair_cannot_be_split(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("hello\t你好\n", "utf-8")
    with pytest.raises(InputError, match="cannot be split"):
        pairs.load(path).split()
