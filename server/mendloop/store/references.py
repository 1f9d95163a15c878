"""Which contents the records name: none of them may be thrown away."""

from typing import Final

from mendloop.model.ids import Digest
from mendloop.model.proposal import NO_FILE
from mendloop.noun import dataclass
from mendloop.store.sqlite import Statements

_VERSIONS: Final = "SELECT DISTINCT digest FROM versions WHERE digest <> ?1"
# what was deployed, what it replaced, and what a proposal would do: all of it can be shown or done
_CHANGES: Final = """
SELECT json_extract(file.value, '$.old') FROM deployments, json_each(files) AS file
UNION SELECT json_extract(file.value, '$.new') FROM deployments, json_each(files) AS file
UNION SELECT json_extract(file.value, '$.old') FROM proposals, json_each(files) AS file
UNION SELECT json_extract(file.value, '$.new') FROM proposals, json_each(files) AS file
UNION SELECT expected FROM files
UNION SELECT held FROM files
"""
# anything of the length of a digest that the audit speaks of: certificates, and what may come
_AUDITED: Final = """
SELECT DISTINCT fact.atom FROM audit, json_tree(facts) AS fact
WHERE fact.type = 'text' AND length(fact.atom) = 64
"""
_WAITING: Final = """
SELECT DISTINCT json_extract(file.value, '$.new') FROM proposals, json_each(files) AS file
WHERE waiting = 1
"""


@dataclass(frozen=True, slots=True)
class References:
    """All tables that name contents."""

    statements: Statements

    async def needed(self) -> frozenset[Digest]:
        """Contents that must be there: of every version, expected file and waiting proposal."""
        rows = [
            *await self.statements.fetch(_VERSIONS, NO_FILE),
            *await self.statements.fetch("SELECT expected FROM files WHERE expected <> ?", NO_FILE),
            *await self.statements.fetch(_WAITING),
        ]
        return frozenset(Digest(row[0]) for row in rows)

    async def named(self) -> frozenset[Digest]:
        """Contents that anything names at all."""
        rows = [
            *await self.statements.fetch(_VERSIONS, NO_FILE),
            *await self.statements.fetch(_CHANGES),
            *await self.statements.fetch(_AUDITED),
        ]
        return frozenset(Digest(row[0]) for row in rows if row[0] is not None)
