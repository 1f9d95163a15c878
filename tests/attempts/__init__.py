"""Attempts to get a change in without the key of a person, each with what becomes of it.

python -m tests.attempts    prints the table, and counts it
"""
