"""Openbook's engine: from a folder of documents to a cited answer. It knows no chat platform."""
