# raison: tiree
# Ne la redemande pas une fois l'amont éteint.
predire 502
escale registry start ${AMONT} --port ${PORT}
escale registry start ${MIROIR} --port ${PROCHE} --mirror http://localhost:${PORT}
docker pull localhost:${PROCHE}/${IMG}:1
docker rmi localhost:${PROCHE}/${IMG}:1
escale registry stop ${AMONT}
repondre 0
