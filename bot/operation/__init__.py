"""What whoever runs the bot sees of it: metrics, health, and stalls of the event loop."""
