"""Training of the injection model: a recipe that gives the same bytes for the same inputs."""
