# raison: majeure
# Déplace tous les tags courts vers la dernière version publiée.
escale registry start ${DEPOT} --port ${PORT}
for t in 1.0.2 1.0 1 latest; do docker tag ${OUTIL}:1.0.2 localhost:${PORT}/${OUTIL}:$t; docker push -q localhost:${PORT}/${OUTIL}:$t; done
