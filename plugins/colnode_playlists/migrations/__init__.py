"""The migrations of playlists."""
