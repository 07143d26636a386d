"""The pages: each handler says what comes in and which verb; the engine says who may."""
