"""What managers watch: what is late now, by whom, what has been told to whom, and whether the clockwork itself runs."""
