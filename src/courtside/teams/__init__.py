"""Teams and referees: kit colours seen frame by frame, decided over the whole video."""
