from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.detectors.unsafe.address import Hosts, host, leads, plain, scheme, written_host


@pytest.mark.parametrize(
    "address,expected",
    [
        ("https://a.test/b", "a.test"),
        ("HTTP:\\\\A.Test:80\\b", "a.test"),
        ("//u:p@a.test?x", "a.test"),
        ("https:a.test", "a.test"),
        ("www.a.test.", "www.a.test"),
        ("https://b\u00fccher.test", "xn--bcher-kva.test"),
        ("https://a\u3002test", "a.test"),
        ("https://[2001:db8::1]:8/", "[2001:db8::1]"),
        ("https://a b/", "ab"),
        ("https://", ""),
        ("https://a!b/", ""),
        ("https://" + "\u00fc" * 70 + ".test", ""),
        ("unknown-app:x", ""),
        ("mailto:a@b.test", None),
        ("page.html", None),
        ("#top", None),
    ],
)
def test_the_host_is_the_one_that_a_browser_would_ask(address: str, expected: str | None) -> None:
    assert host(plain(address)) == expected


def test_only_what_names_a_place_leads_somewhere() -> None:
    assert all(leads(plain(each)) for each in ("a-b:c", "//a", "\\\\a", "www.a", " ht\ntp:a"))
    assert not any(leads(each) for each in ("a/b", "/a", "?a=b:c", "C:/a", ""))
    assert (scheme("Https:x"), scheme("x/y:z")) == ("https", "")


def test_a_wildcard_allows_what_is_below_and_not_the_host_itself() -> None:
    hosts = Hosts(("*.b\u00fccher.test", "a.test"))
    assert hosts.allow("x.xn--bcher-kva.test")
    assert not hosts.allow("xn--bcher-kva.test")
    assert [hosts.allow(name) for name in ("a.test", "x.a.test", "")] == [True, False, False]


@given(st.text(max_size=60))
def test_any_address_has_a_host_or_none(address: str) -> None:
    name = host(plain("https://" + address))
    assert name is not None
    assert name.isascii()
    host(plain(address))


def test_a_host_is_allowed_as_it_is_written_and_in_ascii_alike() -> None:
    hosts = Hosts(("*.example.com", "b\u00fccher.test", "*.xn--bcher-kva.example"))
    for name in ("example.com", "a.example.com", "b\u00fccher.test", "B\u00dcCHER.test", "b\u00fc\u034fcher.test"):
        for end in ("", ".example.com", ".b\u00fccher.example", "[", "\u00e9"):
            address = f"//{name}{end}/x"
            written, plainly = written_host(address), host(address)
            assert written is not None
            assert plainly is not None
            assert hosts.allow_written(written) is hosts.allow(plainly), address
