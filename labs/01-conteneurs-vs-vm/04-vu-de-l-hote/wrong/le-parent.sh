# raison: dehors
# Prend le PID du parent : le gardien du conteneur, pas son programme.
predire autre
docker run -d --name ${NOM} busybox sleep ${DUREE}
ps -o ppid= -p $(docker inspect -f '{{.State.Pid}}' ${NOM})
# lire PARENT: ^ *([0-9]+)$
repondre dedans=1 dehors=@PARENT@
