# raison: dehors isole-de-l-hote
# Croit que l'hôte n'a pas pu tuer le conteneur.
predire personne
docker run -d --name ${A} busybox sleep 3600
docker run -d --name ${B} busybox sleep 3600
docker inspect -f '{{.State.Pid}}' ${B}
# lire PID: ^([0-9]+)$
docker exec ${A} kill -9 @PID@
kill -9 @PID@
docker wait ${B}
repondre dedans=1 dehors=1
