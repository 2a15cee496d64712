"""Names that senders and workers agree on. A message carries a job's id and is only a wake-up: the row decides."""

TRAINING_QUEUE = "training"
TRAIN_TASK = "cartridges.train"
