"""Records: what this city and the cities it follows offer, to publish and to search."""
