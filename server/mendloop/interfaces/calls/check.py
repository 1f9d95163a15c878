"""Rules about arguments that hold between several of them."""

from mendloop.errors import InvalidInput


def one_of(**arguments: object) -> None:
    """Refuse unless exactly one argument is given.

    Raises:
        InvalidInput: None is given, or several are.
    """
    given = [name for name, value in arguments.items() if value is not None]
    if len(given) != 1:
        known = ", ".join(f"`{name}`" for name in arguments)
        which = " and ".join(f"`{name}`" for name in given) or "none"
        raise InvalidInput(
            f"Exactly one of {known} is needed; given: {which}.", hint=f"Pass one of {known}."
        )
