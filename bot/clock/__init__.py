"""Time: a cautious clock, backoff, timers, and a durable schedule."""
