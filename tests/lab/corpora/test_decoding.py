"""Text in whatever encoding is read as what it says, or refused with what was tried."""

import codecs

import pytest

from costmodel.messages import InputError
from lab.corpora.decoding import TRIED, decode

CHINESE = "这本书的内容很好，我们都喜欢。但是送货太慢了，而且包装有一点破。\n" * 8
TRADITIONAL = "這本書的內容很好，我們都喜歡。但是送貨太慢了，而且包裝有一點破。\n" * 8
FRENCH = "Le garçon a déjà mangé où l’été s’achève : « c’est là », dit-il.\n".replace("’", "'") * 8
ENGLISH = "To be, or not to be: that is the question.\n" * 8
KOREAN = "이 책의 내용은 아주 좋습니다. 우리는 모두 좋아합니다.\n" * 12
JAPANESE = "この本はとても面白いです。また読みたいと思います。\n" * 12


@pytest.mark.parametrize(
    ("text", "written_in", "found"),
    [
        (ENGLISH, "ascii", "utf-8"),
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "utf-8-sig", "utf-8"),
        (CHINESE, "utf-16", "utf-16"),
        (CHINESE, "utf-32", "utf-32"),
        (CHINESE, "utf-16-le", "utf-16-le"),
        (ENGLISH, "utf-16-be", "utf-16-be"),
        (CHINESE, "gbk", "gb18030"),
        (CHINESE + "𠮷", "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (FRENCH, "latin-1", "latin-1"),
        (FRENCH.replace("'", "’"), "cp1252", "cp1252"),
        ("中文和英文 mixed", "gb18030", "gb18030"),
    ],
)
def test_a_text_is_read_as_it_was_written(text: str, written_in: str, found: str) -> None:
    decoded = decode(text.encode(written_in))
    assert (decoded.text, decoded.encoding) == (text, found)


@pytest.mark.parametrize(
    ("text", "written_in"),
    [(KOREAN, "euc-kr"), (JAPANESE, "euc-jp"), (JAPANESE, "shift-jis")],
)
def test_an_encoding_that_is_not_known_is_refused_rather_than_misread(
    text: str, written_in: str
) -> None:
    with pytest.raises(InputError) as refused:
        decode(text.encode(written_in), name="book.txt")
    for encoding in TRIED:
        assert encoding in str(refused.value)


def test_chinese_cut_in_the_middle_of_a_character_is_not_called_western() -> None:
    with pytest.raises(InputError, match="Save it as UTF-8"):
        decode(CHINESE.encode("utf-8")[:-2] + b"\xff")


@pytest.mark.parametrize(
    "content",
    [bytes(range(256)) * 20, b"\x7fELF\x02\x01\x01\x00" + bytes(200), b"\x89PNG\r\n\x1a\n\x00\x00"],
)
def test_a_binary_file_is_no_text(content: bytes) -> None:
    with pytest.raises(InputError, match="binary"):
        decode(content)


def test_a_mark_that_the_content_contradicts_is_refused() -> None:
    with pytest.raises(InputError, match="begins with the mark of utf-8"):
        decode(codecs.BOM_UTF8 + "é".encode("latin-1") * 3)


def test_line_ends_become_line_feeds() -> None:
    assert decode(b"one\r\ntwo\rthree\n").text == "one\ntwo\nthree\n"
