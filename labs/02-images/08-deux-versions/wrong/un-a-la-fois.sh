# raison: ensemble deux-serveurs
# Arrête la version 1 pour faire place à la version 2.
predire non
docker run --rm escale/marees:2 cat /usr/lib/marees/unites.sh > unites.sh
docker create --name ${ESSAI} escale/marees:1
docker cp unites.sh ${ESSAI}:/usr/lib/marees/unites.sh
docker start ${ESSAI}
docker wait ${ESSAI}
docker run -d --name ${A} -p ${P1}:80 escale/marees:1
docker stop -t 2 ${A}
docker run -d --name ${B} -p ${P2}:80 escale/marees:2
repondre manque=en_metres
