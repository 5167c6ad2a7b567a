# raison: tags
# Ne pousse jamais latest : le registre le fera bien lui-même.
predire 2
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0
docker tag carnet:1.1 localhost:${PORT}/carnet:1.1
docker push localhost:${PORT}/carnet:1.1
docker pull localhost:${PORT}/carnet
