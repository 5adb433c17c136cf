"""Platform adapters: translate in, translate out, and the loop that runs it."""
