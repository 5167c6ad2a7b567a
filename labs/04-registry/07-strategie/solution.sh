escale registry start ${DEPOT} --port ${PORT}
docker run --rm localhost:${PORT}/${OUTIL}:1.0
docker tag ${OUTIL}:1.0.2 localhost:${PORT}/${OUTIL}:1.0.2
docker push localhost:${PORT}/${OUTIL}:1.0.2
docker tag ${OUTIL}:1.0.2 localhost:${PORT}/${OUTIL}:1.0
docker push localhost:${PORT}/${OUTIL}:1.0
