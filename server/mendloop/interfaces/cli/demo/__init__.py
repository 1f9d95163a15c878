"""The whole loop on a small workspace, played by a real client against a real server."""
