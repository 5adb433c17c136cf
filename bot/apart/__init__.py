"""Index runs in a process apart, so that who asks questions meanwhile notices nothing of them."""
