"""The knowledge as points in the plane: what is alike lies close together."""
