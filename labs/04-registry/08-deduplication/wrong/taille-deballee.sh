# raison: premier
# Prend la taille que montre docker images : décompressée.
predire tout
escale registry start ${DEPOT} --port ${PORT}
for v in 1.0 1.1; do docker tag carnet:$v localhost:${PORT}/carnet:$v; docker push -q localhost:${PORT}/carnet:$v; done
docker image inspect -f '{{.Size}}' carnet:1.0
# lire TAILLE: ^([0-9]+)$
repondre premier=@TAILLE@ second=@TAILLE@
