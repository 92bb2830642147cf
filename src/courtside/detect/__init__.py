"""What is in the picture: people, ball, rim and number regions, as rows of `Sightings`."""
