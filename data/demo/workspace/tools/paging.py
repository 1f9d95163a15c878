"""Pages of search results."""


def page_count(total, per_page=20):
    """Return how many pages it takes to show all results; no results take no page."""
    return total // per_page + 1
