"""The passages and documents in LanceDB; nothing else imports lancedb."""
