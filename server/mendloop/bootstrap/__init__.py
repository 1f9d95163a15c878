"""Tie the parts together. The only package that knows them all."""

from mendloop.bootstrap.house import House, open_house, wall_clock

__all__ = ["House", "open_house", "wall_clock"]
