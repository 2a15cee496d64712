"""What the platform's HTTP services share: problems, request ids, logs, limits, metrics and the server's life."""
