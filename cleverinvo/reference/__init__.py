"""What the API says of itself: the OpenAPI description, made from the routes that are served."""
