"""Time: a clock that is not fooled, backoff, and what is due when."""
