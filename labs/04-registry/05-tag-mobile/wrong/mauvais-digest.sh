# raison: tient
# Épingle le digest du second push.
predire 3
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:stable
docker push localhost:${PORT}/carnet:stable
docker create --name ${AVANT} localhost:${PORT}/carnet:stable
docker tag carnet:1.1 localhost:${PORT}/carnet:stable
docker push localhost:${PORT}/carnet:stable
# lire DIGEST: digest: (sha256:[0-9a-f]{64})
docker create --name ${APRES} localhost:${PORT}/carnet:stable
docker create --name ${EPINGLE} localhost:${PORT}/carnet@@DIGEST@
