// The language of Dockerfiles: syntax tree, substitution, ignore files, checks. No I/O.
