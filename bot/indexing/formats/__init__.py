"""From the bytes of a file to normalised Markdown text, one module for each family of formats."""
