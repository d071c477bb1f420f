"""Demo data: a made-up world, told to the services through their public RPCs."""
