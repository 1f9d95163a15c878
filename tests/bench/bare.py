"""The floor: the least that the SDK can serve. Run as a file, so that nothing of ours is imported.

python tests/bench/bare.py          over standard input and output
python tests/bench/bare.py PORT     over Streamable HTTP
"""

import sys

from mcp.server import MCPServer

server = MCPServer("floor", version="0", log_level="ERROR")


@server.tool()
async def echo(text: str = "hello") -> str:
    """Return the text."""
    return text


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run()
