"""What `tests.benchmarks.peers` runs: a program for each framework, in that framework's own
environment."""
