# raison: essai
# Vise le PID 1 depuis l'attaquant : c'est lui-même qu'il vise, et le noyau protège le PID 1.
predire hote
docker run -d --name ${A} busybox sleep 3600
docker run -d --name ${B} busybox sleep 3600
docker exec ${A} kill -9 1
docker kill ${B}
repondre dedans=0 dehors=0
