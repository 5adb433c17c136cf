"""Pictures of a few shapes, as SVG and PNG."""
