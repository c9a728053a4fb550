"""The engine: workers that take the heavy work, and the way to them."""
