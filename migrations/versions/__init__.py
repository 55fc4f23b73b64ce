"""One script a step; each runs up, down and up again."""
