"""Painting: requests, jobs and their states, the queue, and what takes a job to its result."""
