# raison: mineure
# Ne pousse que le numéro complet.
escale registry start ${DEPOT} --port ${PORT}
docker tag ${OUTIL}:1.0.2 localhost:${PORT}/${OUTIL}:1.0.2
docker push localhost:${PORT}/${OUTIL}:1.0.2
