"""Three hundred texts that nobody should type, and somebody will."""

import itertools
import random

MARKUP = (
    '#read("/etc/passwd")',
    '#include "parts.typ"',
    '#import "@preview/cetz:0.3.0": *',
    '#eval("1+1")',
    "#sys.inputs",
    "#pagebreak()",
    "#set page(width: 1cm)",
    '#image("data.json")',
    "*bold* _it_ `raw` $x^2$ = Heading",
    "]}) #panic() ({[",
    "// comment /* block */",
    "\\u{1F600} \\#",
    "<label> @label",
    "- item\n+ item\n/ term: x",
    "<script>alert(1)</script>",
    "<b>x</b> &amp; &#x41; &nbsp;",
    "]]><![CDATA[",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "'; DROP TABLE invoices; --",
    '" onload="x',
    "%s %n %x {0} {name}",
    "../../etc/passwd",
    "C:\\con\\nul",
    "/Type /Catalog >> endobj",
    "%PDF-1.7 %%EOF startxref 0",
    "(unbalanced",
    "stream\nendstream",
    '{"json": [1, 2',
    '\\"}],"lines":[]',
    "null",
    "true",
    "NaN",
    "1e400",
    "-0",
    "=SUM(A1:A9)",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "~/.ssh/id_rsa",
    "`id` $(id) |id ;id",
)
SCRIPTS = (
    *(
        "Ünïcödé Ĳŋ ǅ ß ẞ ſ",
        "Ελληνικά ΐ ἀρχή",
        "Кириллица Ё ґ ї",
        "Việt Nam ơ̆ ằ ễ",
        "עברית נִקּוּד",
        "العربية مُشَكَّل ١٢٣",
    ),
    *(
        "فارسی ۱۲۳ گ چ",
        "中文 简体 繁體 𠮷",
        "日本語 カタカナ ㍿ ①",
        "한국어 조선말",
        "ไทย ภาษา ๑๒๓ กิ่",
        "हिन्दी क्षत्रिय १२३",
        "தமிழ்",
    ),
    *("বাংলা", "ქართული", "Հայերեն", "አማርኛ", "ខ្មែរ", "မြန်မာ", "བོད་", "ᏣᎳᎩ", "𐍈 𝔘𝔫𝔦", "☃ ☂ ✓ ✗ ★ ♥ ☐"),
    *("→ ⇒ ↔ ∑ ∞ ≠ ≤", "½ ¼ ² ₂ ‰ № ℃ ™", "€ £ ¥ ₹ ₽ ₿ ₩ ₪", "😀 👩‍👩‍👧‍👦 🇩🇪 👍🏽 ❤️", "┌─┐│█░", "ﬁ ﬂ ﷽ Ｆｕｌｌ"),
    *("a\u0301\u0302\u0303\u0304 Z̴͝a̷l̵g̶o", "\u202eevil\u202c txt.exe", "\u2066iso\u2069 \u200f\u200e"),
    *(
        "zero\u200bwidth\u200cjoin\u200d",
        "soft\u00adhyphen",
        "nbsp\u00a0thin\u2009em\u2003",
        "line\u2028sep\u2029para",
    ),
    *("\ufeffbom", "\ue000private\uf8ff", "\ufffd\ufffc", "\U000e0041tag", "\u0338\u20dd lone marks"),
    *("e\u0e31 mixed ก\u0301", "\u1f3f4\u0644\u0627"),
)
LONG = (
    "W" * 600,
    "i" * 600,
    "漢" * 300,
    "a-" * 200,
    "word " * 100,
    "😀" * 50,
    "https://example.com/" + "x/" * 120,
    "ש" * 300,
)

ALPHABET = "".join(itertools.chain(MARKUP, SCRIPTS))


def texts(count: int = 300) -> list[str]:
    """All of the above, and mixtures of them, always the same."""
    chance = random.Random(300)
    made = [*MARKUP, *SCRIPTS, *LONG]
    while len(made) < count:
        made.append("".join(chance.choice(ALPHABET) for _ in range(chance.randint(1, 60))).strip() or "x")
    return made
