from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from prodworthy.interfaces.console.rendering import age, asset, date, moment, rate, render, seconds, share, tenths

NOW = 1_795_435_200_000_000_000


def test_values_are_written_as_people_read_them() -> None:
    assert (moment(NOW), date(NOW)) == ("2026-11-23 12:00", "2026-11-23")
    assert [tenths(value) for value in (0, 7, 30, 50)] == ["0.0", "0.7", "3.0", "5.0"]
    assert [share(value) for value in (0, 5, 995_000, 1_000_000)] == ["0.00 %", "0.00 %", "99.50 %", "100.00 %"]
    assert seconds(190_000) == "0.190 s"
    assert [rate(value) for value in (0.0, 0.25, 9.99, 11.5, 2_500.0)] == [
        "\N{EN DASH}",
        "0.25/s",
        "9.99/s",
        "12/s",
        "2,500/s",
    ]


@pytest.mark.parametrize(
    "passed, said",
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h"), (86_399, "23 h"), (86_400, "1 d")],
)
def test_an_age_is_told_in_one_unit(passed: int, said: str) -> None:
    assert age(NOW - passed * 10**9, NOW) == said


def test_never_is_a_dash_and_the_future_is_now() -> None:
    assert age(0, NOW) == "\N{EN DASH}"
    assert age(NOW + 10**12, NOW) == "0 s"


def test_a_value_that_is_missing_is_a_fault_and_not_a_blank() -> None:
    with pytest.raises(UndefinedError):
        render("problem.html", now=NOW, title="x")


def test_everything_is_escaped() -> None:
    text = render("problem.html", now=NOW, title="<b>", text="\"'&<script>")
    assert "<b>" not in text
    assert "&#34;&#39;&amp;&lt;script&gt;" in text


def test_files_are_found_by_their_name_alone() -> None:
    assert asset("console.css")
    for name in ("", "..", "../app.py", "templates", "/etc/passwd", "console.css/"):
        assert asset(name) is None
