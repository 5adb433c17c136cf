"""The passages and documents in LanceDB; nothing else imports lancedb.

An index is a LanceDB database of three kinds of tables. `passages_N` and `documents_N` belong to
generation N: the same embedder, dimensions and splitter throughout. `manifest` has one row, which
names the generation and the version of both tables that readers use. Writers add to the newest
versions, which nobody reads, and publish by replacing that row: the one commit of a run.
"""
