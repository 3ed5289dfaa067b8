"""Sentences with identifiers planted in them, and others that only look like it, in English and
Chinese; made from a seed, with the check digits that the real ones carry.
"""

import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Planted:
    """A text, and where each identifier in it stands: (start, end, kind)."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


def digits(rng: random.Random, n: int) -> str:
    """``n`` digits, the first not zero."""
    return str(rng.randint(1, 9)) + "".join(rng.choice(string.digits) for _ in range(n - 1))


def with_luhn(body: str) -> str:
    """The body with the digit that Luhn's check asks for."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 * (value > 9)
    return body + str(-total % 10)


def card(rng: random.Random) -> str:
    """A card number in one of the spellings that people use."""
    prefix, n = rng.choice(
        [
            *(("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("37", 15), ("6011", 16)),
            *(("62", 16), ("622848", 19), ("3528", 16)),
        ]
    )
    number = with_luhn(prefix + digits(rng, n - 1 - len(prefix)))
    style = rng.choice(["bare", " ", "-"])
    if style == "bare":
        return number
    if n == 15:
        return style.join((number[:4], number[4:10], number[10:]))
    return style.join(number[k : k + 4] for k in range(0, n, 4))


def chinese_id(rng: random.Random) -> str:
    """An identity number of eighteen digits."""
    area = rng.choice(["110105", "310104", "440305", "510107", "330106", "420111", "610113"])
    born = f"{rng.randint(1950, 2006)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = area + born + f"{rng.randint(1, 999):03}"
    total = sum(int(d) * (2 ** (17 - k) % 11) for k, d in enumerate(body))
    return body + "10X98765432"[total % 11]


def ssn(rng: random.Random) -> str:
    """A social security number."""
    area = rng.choice([a for a in range(1, 900) if a != 666])
    return f"{area:03}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"


def nino(rng: random.Random) -> str:
    """A British national insurance number."""
    letters = rng.choice(["AB", "CE", "JK", "SW", "PX", "HR"])
    a, b, c = (f"{rng.randint(0, 99):02}" for _ in range(3))
    sep = rng.choice(["", " "])
    return sep.join((letters, a, b, c, rng.choice("ABCD")))


def european_id(rng: random.Random) -> str:
    """An identity number of Spain, Italy, Poland or Sweden."""
    kind = rng.randint(0, 3)
    if kind == 0:
        number = rng.randint(10_000_000, 99_999_999)
        return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"
    if kind == 1:
        from stdnum.it import codicefiscale

        body = "".join(rng.choice("BCDFGLMNPRSTV") for _ in range(6))
        body += f"{rng.randint(40, 99)}{rng.choice('ABCDEHLMPRST')}{rng.randint(1, 28):02}"
        body += rng.choice(["H501", "F205", "L219"])
        return body + codicefiscale.calc_check_digit(body)
    day = f"{rng.randint(50, 99)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    if kind == 2:
        body = day + f"{rng.randint(1000, 9999)}"
        weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
        check = -sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 10
        return f"PESEL {body}{check}"
    dashed = with_luhn(day + f"{rng.randint(100, 999)}")
    return f"{dashed[:6]}-{dashed[6:]}"


def email(rng: random.Random) -> str:
    """An address."""
    name = rng.choice(["john.smith", "mei_li88", "o-brien", "a.b.c", "zhangwei", "info+news", "x1"])
    host = rng.choice(
        ["example.com", "mail.example.co.uk", "qq.com", "163.com", "uni-bonn.de", "a-b.io"]
    )
    return f"{name}{rng.randint(0, 999)}@{host}"


def chinese_phone(rng: random.Random) -> str:
    """A mobile or a landline, in one of the usual spellings."""
    m = rng.choice(["138", "139", "150", "186", "177", "199", "133"]) + digits(rng, 8)
    area, n = rng.choice([("010", 8), ("021", 8), ("0755", 8), ("0571", 8), ("0931", 7)])
    line = str(rng.randint(2, 8)) + digits(rng, n - 1)
    return rng.choice(
        [
            m,
            f"{m[:3]}-{m[3:7]}-{m[7:]}",
            f"{m[:3]} {m[3:7]} {m[7:]}",
            f"+86 {m}",
            f"+86-{m}",
            f"+86{m}",
            f"(+86) {m[:3]} {m[3:7]} {m[7:]}",
            f"{area}-{line}",
            f"({area}) {line}",
            f"({area}){line}",
            f"{area} {line}",
            f"{area}{line}",
            f"+86 {area[1:]} {line}",
            f"{area}-{line}-{rng.randint(100, 9999)}",
        ]
    )


def western_phone(rng: random.Random) -> str:
    """A telephone of America, Britain, France, Germany, Japan or India."""
    area, a, b = rng.choice(["415", "212", "646", "303"]), rng.randint(200, 999), digits(rng, 4)
    return rng.choice(
        [
            f"({area}) {a}-{b}",
            f"{area}-{a}-{b}",
            f"{area}.{a}.{b}",
            f"+1 {area} {a} {b}",
            f"+1-{area}-{a}-{b}",
            f"1-{area}-{a}-{b}",
            f"+44 20 7{digits(rng, 3)} {digits(rng, 4)}",
            f"020 7{digits(rng, 3)} {digits(rng, 4)}",
            f"07{rng.randint(400, 499)} {digits(rng, 6)}",
            f"+44 7{rng.randint(400, 499)} {digits(rng, 6)}",
            f"+33 6 {rng.randint(10, 69)} {rng.randint(10, 99)} {rng.randint(10, 99)} 45",
            f"06 {rng.randint(10, 69)} {rng.randint(10, 99)} {rng.randint(10, 99)} 45",
            f"+49 30 {digits(rng, 7)}",
            f"+49 151 {digits(rng, 8)}",
            f"+81 3-{rng.randint(3200, 6999)}-{digits(rng, 4)}",
            f"+91 98{digits(rng, 3)} {digits(rng, 5)}",
            f"+61 4{rng.randint(10, 39)} {rng.randint(100, 999)} {rng.randint(100, 999)}",
        ]
    )


def ip(rng: random.Random) -> str:
    """An internet address."""
    if rng.random() < 0.6:
        return f"{rng.choice([10, 172, 192, 203, 54])}.{rng.randint(16, 31)}." + ".".join(
            str(rng.randint(0, 255)) for _ in range(2)
        )
    return rng.choice(
        [
            f"2001:db8::{rng.randint(1, 9999):x}",
            f"fe80::{rng.randint(4096, 65535):x}:{rng.randint(4096, 65535):x}",
            ":".join(f"{rng.randint(4096, 65535):x}" for _ in range(8)),
        ]
    )


def key(rng: random.Random) -> str:
    """A secret of a machine."""
    letters = string.ascii_letters + string.digits

    def some(n: int, of: str = letters) -> str:
        return "".join(rng.choice(of) for _ in range(n - 1)) + "7"

    return rng.choice(
        [
            "AKIA" + some(16, string.ascii_uppercase + string.digits),
            "ghp_" + some(36),
            "github_pat_" + some(22) + "_" + some(59),
            "sk-" + some(48),
            "sk-proj-" + some(40),
            "sk-ant-api03-" + some(60),
            "AIza" + some(35),
            f"xoxb-{digits(rng, 12)}-{digits(rng, 12)}-{some(24)}",
            f"eyJhbGciOiJIUzI1NiJ9.eyJ{some(30)}.{some(43)}",
            f"-----BEGIN RSA PRIVATE KEY-----\n{some(64)}\n-----END RSA PRIVATE KEY-----",
            f"-----BEGIN PRIVATE KEY-----\n{some(64)}\n-----END PRIVATE KEY-----",
        ]
    )


_Make: TypeAlias = Callable[[random.Random], str]

_EN: Final[dict[str, tuple[_Make, list[str]]]] = {
    "email": (email, ["Write to {} for details.", "Contact: {}", "<{}> wrote:", "from {}, today"]),
    "phone": (
        western_phone,
        ["Call me at {} tomorrow.", "{} is our number", "Reach the office on {}.", "Tel: {}"],
    ),
    "id_number": (
        lambda rng: rng.choice([ssn, nino, european_id, chinese_id])(rng),
        ["His ID is {}.", "Applicant {} was registered", "Number: {}", "She gave {} at the desk"],
    ),
    "bank_card": (card, ["Charged to {} on Monday.", "card number {}", "Visa {} exp 09/27"]),
    "ip": (ip, ["Login from {} failed.", "The server at {} is down", "host {} refused"]),
    "key": (key, ["export TOKEN={}", "My key is {} , keep it safe", 'api = "{}"']),
}
_ZH: Final[dict[str, tuple[_Make, list[str]]]] = {
    "email": (email, ["请发邮件到{}咨询。", "邮箱：{}", "联系人张伟（{}）"]),
    "phone": (
        chinese_phone,
        ["请拨打{}联系我们。", "电话：{}", "他的手机号是{}，请保存", "王女士 {} 已确认"],
    ),
    "id_number": (chinese_id, ["身份证号{}，请核对。", "证件号码：{}", "本人{}声明如下"]),
    "bank_card": (card, ["卡号{}已绑定。", "请转账至{}（工商银行）", "银行卡：{}"]),
    "ip": (ip, ["登录地址为{}。", "服务器{}无响应", "来自 {} 的请求"]),
    "key": (key, ["密钥为 {} ，请勿外传", "token：{}", "配置 key={} 后重启"]),
}


def _day(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1990, 2025)
    return rng.choice([f"{year}-{month:02}-{day:02}", f"{month:02}/{day:02}/{year}"])


def _version(rng: random.Random) -> str:
    return ".".join(str(rng.randint(0, 30)) for _ in range(4))


_EN_NOT: Final[tuple[_Make, ...]] = (
    lambda r: (
        f"The price rose from ${digits(r, 3)}.99 to ${digits(r, 4)}.50 in {r.randint(1990, 2025)}."
    ),
    lambda r: f"Released on {_day(r)} at 10:{r.randint(10, 59)}:00.",
    lambda r: f"Upgrade to version {_version(r)} now.",
    lambda r: f"Order #{digits(r, 10)} has shipped.",
    lambda r: f"Tracking number {digits(r, 12)} was scanned.",
    lambda r: f"The sum is {digits(r, 22)} exactly.",
    lambda r: f"ISBN 978-0-{digits(r, 2)}-{digits(r, 6)}-{r.randint(0, 9)}",
    lambda r: f"commit {''.join(r.choice('0123456789abcdef') for _ in range(40))}",
    lambda r: (
        f"See section {r.randint(1, 9)}.{r.randint(1, 9)}.{r.randint(1, 9)} on page {digits(r, 3)}."
    ),
    lambda r: (
        f"Population: {r.randint(1, 9)},{digits(r, 3)},{digits(r, 3)} in {r.randint(1900, 2020)}."
    ),
    lambda r: f"pi is 3.{digits(r, 15)} and e is 2.{digits(r, 12)}.",
    lambda r: f"The meeting is on {_day(r)} at 14:30.",
    lambda r: f"timestamp {1_600_000_000 + r.randint(0, 99_999_999)} in the log",
    lambda r: f"From {r.randint(1900, 1950)} to {r.randint(1951, 2020)}, 12 345 678 people moved.",
    lambda r: f"uuid {digits(r, 8)}-ab12-4cde-8f01-{digits(r, 6)}abcdef",
    lambda r: (
        f"arXiv:{r.randint(1001, 2512)}.{digits(r, 5)} and doi 10.{digits(r, 4)}/{digits(r, 7)}"
    ),
    lambda r: f"std::vector<int> a({digits(r, 6)}); // x::y",
    lambda r: f"Use @media and node@{r.randint(1, 20)}.{r.randint(0, 9)}.0 with logo@2x.png.",
    lambda r: f"GDP of {digits(r, 3)} 000 000 000 dollars",
    lambda r: f"IMEI {with_luhn('35' + digits(r, 12))} belongs to the phone",
)
_ZH_NOT: Final[tuple[_Make, ...]] = (
    lambda r: f"价格从{digits(r, 4)}.99元涨到{digits(r, 5)}元。",
    lambda r: f"发布日期：{r.randint(1990, 2025)}年{r.randint(1, 12)}月{r.randint(1, 28)}日",
    lambda r: f"订单号：{digits(r, 16)}，已发货",
    lambda r: f"快递单号{digits(r, 12)}已签收",
    lambda r: f"版本{r.randint(1, 9)}.{r.randint(0, 9)}.{r.randint(0, 9)}.{r.randint(0, 99)}已发布",
    lambda r: f"总人口{digits(r, 8)}人，面积{digits(r, 6)}平方公里",
    lambda r: f"ISBN：978-7-{digits(r, 3)}-{digits(r, 5)}-{r.randint(0, 9)}",
    lambda r: f"参见第{r.randint(1, 9)}.{r.randint(1, 9)}.{r.randint(1, 9)}节，第{digits(r, 3)}页",
    lambda r: f"圆周率约为3.{digits(r, 14)}。",
    lambda r: (
        f"会议时间：{r.randint(2000, 2025)}-{r.randint(1, 12):02}-{r.randint(1, 28):02} 09:30"
    ),
    lambda r: f"编号{digits(r, 18)}的文件",
    lambda r: f"股票代码{digits(r, 6)}，成交{digits(r, 9)}股",
    lambda r: f"哈希值{''.join(r.choice('0123456789abcdef') for _ in range(32))}",
    lambda r: f"国内生产总值{digits(r, 6)}.{digits(r, 1)}亿元，同比增长{r.randint(1, 9)}.3%",
)
_EN_WORDS: Final = """
the quick report says that our team met in the old house and found nothing new while the
weather stayed cold through winter and people kept walking along the river every morning
""".strip().split()
_ZH_WORDS: Final = """
我们 今天 讨论 项目 进展 会议 安排 大家 认为 需要 更多 时间 准备 材料 天气 很好
""".strip().split()


def texts(language: str, n: int, *, seed: int = 0) -> list[Planted]:
    """``n`` texts of a few sentences: about half with an identifier, all with other numbers."""
    rng = random.Random(f"{language}{seed}")
    english = language == "en"
    kinds, not_ = (_EN, _EN_NOT) if english else (_ZH, _ZH_NOT)
    words, gap = (_EN_WORDS, " ") if english else (_ZH_WORDS, "")
    found = []
    for _ in range(n):
        spans: list[tuple[int, int, str]] = []
        text = ""
        for _ in range(rng.randint(2, 4)):
            text += gap.join(rng.choice(words) for _ in range(rng.randint(4, 12)))
            text += ". " if language == "en" else "。"
            if rng.random() < 0.5:
                text += rng.choice(not_)(rng)
            else:
                kind = rng.choice(list(kinds))
                make, frames = kinds[kind]
                value = make(rng)
                head, _, tail = rng.choice(frames).partition("{}")
                text += head
                begin = len(text) + (6 if value.startswith("PESEL ") else 0)
                text += value
                spans.append((begin, len(text), kind))
                text += tail
            text += "\n"
        found.append(Planted(text, tuple(spans)))
    return found
