"""The steps, in order. A step is never changed once it was released."""
