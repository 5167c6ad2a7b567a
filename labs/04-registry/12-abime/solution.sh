escale registry start ${DEPOT} --port ${PORT}
docker pull localhost:${PORT}/${IMG}:1
escale registry verify --root ${DEPOT}
# lire BLOB: (sha256:[0-9a-f]{64})
repondre @BLOB@
docker load -i sauvegarde.tar
docker tag ${IMG}:1 localhost:${PORT}/${IMG}:1
escale registry rm --root ${DEPOT} ${IMG}
escale registry gc --root ${DEPOT} --grace 0
docker push localhost:${PORT}/${IMG}:1
