"""The gallery of styles: built-in ones, those of servers and of members. Knows neither commands nor cards."""
