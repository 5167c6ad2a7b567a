# raison: victime
# S'en tient à l'attaque de l'intérieur : la victime tourne toujours.
predire personne
docker run -d --name ${A} busybox sleep 3600
docker run -d --name ${B} busybox sleep 3600
docker inspect -f '{{.State.Pid}}' ${B}
# lire PID: ^([0-9]+)$
docker exec ${A} kill -9 @PID@
repondre dedans=1 dehors=1
