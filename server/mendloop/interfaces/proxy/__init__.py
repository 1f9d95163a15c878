"""A relay before any MCP server, which sees the calls that pass and changes nothing."""
