# raison: coupable
# Donne l'empreinte de ce qui est arrivé, au lieu de celle qu'on attendait.
escale registry start ${DEPOT} --port ${PORT}
docker pull localhost:${PORT}/${IMG}:1
# lire AUTRE: it is (sha256:[0-9a-f]{64})
repondre @AUTRE@
