# raison: echange
# Donne à la version 1 sa propre bibliothèque.
predire oui
docker run --rm escale/marees:1 cat /usr/lib/marees/unites.sh > unites.sh
docker create --name ${ESSAI} escale/marees:1
docker cp unites.sh ${ESSAI}:/usr/lib/marees/unites.sh
docker start ${ESSAI}
repondre manque=formater
