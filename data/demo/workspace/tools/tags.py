"""Hashtags in notes."""


def collect(notes):
    """Return the hashtags of each note: lower case, each once, in the order they appear."""

    def hashtags(note, found=[]):
        for word in note.split():
            tag = word.strip(".,;:!?").lower()
            if tag.startswith("#") and tag[1:] not in found:
                found.append(tag[1:])
        return found

    return [hashtags(note) for note in notes]
