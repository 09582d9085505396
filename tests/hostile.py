"""Five hundred strings that break what is careless with text, made from families; none is taken from a list of others."""

from itertools import product

CALL = "window.ran=(window.ran||0)+1"  # what a browser would do if it ran one; tests count it
QUOTES = ["", '"', "'", "`", '">', "'>", "</p>", "</textarea>", "</title>", "</script>", "-->", "]]>", "*/", "\\"]
ELEMENTS = [
    f"<script>{CALL}</script>", f"<img src=x onerror={CALL}>", f"<svg onload={CALL}>", f"<body onload={CALL}>",
    f"<iframe srcdoc='<script>parent.{CALL}</script>'>",
    f"<input autofocus onfocus={CALL}>", f"<details open ontoggle={CALL}>", f"<a href='javascript:{CALL}'>x</a>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{display:none}</style>", f"<math><mtext></p><img src onerror={CALL}>",
]  # fmt: skip
INSIDE = [
    f"onmouseover={CALL} x=",
    f"autofocus onfocus={CALL}",
    "style=position:fixed",
    f"formaction=javascript:{CALL}",
    "srcset=//evil.example",
    f"accesskey=x onclick={CALL}",
]
SCHEMES = [
    "javascript:",
    "JaVaScRiPt:",
    "java\tscript:",
    " javascript:",
    "data:text/html,",
    "vbscript:",
    "//evil.example/",
    "https:evil.example",
    "\\\\evil.example",
]
STYLES = [
    "expression(alert(1))",
    "url(//evil.example/x)",
    "@import '//evil.example'",
    "}*{display:none",
    "-moz-binding:url(x)",
    "behavior:url(x)",
    "</style><b>",
    "\\3c b\\3e",
]
TEMPLATES = [
    "{{7*7}}", "{{ request.user }}", "{{ settings.SECRET_KEY }}", "{% debug %}", "{% include 'base.html' %}", "{% load static %}",
    "{# gone #}", "${7*7}", "#{7*7}", "<%= 7*7 %>",
    "[[7*7]]", "{{constructor.constructor('x')()}}", "{%", "{{", "%}", "{% endblock %}", "{{ ''.__class__ }}", "*{7*7}", "@(7*7)",
    "{{=7*7}}",
]  # fmt: skip
SQL = [
    "' OR '1'='1", "'; DROP TABLE patients_log; --", '" OR ""="', "1; SELECT 1", "' UNION SELECT NULL--", "') OR 1=1--", "%' OR '%'='",
    "_%", "\\' OR 1=1 --", "admin'--",
    "' || (SELECT 1) || '", "$$;SELECT 1;$$", "'; PRAGMA foreign_keys=OFF; --", "COPY x TO '/tmp/x'", "\\x27 OR 1",
    "a' AND 1=(SELECT 1)--", "[1]", "`x`", "' LIKE '%", "NULL",
]  # fmt: skip
FORMULAS = [
    sign + rest for sign, rest in product("=+-@\t＝＋－＠|", ["1+1", "cmd|' /C calc'!A0", 'HYPERLINK("//evil.example","x")', "SUM(A1:A9)"])
]
BREAKS = ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\v", "\f", "%0d%0a", "\\r\\n"]
HEADERS = [
    f"Ana{gap}{line}"
    for gap, line in product(BREAKS, ["Bcc: evil@evil.example", "Set-Cookie: a=b", "Location: //evil.example", "SUMMARY:x"])
]
FORMATS = [
    "%s",
    "%(x)s",
    "%n%n%n",
    "%d",
    "%1$s",
    "{0}",
    "{}",
    "{name}",
    "{0.__class__}",
    "{clinic.users}",
    "%%",
    "%",
    "{",
    "}",
    "{{}}",
    "$name",
    "${x}",
    "%c%c",
    "{:>999}",
    "%999999d",
]
JSONS = [
    '","a":"b',
    "\\u003cb\\u003e",
    '{"$ne":null}',
    "[]",
    "null",
    "\\",
    '\\"',
    "\\u0000",
    "]}",
    '"}]',
    "true",
    "1e999",
    "-0",
    "NaN",
    "Infinity",
    "__proto__",
    "constructor",
    "\\n\\n",
    "\\/",
    "/*",
]
CALENDARS = [
    "x;VALUE=DATE:1",
    "x,y;z\\n",
    "END:VCALENDAR",
    "BEGIN:VALARM",
    "ATTACH:file:///etc/passwd",
    "x\nEND:VEVENT",
    "X-WR:1",
    "x" * 80 + ";",
    "é" * 60,
    "😀" * 30,
]
XMLS = [
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "<![CDATA[x]]>",
    "<?xml version='1.0'?>",
    "&lt;b&gt;",
    "&amp;",
    "&#60;b&#62;",
    "&#x3c;b&#x3e;",
    "&nbsp",
    "&",
    "&quot;",
]
TRAVERSAL = [
    dots + file
    for dots, file in product(["../", "..\\", "%2e%2e/", "....//", "/"], ["etc/passwd", "db.sqlite3", "secret_key", "x.jpg\u202egpj.exe"])
]
INVISIBLE = [
    f"a{c}b"
    for c in "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u061c\u180e"
    "\u2061\u2062\u2063\u2064\u115f\u3164\uffa0\u00a0\u2007\u202f\u3000\u200e\u200f"
]
BIDI = [f"{c}abc {d}" for c, d in product("\u202a\u202b\u202d\u202e\u2066\u2067\u2068", ["\u202c", "\u2069", ""])]
RTL = ["مرحبا", "שלום", "אבג abc 123", "abc مرحبا 123", "١٢٣", "۱۲۳", "नमस्ते", "สวัสดี", "日本語", "한국어"]
FLOODS = [
    "Z" + "\u0300" * 30,
    "e" + "\u0301\u0302\u0303" * 9,
    "\u0e47" * 30,
    "ﷺ" * 20,
    "꧅꧅꧅",
    "𒐫" * 10,
    "\U0001f3fb" * 9,
    "\u20e3" * 9,
    "ͯ" * 30,
    "a" + "\u0489" * 20,
]
EMOJI = [
    "👩‍⚕️",
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇬🇧",
    "🇪🇸🇪",
    "👍🏽",
    "❤️",
    "☺︎",
    "🧑🏿‍🚀",
    "\U000e0067\U000e0062",
    "🐈‍⬛",
    "#️⃣",
    "😀" * 9,
    "\U0001f1e6",
    "🫠",
]
CONTROLS = [f"a{chr(code)}b" for code in [*range(1, 9), *range(14, 32), 127, *range(128, 160)]]
CASES = [
    "İstanbul",
    "ıI",
    "ß",
    "ẞ",
    "ǅ",
    "ﬁ",
    "ſ",
    "K",
    "Å",
    "Å",
    "é",
    "e\u0301",
    "ñ",
    "n\u0303",
    "가",
    "가",
    "Ω",
    "Ω",
    "ΐ",
    "ŉ",
    "ς",
    "ΟΔΟΣ",
    "①",
    "ａｂｃ",
    "ⅷ",
]
NUMBERS = [
    "1_0",
    "１２",
    "٣",
    "0x10",
    "1e3",
    "-1",
    "+1",
    "99999999999999999999",
    "1.0",
    "1,5",
    "½",
    "²",
    "0b1",
    "1'000",
    "00",
    "-0",
    "१",
    "1 000",
    "1\u00a0000",
    "∞",
]
DATES = [
    "2026-02-30",
    "0000-00-00",
    "2026-W12-3",
    "9999-12-31",
    "05/01/2026",
    "2026-3-1",
    "２０２６-03-18",
    "now()",
    "1970-01-01T00:00:00Z",
    "-2026-03-18",
]
ENDS = ["\ufffe", "\uffff", "\U0010ffff", "\ue000", "\ufdd0", "\ufffd", "\u0378", "a\ufff9b\ufffac\ufffb", "\U000e0001", "\U000f0000"]
WHITE = [
    " ",
    "\t",
    "\n",
    " \r\n ",
    "\u00a0",
    "\u3000",
    "\u2003",
    "\u200b",
    "\ufeff",
    "\u2800",
]  # nothing but white space, or what looks like it
LONG = ["x" * 5_000, "<b>" * 2_000, "é" * 5_000, "\n" * 5_000, "a " * 3_000, "😀" * 3_000]
REFUSED = ["\0", "a\0b", "\0<script>", "x" * 50 + "\0"]  # PostgreSQL holds no NUL
SHORT = [
    *(quote + element for quote, element in product(QUOTES[:9], ELEMENTS)), *(f"{quote} {inside}" for quote, inside in product(QUOTES[:6],
    INSIDE)),
    *(scheme + CALL for scheme in SCHEMES), *QUOTES[1:], *STYLES, *TEMPLATES, *SQL, *FORMULAS, *HEADERS, *FORMATS, *JSONS, *CALENDARS,
    *XMLS, *TRAVERSAL, *INVISIBLE,
    *BIDI, *RTL, *FLOODS, *EMOJI, *CONTROLS, *CASES, *NUMBERS, *DATES, *ENDS,
]  # fmt: skip
CORPUS = list(dict.fromkeys([*SHORT, *WHITE, *LONG, *REFUSED]))
GAP = " ¦ "  # between strings that are sent together; in none of them


def packed(limit: int) -> list[str]:
    """All that a field of this length can hold, many in one value; none begins or ends with white space, which forms take off."""
    values, value = [], "a"
    for text in dict.fromkeys(SHORT):
        if len(text) + 8 > limit:
            continue
        if len(value) + len(text) + 2 * len(GAP) > limit:
            values.append(value + GAP.rstrip())
            value = "a"
        value += GAP + text
    return [*values, value + GAP.rstrip()]
