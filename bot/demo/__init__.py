"""The demo: the very same bot on simcord's stand-in for Discord, shown as a page in the browser.

Nothing here is known to the rest of the bot. The demo opens the app with a data directory of its own, puts a member
into a channel, lets them send `/stylize` with two sample pictures, and then either serves the channel as a live page
or waits for the painting and writes it to a folder.
"""
