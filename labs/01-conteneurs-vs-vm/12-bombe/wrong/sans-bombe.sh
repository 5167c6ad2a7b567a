# raison: refus
# Pose la limite, mais ne l'éprouve pas.
predire tous
docker run -d --name ${LIBRE} busybox sleep 3600
docker exec -d ${LIBRE} sh -c 'for i in $(seq 120); do sleep 3600 & done'
docker run -d --name ${BORNE} --pids-limit ${LIMITE} busybox sleep 3600
repondre ${LIMITE}
