"""The domain of Staffetta and its persistence: no HTTP, used by the web, the worker and the command line alike."""
