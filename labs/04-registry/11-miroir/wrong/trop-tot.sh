# raison: copie miroir-copie
# Éteint l'amont avant toute demande : le miroir aura bien tout copié.
predire 200
escale registry start ${AMONT} --port ${PORT}
escale registry start ${MIROIR} --port ${PROCHE} --mirror http://localhost:${PORT}
escale registry stop ${AMONT}
docker pull localhost:${PROCHE}/${IMG}:1
repondre 0
