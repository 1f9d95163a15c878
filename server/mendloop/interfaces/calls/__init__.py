"""One function for each tool: what to ask of the loop, and the answer. Both faces call these."""
