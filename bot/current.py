"""What the running task is about."""

from contextvars import ContextVar

# The id of the message that is being answered, for the log and for traces; "" outside of that.
event_id = ContextVar("event_id", default="")
