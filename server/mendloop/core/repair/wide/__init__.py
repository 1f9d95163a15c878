"""Recipes of the second round: every place, every name, every copy, where the usual slips fail."""
