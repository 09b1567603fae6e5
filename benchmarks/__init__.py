"""Benchmarks for the project's claims about speed, memory and quality. Run `make bench`, or one of them by itself."""
