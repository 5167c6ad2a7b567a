predire 502
escale registry start ${AMONT} --port ${PORT}
escale registry start ${MIROIR} --port ${PROCHE} --mirror http://localhost:${PORT}
docker pull localhost:${PROCHE}/${IMG}:1
docker rmi localhost:${PROCHE}/${IMG}:1
escale registry stop ${AMONT}
docker pull localhost:${PROCHE}/${IMG}:1
docker pull localhost:${PROCHE}/${IMG}:2
docker run --rm localhost:${PROCHE}/${IMG}:1
# lire NUMERO: ^([0-9a-f-]{36})$
repondre @NUMERO@
