"""Encoded values of every sort, for laws to be tried on."""

from hypothesis import strategies as st

from mendloop.model.value import Encoded

_numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
_texts = st.text(max_size=6)
_names = st.text("abcxyz", min_size=1, max_size=3)
_leaves: st.SearchStrategy[Encoded] = st.one_of(
    st.none(),
    st.booleans(),
    _numbers,
    _texts,
    st.binary(max_size=4).map(lambda data: {"$b": data.hex()}),
    st.integers(2**53 + 1, 2**80).map(lambda number: {"$i": str(number)}),
    st.sampled_from(["nan", "inf", "-inf"]).map(lambda text: {"$f": text}),
    st.just({"$decimal": "12.50"}),
    st.just({"$datetime": "2026-01-01T00:00:00+00:00"}),
    st.just({"$enum": ["shop.Colour", "RED"]}),
    st.just({"$opaque": "shop.Money"}),
)


def _around(inner: st.SearchStrategy[Encoded]) -> st.SearchStrategy[Encoded]:
    some = st.lists(inner, max_size=4)
    return st.one_of(
        some,
        some.map(lambda items: {"$t": items}),
        st.sets(st.integers(0, 9), max_size=4).map(lambda items: {"$s": sorted(items)}),
        st.dictionaries(_names, inner, max_size=3),
        st.lists(
            st.tuples(st.integers(0, 9), inner), max_size=3, unique_by=lambda pair: pair[0]
        ).map(lambda pairs: {"$d": [[key, value] for key, value in pairs]}),
        st.dictionaries(_names, inner, max_size=2).map(
            lambda fields: {"$dataclass": ["shop.Line", fields]}
        ),
    )


encoded: st.SearchStrategy[Encoded] = st.recursive(_leaves, _around, max_leaves=8)
