"""Painting: requests, jobs and their states, the queue, and the way of a job to its result."""
