# raison: epingle
# Déploie le troisième par le tag, lui aussi.
predire 1
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:stable
docker push localhost:${PORT}/carnet:stable
docker create --name ${AVANT} localhost:${PORT}/carnet:stable
docker tag carnet:1.1 localhost:${PORT}/carnet:stable
docker push localhost:${PORT}/carnet:stable
docker create --name ${APRES} localhost:${PORT}/carnet:stable
docker create --name ${EPINGLE} localhost:${PORT}/carnet:stable
