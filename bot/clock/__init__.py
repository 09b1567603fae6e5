"""Time: a clock that distrusts jumps, backoff, timers, time zones, and a durable schedule."""
