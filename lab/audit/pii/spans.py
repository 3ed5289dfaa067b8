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


def last_said(context: str, words: "re.Pattern[str]") -> int:
    """Where in the context one of these words ends last; below zero where none does."""
    end = -1
    for found in words.finditer(context):
        end = found.end()
    return end


#: A number after one of these is a telephone's.
OF_PHONE: Final = re.compile(
    r"\b(?:tele)?phones?\b|\btel\b|\bcall\b|\bcell\b|\bmobile\b|\bfax\b|\bwhats ?app\b|\bsms\b|"
    r"\bring\b|\bdial\b|\bhotline\b|\btext me\b|\breach (?:me|us|him|her)\b|t[ée]l(?:[ée]phone)?\b|"
    r"telefon|tel[ée]fono|handy|m[óo]vil|celular|cellulare|mobil\b|portable\b|"
    r"电话|手机|座机|致电|来电|拨打|热线|传真|联系|微信|短信|機|電話|聯絡"
)
#: A number after one of these is a person's in some register.
OF_ID: Final = re.compile(
    r"\bssn\b|social security|\bnational (?:id|insurance|identity)|\bidentity\b|identification|"
    r"\bid(?: ?card)?(?: ?(?:no|number|nr|nummer))?\b|\btax ?(?:id|number|no)|\btin\b|\bnin\b|"
    r"\bnino\b|\bpersonal (?:code|number|id)|\bpassport|\bnhs\b|\butr\b|\bitin\b|\bsin\b|"
    r"\bbsn\b|burgerservice|\bpesel\b|\bnip\b|steuer|\bidnr\b|\bnir\b|s[ée]curit[ée] sociale|"
    r"\bnif\b|\bnie\b|\bdni\b|codice fiscale|personnummer|personbeteckning|henkil[öo]tunnus|"
    r"\bhetu\b|\bcpr\b|\bcnp\b|\begn\b|rodn[ée]|rijksregister|registre national|isikukood|"
    r"asmens kodas|personas kods|\boib\b|\bjmbg\b|\bemšo\b|\bemso\b|\bamka\b|\bpps|\bahv\b|"
    r"\bavs\b|f[øo]dselsnummer|\baadhaar\b|\bpan\b|\bcpf\b|\bsvnr\b|sozialversicherung|\bnuip\b|"
    r"身份证|證件|证件|身份證|护照|護照|社保|公民身份"
)
#: A number after one of these is an article's, an order's, a version's.
OF_THING: Final = re.compile(
    r"\border\b|\binvoice|\btracking|\bserial\b|\bisbn|\bissn|\bimei|\bsku\b|\bean\b|\bupc\b|"
    r"\bdoi\b|\bbarcode|\bbatch\b|\blot\b|\bticket|\bpart (?:no|number)|\breference\b|\bref\b|"
    r"\btransaction|\bcase (?:no|number)|\bversion\b|\bbuild\b|\bhash\b|\bchecksum|\bmodel (?:no|"
    r"number)|\bpatent|\barxiv|\btimestamp|\bunix\b|\bepoch\b|\bproduct\b|\bitem\b|\bpo box|"
    r"\bparcel|\buuid|\bguid|\bcommit\b|\bshipment|\bpopulation|\btotal of|\brevenue|\$|€|£|¥|￥|"
    r"订单|单号|编号|序列号|流水|条码|条形码|编码|发票|批号|版本|型号|书号|货号|快递|运单|专利|"
    r"股票|时间戳|金额|总计|共计|價|价格"
)


#: What stands before one of these tells nothing of the number.
_END_OF_CLAUSE: Final = re.compile(r"[\n。！？；]")


def last_clause(context: str) -> str:
    """The part of a context that belongs to the number after it."""
    return _END_OF_CLAUSE.split(context)[-1]


def says(context: str) -> str:
    """What the nearest telling word before a number makes of it: phone, id, thing or nothing."""
    clause = last_clause(context)
    ends = {
        "phone": last_said(clause, OF_PHONE),
        "id": last_said(clause, OF_ID),
        "thing": last_said(clause, OF_THING),
    }
    nearest = max(ends, key=lambda name: ends[name])
    return nearest if ends[nearest] >= 0 else ""
