"""What each function is made of: its parts, put together on first use, once for each execution environment."""
