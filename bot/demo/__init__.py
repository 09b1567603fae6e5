"""The demo: the real bot on simcord's simulated Discord, shown as a page in the browser.

The rest of the bot doesn't know about it. The demo opens the app with its own data directory, puts a member into a
channel. Then it either has them send `/explore` with a sample photograph and serves the channel as a live page, or has
them send `/stylize` with two sample pictures, waits for the painting and writes it to a folder.
"""
