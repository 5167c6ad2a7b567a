# raison: copie
# Démarre un simple registre, qui n'est le miroir de rien.
predire 502
escale registry start ${AMONT} --port ${PORT}
escale registry start ${MIROIR} --port ${PROCHE}
docker pull localhost:${PROCHE}/${IMG}:1
escale registry stop ${AMONT}
repondre 0
