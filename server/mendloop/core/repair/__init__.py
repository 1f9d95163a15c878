"""Stage 4: turn a cause, or an agent's text, into a change."""
