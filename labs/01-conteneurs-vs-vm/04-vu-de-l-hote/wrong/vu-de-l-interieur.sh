# raison: dehors pid-interieur
# Donne à l'hôte le PID lu dans le conteneur.
predire un
docker run -d --name ${NOM} busybox sleep ${DUREE}
docker exec ${NOM} ps
repondre dedans=1 dehors=1
