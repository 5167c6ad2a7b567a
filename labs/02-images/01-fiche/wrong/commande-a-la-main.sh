# raison: lance
# Dit elle-même quoi lancer : « sh » finit aussitôt.
predire nulle-part
docker run -d --name ${COURS} escale/marees:${V} sh
sleep 0.3
