"""A stand-in for Discord that speaks TCP, and what the bot does on that wire."""
