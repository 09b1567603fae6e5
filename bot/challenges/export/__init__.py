"""Exports of challenges: a gallery for the browser, the paintings, and all that is needed to count the votes again."""
