# raison: secours tag-seul
# Supprime aussi l'image 1 par son digest : secours part avec.
predire 200
escale registry start ${DEPOT} --port ${PORT}
for t in 1 2; do curl -s -X DELETE http://localhost:${PORT}/v2/${IMG}/manifests/$(curl -sI http://localhost:${PORT}/v2/${IMG}/manifests/$t | tr -d '\r' | sed -n 's/^Docker-Content-Digest: //p'); done
escale registry gc --root ${DEPOT} --grace 0
repondre sha256:0
