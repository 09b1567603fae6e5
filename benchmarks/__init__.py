"""What the project claims about speed, memory and quality, measured. Run `make bench`, or one of them by itself."""
