"""How a deployment is watched. Light: known before any number is crunched."""

from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRule:
    """When the monitor speaks."""

    alpha: float
    """At most this share of harmless deployments is taken back, and of harmful ones accepted."""
    horizon: int
    """Calls that are watched at the most."""
    accept_margin: float
    """Healthy once it surely fails at most this much more often than before; a share of calls."""
    least_calls: int
    """Healthy after no fewer calls than this."""
