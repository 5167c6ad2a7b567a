// Dockerfile -> plan -> cache -> image.
