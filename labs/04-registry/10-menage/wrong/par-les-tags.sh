# raison: deux
# Retire les tags 1 et 2 ; candidat garde l'image 2.
predire 200
escale registry start ${DEPOT} --port ${PORT}
curl -s -X DELETE http://localhost:${PORT}/v2/${IMG}/manifests/1
curl -s -X DELETE http://localhost:${PORT}/v2/${IMG}/manifests/2
escale registry gc --root ${DEPOT} --grace 0
repondre sha256:0
