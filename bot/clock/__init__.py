"""Time: a clock that distrusts jumps, backoff, timers, and a durable schedule."""
