"""The tests: they mirror the packages; `wire` holds a TCP stand-in for Discord."""
