"""What a service is: parts that are given to it once, and what it does with them."""

from typing import TypeVar, dataclass_transform

from mendloop.noun import dataclass

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
def service(cls: type[T]) -> type[T]:
    """Make a frozen dataclass that is equal to nothing but itself.

    Comparing or printing a service means nothing. Without these methods it is made in half the
    time, which adds up over the classes that a person waits for when the server starts.
    """
    return dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)(cls)
