"""The one way in: ``mendloop``, and ``python -m mendloop``."""

import sys


def main() -> None:
    """Run the command line of this process."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["proxy"]:
        _proxy(arguments[1:])
        return
    from mendloop.interfaces.entry import enter  # noqa: PLC0415  ten times what a proxy needs

    enter(arguments)


def _proxy(arguments: list[str]) -> None:
    """Be the relay: a client waits for the server that it stands before."""
    if not sys.flags.safe_path:
        # Nothing is imported from the folder in which a client happens to start its servers, nor
        # from beside the program. Where this package lies is known by now.
        del sys.path[0]
    from mendloop.interfaces.proxy.start import main as proxy  # noqa: PLC0415  only here

    proxy(arguments)


if __name__ == "__main__":
    main()
