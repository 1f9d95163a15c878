"""What the tools answer, the same for MCP and for ``--json`` on the command line."""
