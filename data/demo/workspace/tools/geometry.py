"""Sizes of pictures."""


def _factor(width, height, box_width, box_height):
    """Return by how much a picture must shrink to fit into a box."""
    return min(box_width / width, box_height / height)


def scale(width, height, box_width, box_height):
    """Return the (width, height) at which a picture fits into a box.

    The proportions stay, and a picture is never enlarged.
    """
    factor = min(_factor(width, height, box_height, box_width), 1.0)
    return (max(round(width * factor), 1), max(round(height * factor), 1))
