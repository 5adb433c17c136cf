"""Changes of the tables, in their order; run by `bot.ledger.opening`."""
