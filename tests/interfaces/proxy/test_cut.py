"""However a stream is chunked, the same messages are in it."""

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mendloop.interfaces.proxy.cut import MOST_BYTES, EventCutter, LineCutter, Piece

pieces = st.lists(
    st.sampled_from([b"\n", b"\r", b"\r\n", b"data:", b"data: x", b"id: 1", b":", b"y"])
)


def chunked(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:stop] for start, stop in pairwise(places)]


@settings(deadline=None)
@given(st.binary(max_size=300), st.lists(st.integers(0, 300)))
def test_lines_do_not_depend_on_the_chunks(data: bytes, cuts: list[int]) -> None:
    cutter = LineCutter()
    found = [piece.data for chunk in chunked(data, cuts) for piece in cutter.feed(chunk)]
    assert found == [each for each in data.split(b"\n")[:-1] if each.strip()]


@settings(deadline=None)
@given(pieces, st.lists(st.integers(0, 300)))
@example([b"data: x", b"\r\n", b"\r\n", b"y"], [8])
def test_events_do_not_depend_on_the_chunks(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    whole, cut = EventCutter(), EventCutter()
    expected = [piece for chunk in [data, b"\n"] for piece in whole.feed(chunk)]
    found = [piece for chunk in [*chunked(data, cuts), b"\n"] for piece in cut.feed(chunk)]
    assert found == expected


def test_the_data_of_an_event_is_joined_and_the_rest_left_out() -> None:
    cutter = EventCutter()
    stream = b'event: message\r\nid: 4\r\ndata: {"a":\r\ndata: 1}\r\n\r\n: a comment\n\ndata:z\n\n'
    assert list(cutter.feed(stream)) == [Piece(b'{"a":\n1}'), Piece(b"z")]


def test_of_a_line_that_is_too_long_the_head_is_kept_and_the_next_is_whole() -> None:
    cutter = LineCutter()
    long = b"x" * (MOST_BYTES + 1)
    found = [
        piece
        for start in range(0, len(long), 65536)
        for piece in cutter.feed(long[start : start + 65536])
    ]
    assert found == []
    found = list(cutter.feed(b"\nnext\n"))
    assert found == [Piece(long[:512], whole=False), Piece(b"next")]


def test_after_a_loss_the_line_that_it_fell_in_is_none() -> None:
    cutter = LineCutter()
    assert list(cutter.feed(b'{"id":')) == []
    cutter.lose()
    assert list(cutter.feed(b'9}\n{"id":1}\n')) == [Piece(b'{"id":1}')]


def test_an_event_of_any_length_keeps_no_more_than_may_be_kept() -> None:
    cutter = EventCutter()
    (piece,) = cutter.feed(b"data: " + b"x" * (MOST_BYTES + 1) + b"\n\n")
    assert not piece.whole
    assert len(piece.data) <= 512
