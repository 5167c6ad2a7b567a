# raison: inscrit
# Compte sur « Up » : aucun contrôle dans l'image.
predire exited
docker build -t ${IMAGE} sante
docker run -d --name ${SAIN} ${IMAGE}
docker run -d --name ${MALADE} ${IMAGE}
docker exec ${MALADE} touch /tmp/panne
