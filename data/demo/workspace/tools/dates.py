"""Dates for invoices and reports."""

from datetime import date, timedelta


def month_end(day):
    """Return the last day of the month that an ISO date lies in."""
    given = date.fromisoformat(day)
    next_month = date(given.year, given.month + 1, 1)
    return next_month - timedelta(days=1)
