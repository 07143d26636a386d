"""The HTTP face of Staffetta: pages and REST API over the verbs of the engine."""
