"""Commands that print the figures of the README: `python -m tests.benchmarks.NAME --help`."""
