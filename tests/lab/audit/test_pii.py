"""Identifiers are found by kind, and what only looks like one is not."""

import pytest

from lab.audit.pii.scan import redacted, redacted_all, spans
from tests.lab.audit import planted

_CASES = """
My number is (415) 555-2671|phone
Call +1 (415) 555-2671 or 001-415-555-2671|phone phone
SSN: 078-05-1120|id_number
ssn 078051120|id_number
NINO QQ123456C no|
NI number AB 12 34 56 C|id_number
BSN 111222333|id_number
Steuer-ID 36 574 261 809|id_number
Steueridentifikationsnummer: 36574261809|id_number
NIR 2 95 10 99 126 111 93|id_number
personnummer 811228-9874|id_number
DNI 12345678Z|id_number
NIE X1234567L|id_number
X-1234567-L is the NIE|id_number
codice fiscale RSSMRA85T10A562S|id_number
HETU 131052-308T|id_number
CNP 1630615123457|id_number
PESEL 44051401359|id_number
OIB 33392005961|id_number
rijksregisternummer 85.07.30-033.28|id_number
AHV 756.9217.0769.85|id_number
rodné číslo 710319/2745|id_number
NIF 501964843|id_number
EGN 752316 926 3|
EGN 7523169263|id_number
isikukood 37605030299|id_number
4111 1111 1111 1111|bank_card
5500-0000-0000-0004|bank_card
378282246310005|bank_card
4111111111111111|bank_card
4111111111111112|
IBAN DE89 3704 0044 0532 0130 00 thanks|bank_account
GB82WEST12345698765432|bank_account
192.168.1.1 and 10.0.0.1, 8.8.8.8|ip ip ip
version 1.2.3.4|
v10.2.3.4|
2001:0db8:85a3:0000:0000:8a2e:0370:7334|ip
::1 and std::vector and 12:30:45|
fe80::1ff:fe23:4567:890a%eth0|ip
00:1A:2B:3C:4D:5E|
AKIAIOSFODNN7EXAMPLE|key
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY|key
aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY|key
sk-abcdefghijklmnopqrstuvwxyz123456|key
sk-proj-abc123DEF456ghi789JKL012mno345|key
risk-assessment-2024-and-more-things|
ghp_16C7e42F292c6912E7710c838347Ae178B4a|key
xoxb-123456789012-1234567890123-abcdEFGHijklMNOPqrstUVWX|key
AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY|key
手机13800138000，电话010-65529988转801|phone phone
联系电话：0571-88776655、13912345678|phone phone
传真(021)6352-1234|phone
+86 138-0013-8000|phone
8613800138000|phone
86-13800138000|phone
0086-13800138000|phone
身份证号码11010519491231002X|id_number
身份证 110105194912310021|
身份证号：130503670401001|id_number
邮箱zhangsan@163.com，QQ 12345678|email
卡号6222021234567890123|
john.doe [at] example [dot] com|email
john(at)example.com|email
John <john.o'neil+x@sub.example.co.uk>|email
git@github.com:org/repo.git|
ISBN 978-3-16-148410-0|
ISBN 0-306-40615-2|
The year 2019-2020 saw 1,234,567 people|
2024-01-15T10:30:00Z|
15/03/2024 14:22|
$1,299.99 and 3.14159265358979|
Section 4.2.1.3 says|
order 123-456-7890|
Order no. 13800138000|
订单号 202401151234567890|
4155552671|
phone 4155552671|phone
tel 020 7946 0958|phone
07911 123456|phone
+44 (0)20 7946 0958|phone
+49 (0) 30 1234567|phone
06 12 34 56 78|phone
01.42.68.53.00|phone
030 / 12345678|phone
+7 495 123-45-67|phone
+55 11 91234-5678|phone
+852 2345 6789|phone
+82-10-1234-5678|phone
010-1234-5678|phone
090-1234-5678|phone
0912-345-678|phone
13800138000|phone
138 0013 8000|phone
1380013800|
md5 d41d8cd98f00b204e9800998ecf8427e|
sha 12345678901234567890123456789012|
0x1234567890abcdef|
Invoice 4111111111111111|
IMEI 490154203237518|
eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U|key
token: hf_abcdefghijklmnopqrstuvwxyzABCDEF12|key
passport No. E12345678|id_number
护照号码：G12345678|id_number
A123456(3)|id_number
国家统计局2023年12月31日公布1260582万亿|
lat 40.712776, -74.005974|
1.5e10 and 1234567890.123|
800-810-8888|phone
400-820-8820|phone
4008208820|
客服热线4008208820|phone
Room 101, 555 Main St 90210-1234|
temperature 36.6 36.7 36.8 36.9|
10 000 000 - 20 000 000|
2023 2024 2025|
RMB 12,500,000.00元|
0.0012345678|
192.168.0.0/16|ip
http://10.1.2.3:8080/x|ip
Windows 10.0.19045.3803|
Chrome/120.0.6099.109 Safari|
build 10.0.19045.3803|
case 2:19-cv-01234|
May 5, 2021 12:00:00|
+1 555 123 4567|phone
DOB 1985-07-30|
2023-11-14 08:30:15.123456|
page 123-4567|
ID 22222222|
"""


@pytest.mark.parametrize("case", _CASES.strip().splitlines())
def test_kinds_of_a_sentence(case: str) -> None:
    text, _, kinds = case.rpartition("|")
    assert " ".join(span.kind for span in spans(text)) == kinds


@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_identifiers_are_found_and_little_else(language: str) -> None:
    hits = missed = false = 0
    for text in planted.texts(language, 1000, seed=7):
        found = spans(text.text)
        right = set()
        for start, end, kind in text.spans:
            mine = {
                span
                for span in found
                if span.kind == kind
                and min(end, span.end) - max(start, span.start) >= 0.8 * (end - start)
            }
            right |= mine
            hits += bool(mine)
            missed += not mine
        false += len(set(found) - right)
    assert hits / (hits + missed) >= 0.98
    assert hits / (hits + false) >= 0.98


def test_redaction_leaves_the_kind_and_nothing_of_the_value() -> None:
    text = "Mail a.b@example.com or 13800138000, card 4111 1111 1111 1111."
    assert redacted(text) == "Mail [EMAIL] or [PHONE], card [BANK_CARD]."
    assert spans(redacted(text)) == []


def test_a_batch_is_redacted_as_its_texts_are() -> None:
    texts = [text.text for text in planted.texts("en", 50)]
    assert redacted_all(texts) == [redacted(text) for text in texts]
    assert redacted_all([]) == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "part",
    [
        "a@",
        "sk-",
        "xoxb-a-",
        "eyJ1.",
        "api_key=",
        "1 ",
        "1.",
        "1:",
        "AB12",
        "+1(",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_text_made_to_take_long_does_not(part: str) -> None:
    spans(part * (100_000 // len(part)))
