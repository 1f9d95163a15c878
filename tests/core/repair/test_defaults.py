"""A value put in for what was not there is told from a first entry and from a right constant."""

import pytest

from mendloop.core.repair.defaults import defaults_added


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("home = os.environ['HOME']", "home = os.environ.get('HOME', '')"),
        ("home = os.environ['HOME']", "home = os.getenv('HOME')"),
        ("return d[k] + x", "return d.get(k, 0) + x"),
        ("return d[k]", "return d.get(k)"),
        ("return max(xs)", "return max(xs, default=0)"),
        ("return next(it)", "return next(it, None)"),
        ("return len(xs)", "return len(xs or [])"),
        ("return a / b", "return a / b if b else 0"),
        ("return x.size", "return getattr(x, 'size', -1)"),
    ],
)
def test_a_default_that_was_put_in_is_seen(old: str, new: str) -> None:
    assert defaults_added(old, new)
    assert not defaults_added(new, new)
    assert not defaults_added(new, old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("n[k] += 1", "n[k] = n.get(k, 0) + 1"),
        ("groups[k].append(v)", "groups.setdefault(k, []).append(v)"),
        ("return xs[n]", "return xs[n - 1]"),
        ("return d[k]", "if k not in d: raise ValueError('k is missing')"),
        ("return d[k]", "return d.get(k, other)"),
        ("return d[k]", "return d[k"),
    ],
)
def test_what_loses_nothing_is_no_default(old: str, new: str) -> None:
    assert not defaults_added(old, new)
