"""What agents reach over MCP: the tools by subject, resources, prompts and the rules for calls."""
