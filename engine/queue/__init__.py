"""The durable operation queue, a file a loop."""
