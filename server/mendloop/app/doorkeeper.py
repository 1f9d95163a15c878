"""Know a bearer token again. Makes none: that is a person's, in ``app.tokens``."""

from collections.abc import Collection
from hashlib import sha256

from mendloop.app.ports import Clock
from mendloop.app.service import service
from mendloop.model.ids import Digest
from mendloop.model.token import Token
from mendloop.store.state import State


def digest_of_secret(secret: str) -> Digest:
    """What is kept of a token.

    One round of SHA-256, and no bcrypt: a slow hash makes up for secrets that people choose. These
    have 256 random bits, which nobody guesses at any speed, and every request has to be hashed.
    """
    return Digest(sha256(secret.encode(errors="replace")).hexdigest())


@service
class Doorkeeper:
    """Asks the file each time, so that what a person does counts at once in every process."""

    state: State
    clock: Clock

    async def closed(self) -> bool:
        """Whether a token was ever made: from then on nobody comes in without one.

        Raises:
            Unavailable: The file cannot be read.
        """
        return await self.state.tokens_ever()

    async def bearer(self, secret: str) -> Token | None:
        """The token in force with this secret. Notes the day of its use.

        Raises:
            Unavailable: The file cannot be read, or the first use of a day not be noted.
        """
        now = self.clock.now()
        token = await self.state.token(digest_of_secret(secret))
        if token is None or not token.in_force(now):
            return None
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if token.used is None or token.used < today:
            async with self.state.transaction() as tables:
                await tables.tokens.note_use(token.digest, day=today)
        return token

    async def gone(self, digests: Collection[Digest]) -> frozenset[Digest]:
        """Which of these open nothing any more.

        Raises:
            Unavailable: The file cannot be read.
        """
        now = self.clock.now()
        found = {digest: await self.state.token(digest) for digest in digests}
        return frozenset(
            digest for digest, token in found.items() if token is None or not token.in_force(now)
        )
