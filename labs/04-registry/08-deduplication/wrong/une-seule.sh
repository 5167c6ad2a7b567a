# raison: tags
# Pousse la seconde sous le tag de la première.
predire moitie
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0
docker tag carnet:1.1 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0
repondre premier=0 second=0
