# raison: propre
# Obtient un arrêt rapide en supprimant le délai de grâce : le serveur est tué.
predire grace
docker build -t ${IMAGE}:1 signaux
docker run -d --name ${LENT} ${IMAGE}:1
until docker logs ${LENT} | grep -q 'serveur pret'; do sleep 0.1; done
docker stop -t ${GRACE} ${LENT}
docker run -d --name ${VIF} ${IMAGE}:1
until docker logs ${VIF} | grep -q 'serveur pret'; do sleep 0.1; done
docker stop -t 0 ${VIF}
