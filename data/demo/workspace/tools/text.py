"""Texts for lists and links."""

import re


def headline(text, limit=32):
    """Return the first line of a text, at most limit characters; empty where there is none."""
    if text is None:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = lines[0]
    if len(first) <= limit:
        return first
    return first[: limit - 3].rstrip() + "..."


def slug(title):
    """Return a title as the last part of a web address."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words)
