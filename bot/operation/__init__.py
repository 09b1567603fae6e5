"""Monitoring for the bot's host: metrics, health, logs and event loop stalls."""
