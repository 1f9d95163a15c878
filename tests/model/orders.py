"""The same graph of objects, written down as another run might have met it."""

from typing import Any, Protocol

from mendloop.model.graph import references


class Chance(Protocol):
    """What mixes a list."""

    def shuffle(self, x: Any, /) -> None:
        """Bring a list into another order."""


def called_otherwise(shapes: Any, objects: list[Any], roots: list[Any], chance: Chance) -> Any:
    """Values with other numbers of their objects, and with sets in other orders."""
    order = list(range(len(objects)))
    chance.shuffle(order)
    table = [_moved(objects[number], order, chance) for number in order]
    return [{"$graph": [shapes, table, _moved(root, order, chance)]} for root in roots]


def _moved(part: Any, order: list[int], chance: Chance) -> Any:
    match part:
        case ["set", *items]:
            return ["set", *_mixed(items, order, chance)]
        case [*parts]:
            return [_moved(each, order, chance) for each in parts]
        case {"$ref": number}:
            return {"$ref": order.index(number)}
        case {**entries}:
            return {
                key: _mixed(each, order, chance)
                if key in {"$s", "$fs"}
                else _moved(each, order, chance)
                for key, each in entries.items()
            }
        case _:
            return part


def _mixed(items: Any, order: list[int], chance: Chance) -> list[Any]:
    """Elements of a set in an order that no address decides; those of a plain one have theirs."""
    moved = [_moved(each, order, chance) for each in items]
    if any(True for _ in references(moved)):
        chance.shuffle(moved)
    return moved
