# raison: sain registre-verifie
# Repousse par-dessus : le registre croit déjà l'avoir.
escale registry start ${DEPOT} --port ${PORT}
escale registry verify --root ${DEPOT}
# lire BLOB: (sha256:[0-9a-f]{64})
repondre @BLOB@
docker load -i sauvegarde.tar
docker tag ${IMG}:1 localhost:${PORT}/${IMG}:1
docker push localhost:${PORT}/${IMG}:1
