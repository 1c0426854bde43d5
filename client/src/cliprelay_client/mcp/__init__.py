"""The MCP server: tools for agents, over the Python client."""
