"""Real parts to run the product on: used by the tests and by the demo, never by the product."""
