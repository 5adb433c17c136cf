"""Servers for tests: real sockets on loopback."""
