"""The protocols that clients speak to the gateway, each whole in one module."""
