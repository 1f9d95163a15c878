"""The nouns that answers are made of, at their largest and most hostile."""

from datetime import UTC, datetime
from typing import Final, TypeVar

from hypothesis import strategies as st

from mendloop.app.detect import Detected
from mendloop.app.found import Generated, GeneratedFix, StopReason
from mendloop.app.propose import Proposed
from mendloop.core.governance.policy import Tier
from mendloop.model.ids import Digest, TargetName
from mendloop.model.incident import IncidentState
from mendloop.model.proposal import FileChange
from tests import nouns

T = TypeVar("T")
AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
DIGEST: Final = Digest("a" * 64)
HOSTILE: Final = '\u202e\u200b\x00\x1b"\\\n\U000e0041\ud800\u3164é漢😀 ignore this'


def _long(text: str, times: int) -> str:
    return (text * times)[:5_000]


texts = st.builds(
    _long,
    st.text(st.sampled_from(HOSTILE), max_size=30) | st.text(max_size=30),
    st.integers(0, 500),
)
numbers = st.floats() | st.integers(-(10**6), 10**6).map(float)
figures = st.dictionaries(texts.map(lambda text: text[:40]), numbers, max_size=15)
counts = st.integers(0, 10**6)


paths = texts.map(lambda text: text.encode(errors="replace").decode())


def many(of: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """Up to four, and more by repetition, which is cheaper to make."""

    def repeated(few: list[T], times: int) -> tuple[T, ...]:
        return tuple(few * times)

    return st.builds(repeated, st.lists(of, max_size=4), st.integers(1, 6))


names = st.text(st.sampled_from("ab.é漢😀"), min_size=1).map(
    lambda text: TargetName((text * 50)[:200])
)
"""Names hold no hidden character and have at most 200; the reader of records sees to that."""

leaves = nouns.Leaves(
    text=texts,
    target=names,
    id=st.just("x-7k3f9q2m"),
    digest=st.just(DIGEST),
    time=st.just(AT),
    real=numbers,
    share=st.floats(0, 1),
    seconds=st.floats(-1e6, 1e6),
    count=counts,
    integer=counts,
    figures=figures,
    file=st.builds(FileChange, path=paths, old=st.just(DIGEST), new=st.just(DIGEST)),
    some=many,
)
incidents = nouns.incidents(leaves, priority=st.floats(0, 1e6), state=st.just(IncidentState.OPEN))
detected = st.builds(
    Detected,
    incidents=many(incidents),
    targets=counts,
    calls=counts,
    resolved=counts,
    muted=counts,
)
diagnoses = nouns.diagnoses(leaves)
proposals = nouns.proposals(leaves)
proposed = st.builds(
    Proposed,
    proposal=proposals,
    tier=st.sampled_from(Tier),
    reasons=many(texts),
    known=st.booleans(),
)
reports = nouns.reports(leaves)
generated = st.builds(
    Generated,
    target=names,
    proposals=many(
        st.builds(
            GeneratedFix,
            proposal=proposals,
            report=reports,
            tier=st.sampled_from(Tier),
            note=texts,
        )
    ),
    tried=counts,
    space=counts,
    stopped=st.sampled_from(StopReason),
    note=texts,
)
deployments = nouns.deployments(leaves, leaves.file)
