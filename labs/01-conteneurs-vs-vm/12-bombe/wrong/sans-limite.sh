# raison: limite isole-sur
# Croit que l'isolation suffit : aucune limite.
predire aucun
docker run -d --name ${LIBRE} busybox sleep 3600
docker exec -d ${LIBRE} sh -c 'for i in $(seq 120); do sleep 3600 & done'
docker run -d --name ${BORNE} busybox sleep 3600
docker exec -d ${BORNE} sh -c 'for i in $(seq 120); do sleep 3600 & done'
repondre 121
