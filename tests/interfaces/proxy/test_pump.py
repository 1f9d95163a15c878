"""Bytes go on as they came, whoever is quick or slow or gone."""

import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.interfaces.proxy.frames import Frame, Kind, frames
from mendloop.interfaces.proxy.pump import Pump
from mendloop.interfaces.proxy.tap import MOST_HELD, Tap


@pytest.mark.promise("proxy/relays-unchanged")
@settings(deadline=None)
@given(st.lists(st.binary(max_size=2_000), max_size=20), st.integers(1, 5_000))
def test_random_bytes_in_any_chunks_pass_unchanged(chunks: list[bytes], step: int) -> None:
    source, to = os.pipe()
    came, sink = os.pipe()
    seen: list[bytes] = []
    pump = Pump(source, sink, seen.append)
    pump.start()
    for chunk in chunks:
        os.write(to, chunk)
    os.close(to)
    out = b""
    while part := os.read(came, step):
        out += part
    pump.join()
    os.close(came)
    assert out == b"".join(chunks) == b"".join(seen)


def test_descriptors_that_do_not_wait_are_waited_for() -> None:
    source, to = os.pipe()
    came, sink = os.pipe()
    for each in (source, sink):
        os.set_blocking(each, False)
    pump = Pump(source, sink, lambda _: None)
    pump.start()
    sent = os.urandom(500_000)
    with os.fdopen(came, "rb") as reader, os.fdopen(to, "wb", buffering=0) as writer:
        for start in range(0, len(sent), 10_000):
            writer.write(sent[start : start + 10_000])
            assert reader.read(10_000) == sent[start : start + 10_000]
    pump.join()


def test_a_writer_learns_that_its_reader_has_left() -> None:
    source, to = os.pipe()
    came, sink = os.pipe()
    os.close(came)
    pump = Pump(source, sink, lambda _: None)
    pump.start()
    os.write(to, b"x")
    pump.join()
    assert pump.reader_left
    with pytest.raises(BrokenPipeError):
        os.write(to, b"y")
    os.close(to)


def test_what_an_observer_has_no_room_for_is_told_as_lost() -> None:
    source, sink = os.pipe()
    tap = Tap(sink)
    megabyte = bytes(1024 * 1024)
    for _ in range(MOST_HELD // len(megabyte) + 3):  # nobody reads: none of these calls waits
        tap.put(Kind.SERVER, megabyte)
    kinds: list[Kind] = []
    with os.fdopen(source, "rb") as pipe:
        for frame in frames(pipe):
            kinds.append(frame.kind)
            if kinds.count(Kind.SERVER) == 10 and Kind.END not in kinds:
                kinds.append(Kind.END)
                tap.put(Kind.SERVER, b"after")
            if frame.payload == b"after":
                tap.close()
    assert kinds[-2:] == [Kind.LOST_SERVER, Kind.SERVER]


def test_an_observer_that_has_gone_costs_nothing() -> None:
    source, sink = os.pipe()
    os.close(source)
    tap = Tap(sink)
    for _ in range(100):
        tap.put(Kind.CLIENT, bytes(1024 * 1024))
    tap.close()


@settings(deadline=None)
@given(st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=50), st.integers(1, 9))
def test_frames_are_read_as_they_were_written(
    kind: Kind, stream: int, payload: bytes, cut: int
) -> None:
    source, sink = os.pipe()
    frame = Frame(kind, stream, time.monotonic(), payload)
    os.write(sink, frame.packed() * 2 + frame.packed()[:-cut])
    os.close(sink)
    with os.fdopen(source, "rb") as pipe:
        assert list(frames(pipe)) == [frame, frame]
