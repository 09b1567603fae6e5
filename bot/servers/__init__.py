"""A server's rules and its log channel."""
