"""Map: activities in person, online and in virtual reality, on a map with a list beside it."""
