"""From draft to paid: a status that is asked for becomes the verb that brings it about."""
