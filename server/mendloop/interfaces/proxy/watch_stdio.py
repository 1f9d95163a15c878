"""The observer of standard input and output."""

import secrets

from mendloop.interfaces.proxy.cut import LineCutter
from mendloop.interfaces.proxy.frames import Frame, Kind
from mendloop.interfaces.proxy.ledger import Ledger
from mendloop.interfaces.proxy.talk import DIED, Talk


class StdioWatch:
    """One connection, from its first byte to the end of the server."""

    def __init__(self, ledger: Ledger) -> None:
        self._talk = Talk(ledger, secrets.token_hex(8))
        self._client, self._server = LineCutter(), LineCutter()

    def see(self, frame: Frame) -> None:
        """Take in what the relay tells."""
        match frame.kind:
            case Kind.CLIENT:
                for line in self._client.feed(frame.payload):
                    self._talk.client(line, frame.at)
            case Kind.SERVER:
                for line in self._server.feed(frame.payload):
                    self._talk.server(line, frame.at)
            case Kind.END:
                how = frame.payload.decode()
                self._talk.fail(DIED, f"The call was not answered: {how}.", frame.at)
            case _:
                self._lost(frame.kind)

    def _lost(self, kind: Kind) -> None:
        if kind is Kind.LOST_CLIENT:
            self._client.lose()
        elif kind is Kind.LOST_SERVER:
            self._server.lose()
            self._talk.missed()

    def close(self, at: float) -> None:
        """The relay itself was killed, and could not say how the server ended."""
        self._talk.fail(DIED, "The call was not answered: the connection ended.", at)
