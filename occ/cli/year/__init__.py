"""A year of the demo's calls, callbacks, tickets and text messages.

Each day is played by rules of its own chance, seeded by the day, so that the same day is always the
same. What is played becomes rows by bulk inserts; figures are counted from them by the console.
"""
