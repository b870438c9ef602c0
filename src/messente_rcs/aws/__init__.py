"""AWS: the clients, the queues and the event bus."""
