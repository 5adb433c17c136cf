"""The Slack adapter, on Bolt."""
