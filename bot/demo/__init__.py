"""The demo: the real bot on simcord's simulated Discord, shown as a page in the browser.

The rest of the bot doesn't know about it. The demo opens the app with its own data directory, puts a member into a
channel and has them send `/stylize` with two sample pictures. Then it either serves the channel as a live page, or
waits for the painting and writes it to a folder.
"""
