"""The router: one address before many pods, with a pod's own surface, so that callers cannot tell the difference."""
