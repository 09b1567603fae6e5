"""Everything that members read, in their language: the catalogs, and what fills in their entries."""

from bot.words.error import WordedError
from bot.words.interaction import locale_of, words_of
from bot.words.sentences import sentence_for
from bot.words.translator import CatalogTranslator, localized
from bot.words.words import ENGLISH, Words

__all__ = ["ENGLISH", "CatalogTranslator", "WordedError", "Words", "locale_of", "localized", "sentence_for", "words_of"]
