"""Has a watch come to an answer? Light: a server asks at every start."""

import json


def over(evidence: str) -> bool:
    """Whether the text of some evidence holds an answer already."""
    kept = json.loads(evidence)
    return bool(kept["alarm"] or kept["accepted"] or kept["calls"] >= kept["rule"]["horizon"])
