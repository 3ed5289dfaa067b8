"""A place in a text that holds an identifier, and the words that tell what stands beside it."""

import re
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from lab.audit.words import BETWEEN

Kind: TypeAlias = Literal["email", "phone", "id_number", "bank_card", "bank_account", "ip", "key"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

#: Characters before a number that are read for what it is.
_BEFORE: Final = 40


class Span(NamedTuple):
    """Where an identifier begins and ends, and its kind."""

    start: int
    end: int
    kind: Kind


def before(text: str, start: int) -> str:
    """What stands right before a place in the same text, in lower case."""
    return text[max(0, start - _BEFORE) : start].rpartition(BETWEEN)[2].lower()


#: What a word before a number makes of it: a telephone's, a person's in some register, or an
#: article's, an order's, a version's.
_WORDS: Final[dict[str, str]] = {
    word: meaning
    for meaning, words in {
        "phone": "phone phones telephone telephones tel call cell mobile fax whatsapp sms ring "
        "dial hotline reach tél téléphone telefon telefono teléfono handy móvil movil celular "
        "cellulare mobil portable telefone tlf",
        "id": "ssn id tin nin nino tax nhs utr itin sin bsn pesel nip idnr nir sociale nif nie "
        "dni fiscale hetu cpr cnp egn isikukood kodas kods oib jmbg emšo emso amka ahv avs pan cpf "
        "svnr aadhaar fødselsnummer registre nuip taxpayer",
        "thing": "order orders invoice invoices serial isbn issn imei sku ean upc doi barcode "
        "batch lot ticket reference ref transaction version build hash checksum patent arxiv "
        "timestamp unix epoch product item parcel shipment population total revenue uuid guid "
        "commit model tracking $ € £ ¥ ￥",
    }.items()
    for word in words.split()
}
_PAIRS: Final[dict[tuple[str, str], str]] = {
    ("social", "security"): "id",
    ("national", "insurance"): "id",
    ("personal", "number"): "id",
    ("personal", "code"): "id",
    ("part", "number"): "thing",
    ("part", "no"): "thing",
    ("case", "number"): "thing",
    ("po", "box"): "thing",
    ("text", "me"): "phone",
}
_BEGINNINGS: Final = (
    *("identi", "passport", "steuer", "burgerservice", "personnummer", "personbeteckning", "rodn"),
    *("henkil", "sozialversicherung", "rijksregister", "pps"),
)
_PHRASES: Final[dict[str, str]] = {
    phrase: meaning
    for meaning, phrases in {
        "phone": "电话 手机 座机 致电 来电 拨打 热线 传真 联系 微信 短信 手機 電話 聯絡 传呼",
        "id": "身份证 證件 证件 身份證 护照 護照 社保 公民身份",
        "thing": "订单 单号 编号 序列号 流水 条码 条形码 编码 发票 批号 版本 型号 书号 货号 快递 "
        "运单 专利 股票 时间戳 金额 总计 共计 價格 价格 人口 單號 訂單",
    }.items()
    for phrase in phrases.split()
}
_WORD: Final = re.compile(r"[^\W\d_]+|[$€£¥￥]")
#: What stands before one of these tells nothing of the number.
_END_OF_CLAUSE: Final = re.compile(r"[\n。！？；]")


def last_clause(context: str) -> str:
    """The part of a context that belongs to the number after it."""
    return _END_OF_CLAUSE.split(context)[-1]


def says(context: str) -> str:
    """What the nearest telling word before a number makes of it: phone, id, thing or nothing."""
    words = _WORD.findall(last_clause(context))
    following = ""
    for word in reversed(words):
        if meaning := _WORDS.get(word) or _PAIRS.get((word, following)):
            return meaning
        if word.isascii():
            if word.startswith(_BEGINNINGS):
                return "id"
        else:
            nearest = max((word.rfind(phrase), meaning) for phrase, meaning in _PHRASES.items())
            if nearest[0] >= 0:
                return nearest[1]
            if word.startswith(_BEGINNINGS):
                return "id"
        following = word
    return ""
