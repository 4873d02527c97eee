import contextlib
import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.protocols.document import MAX_DEPTH, Unreadable, edit_document, read_document, read_json
from prodworthy.policy.core.refusal import Code

_TEXT = st.text(alphabet=st.characters(codec="utf-8"))
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_LAYOUTS = st.sampled_from(
    [
        {"separators": (",", ":")},
        {"indent": 1},
        {"ensure_ascii": False},
        {"separators": (",", ":"), "ensure_ascii": False},
    ]
)


def _code(body: bytes) -> Code:
    with pytest.raises(Unreadable) as raised:
        read_document(body)
    return raised.value.refusal.code


@given(st.dictionaries(_TEXT, _VALUES, max_size=5), _LAYOUTS)
def test_what_json_writes_is_read_as_it_was(value: dict[str, Any], layout: dict[str, Any]) -> None:
    assert read_document(json.dumps(value, **layout).encode()) == value


@given(
    st.binary(max_size=40) | _VALUES.map(lambda value: json.dumps(value).encode()),
    st.integers(0, 40),
    st.binary(max_size=2),
)
def test_whatever_is_accepted_means_the_same_to_another_parser(body: bytes, place: int, noise: bytes) -> None:
    body = body[:place] + noise + body[place:]
    try:
        value = read_json(body)
    except Unreadable:
        return
    assert json.loads(body) == value


@given(st.lists(st.sampled_from(["a", "b"]), max_size=6), st.integers(1, 30))
def test_a_key_twice_is_refused_at_any_depth(path: list[str], number: int) -> None:
    body = f'{{"k":1,"k":{number}}}'
    for key in path:
        body = f'{{"{key}":[{body}]}}'
    assert _code(body.encode()) is Code.DUPLICATE_KEY


@pytest.mark.parametrize(
    "body, code",
    [
        (b"", Code.BAD_JSON),
        (b"[]", Code.BAD_JSON),
        (b"null", Code.BAD_JSON),
        (b"{", Code.BAD_JSON),
        (b'{"a":1}x', Code.BAD_JSON),
        (b'{"a":NaN}', Code.BAD_JSON),
        (b'{"a":Infinity}', Code.BAD_JSON),
        (b'{"a":1e999}', Code.BAD_JSON),
        (b'{"a":01}', Code.BAD_JSON),
        (b'{"a":"\xff"}', Code.BAD_JSON),
        (b'{"a":"\xed\xa0\x80"}', Code.BAD_JSON),
        (b'{"a":"\\ud800"}', Code.BAD_JSON),
        (b'{"a":"\\udc00\\ud800"}', Code.BAD_JSON),
        (b'{"a":"\n"}', Code.BAD_JSON),
        (b'\xef\xbb\xbf{"a":1}', Code.BAD_JSON),
        (b'{"a":1}'.decode().encode("utf-16"), Code.BAD_JSON),
        (b'{"a":' + b"9" * 5_000 + b"}", Code.BAD_JSON),
        (b'{"a":1,"\\u0061":2}', Code.DUPLICATE_KEY),
        (b'{"a":' * 129 + b"1" + b"}" * 129, Code.TOO_DEEP),
        (b'{"a":' + b"[" * 1_000_000, Code.TOO_DEEP),
        (b'{"a":' * 100_000, Code.TOO_DEEP),
    ],
)
def test_what_could_mean_two_things_is_refused(body: bytes, code: Code) -> None:
    assert _code(body) is code


def test_the_deepest_document_is_read_and_one_level_more_is_not() -> None:
    deepest = b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"
    assert read_document(deepest)
    assert _code(deepest.replace(b"[]", b"[[]]")) is Code.TOO_DEEP
    assert read_document(b'{"a":"' + b"[" * 1_000 + b'"}')


def test_no_depth_ends_in_anything_but_a_refusal() -> None:
    for depth in range(MAX_DEPTH, 1_100, 7):
        for space in (b"", b" "):
            assert _code(b'{"a":' + space + b"[" * depth + b"]" * depth + b"}") is Code.TOO_DEEP


def test_long_whole_numbers_are_exact_or_refused() -> None:
    for space in (b"", b" "):
        for digits in (20, 400, 4_300):
            assert read_document(b'{"a":' + space + b"9" * digits + b"}")["a"] == 10**digits - 1
        for digits in (4_301, 100_000):
            assert _code(b'{"a":' + space + b"9" * digits + b"}") is Code.BAD_JSON


def test_a_refusal_never_repeats_the_body() -> None:
    for body in (b'{"secret-value"', b'{"a":secret-value}', b'{"secret-value":1,"secret-value":2}', b'"secret-value'):
        with pytest.raises(Unreadable) as raised:
            read_document(body)
        assert "secret" not in raised.value.refusal.text


def _seconds(body: bytes) -> float:
    begun = time.process_time()
    with contextlib.suppress(Unreadable):
        read_document(body)
    return time.process_time() - begun


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":[' + b"[]," * 600_000 + b"[]]}",
        b'{"a":[' + b'{"b":1},' * 250_000 + b"1]}",
        b"{" + b",".join(b'"%d":1' % number for number in range(200_000)) + b"}",
        b'{"a": "' + b"\\u0000" * 300_000 + b'"}',
        b'{"a":[' + b"1.50," * 400_000 + b"1]}",
    ],
    ids=["lists", "objects", "keys", "escapes", "numbers"],
)
def test_two_megabytes_of_the_worst_kind_take_seconds_at_most(body: bytes) -> None:
    assert _seconds(body) < 5.0


def test_an_edit_keeps_the_bytes_of_every_other_field() -> None:
    body = b'{"model":"a", "x_new": {"y" : 1.50, "\\u00e9":[ ]},"stream":true}'
    edited = edit_document(body, {"stream_options": b'{"include_usage":true}', "model": b'"b"'})
    assert edited == (
        b'{"model":"b","x_new":{"y" : 1.50, "\\u00e9":[ ]},"stream":true,"stream_options":{"include_usage":true}}'
    )
    assert list(msgspec.json.decode(edited)) == ["model", "x_new", "stream", "stream_options"]
