"""The fault harness: seeded work, a model of what must come of it, faults, and the question whether all agree."""
