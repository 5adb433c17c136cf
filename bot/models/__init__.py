"""Embedding and chat models, each behind a seam of bot.seams."""
