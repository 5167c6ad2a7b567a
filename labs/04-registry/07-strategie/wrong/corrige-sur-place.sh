# raison: figees tag-version
# Remplace aussi la 1.0.1, qui a la faille.
escale registry start ${DEPOT} --port ${PORT}
for t in 1.0.2 1.0.1 1.0; do docker tag ${OUTIL}:1.0.2 localhost:${PORT}/${OUTIL}:$t; docker push -q localhost:${PORT}/${OUTIL}:$t; done
