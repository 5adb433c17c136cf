"""What outlives the process: messages until they are answered, answers, votes, conversations,
and what they cost."""
